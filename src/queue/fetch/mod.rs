//! Octopus's way: a handler for each URL.
//!
//! ```text
//!   enqueue ──▶ engine ──▶ job: cache ─▶ limiters ─▶ request ─▶ body ─▶ permits back ─▶ handler
//!      │          ▲               │          │          │
//!      │          │               │          └ Blocked  └ failed, worth it: Later, its permits back meanwhile
//!      │          │               ├ another one fetches the same: Blocked, until that has landed
//!      │          └───────────────┘
//!      └ in the cache ──▶ desk, an engine beside it that needs no start ─────────────▶ handler
//! ```

mod answer;
mod builder;
mod cache;
mod config;
mod cookies;
mod counts;
mod event;
mod exchange;
mod fetched;
mod flight;
mod handler;
mod job;
#[cfg(feature = "json")]
mod json;
mod made;
mod permits;
mod phases;
mod profile;
mod queue;
mod request;
mod shared;
mod target;
mod ticket;

pub use builder::FetchQueueBuilder;
pub use cache::ResponseCache;
pub use config::FetchConfig;
pub use counts::{Stats, WaitTimeout};
pub use event::FetchEvent;
pub use fetched::Fetched;
pub use made::FetchedBuilder;
pub(super) use permits::{Held, Leave};
pub use profile::Profile;
pub use queue::FetchQueue;
pub use request::Fetch;
pub use ticket::Ticket;
