//! Octopus's way: a handler for each URL.
//!
//! ```text
//!   enqueue ─▶ engine ─▶ job: limiters ─▶ request ─▶ body ─▶ permits back ─▶ handler
//! ```

mod builder;
mod fetched;
mod job;
mod queue;
mod request;
mod ticket;

pub use builder::FetchQueueBuilder;
pub use fetched::Fetched;
pub use queue::{FetchQueue, Stats, WaitTimeout};
pub use request::Fetch;
pub use ticket::Ticket;
