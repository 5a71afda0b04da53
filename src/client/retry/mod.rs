//! Sending once more: after a failure, after a broken body, or beside a slow answer.
//!
//! ```text
//!   outcome of a try ──▶ again ──▶ Verdict: again after …, done, given up
//!                          │
//!     Rules (Retry) ◀──────┼──────▶ Shared, one per client
//!     what is a reason     │          ├── Budget: retries, hedges and resumptions together
//!     rule of the program  │          └── Hosts: one back-off clock per host
//!                          │
//!     Retry-After (after) ─┴─ full jitter (backoff)
//!
//!   body that broke ──▶ part: what to ask for, does it go on ──▶ resume: the layer that reads on
//!   slow answer ──────▶ hedge: a second one beside it
//! ```

mod after;
mod again;
mod backoff;
mod budget;
mod hedge;
mod hosts;
mod key;
mod options;
mod outcome;
mod part;
mod repeats;
mod resume;
mod rules;
mod tries;

pub(crate) use after::asked as retry_after;
pub(super) use again::Shared;
pub(crate) use backoff::{delay, roll};
pub(super) use hedge::{Start, race};
pub use outcome::{Outcome, RetryDecision};
pub(crate) use repeats::{Repeated, Repeats};
pub(super) use resume::{Asks, resuming};
pub use rules::Retry;
pub(super) use tries::{GivenUp, Tries, began};
