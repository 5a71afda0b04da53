//! What happens to requests, told to whoever listens.
//!
//! ```text
//!   Started ─▶ Sending ─▶ Connected ─▶ Answered ─┬─▶ Redirecting ─▶ Sending …
//!                 │                              ├─▶ Retrying ────▶ Sending …
//!                 └─▶ Failed ─┬─▶ Retrying …     └─▶ Ended
//!                             └─▶ Ended
//! ```

mod ended;
mod listen;

pub(super) use ended::watch;
pub use listen::{Event, What};
pub(super) use listen::{Listener, Teller};
