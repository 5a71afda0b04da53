//! Whole answers, kept for a time; and one fetch for all who want the same at once.
//!
//! ```text
//!   key ─▶ store ─┬─ there ──────────────▶ Hit
//!                 └─ flights ─┬─ nobody ─▶ Lead ── lands ─▶ store, followers
//!                             └─ a leader ▶ Follow ◀───────────┘
//! ```

mod flights;
mod key;
mod responses;
mod store;

pub(super) use flights::Landing;
pub(super) use key::CacheKey;
pub use responses::ResponseCache;
pub(super) use responses::{Boarding, Leader};
