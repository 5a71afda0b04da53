//! What happens to requests, told to whoever listens.
//!
//! ```text
//!   Started ─▶ Sending ─▶ Connected ─▶ Answered ─┬─▶ Redirecting ─▶ Sending …
//!                 │                              ├─▶ Retrying ────▶ Sending …
//!                 ├─▶ Failed ─┬─▶ Retrying …     └─▶ Ended
//!                 │           └─▶ Ended
//!                 └─▶ Hedging ─▶ Sending … beside it
//! ```

mod ended;
mod listen;

pub(super) use ended::Telling;
pub use listen::{Event, What};
pub(super) use listen::{Listener, Teller};
