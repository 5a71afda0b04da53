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
//! ```

mod after;
mod again;
mod backoff;
mod budget;
mod hosts;
mod key;
mod outcome;
mod part;
mod rules;

pub(crate) use again::{Now, Shared, Try, Verdict, Why, again};
pub(crate) use backoff::roll;
pub(crate) use key::is_keyed;
pub use outcome::{Decision, Outcome};
pub use rules::Retry;
