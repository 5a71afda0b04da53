//! Jobs, workers, and what lies between them; knows nothing of HTTP.
//!
//! ```text
//!   submit ──▶ Queued ── its turn ──▶ Running ──▶ Done
//!                ▲  ▲                   │ │
//!                │  └── its time ── Delayed │       a worker is a coroutine that ends when there is nothing to do;
//!                └──── granted ──── Blocked ┘       ushers tell refused jobs that they will not run
//! ```
//!
//! One short lock holds everything together: a worker takes it once per job, to say how the last one ended and to be given
//! the next. Nothing polls: times ring an alarm, grants and room wake who waits for them.

mod bag;
mod core;
mod counts;
mod crew;
mod delayed;
mod handle;
mod lanes;
mod levels;
mod line;
mod lines;
#[cfg(test)]
mod model;
mod settings;
mod slots;
mod state;
mod task;
#[cfg(test)]
mod tests;
mod wait;

pub(super) use self::core::{number, within_scope};
pub(super) use counts::Counts;
pub(super) use handle::{Engine, Followed};
pub use settings::{Order, Stop};
pub(super) use settings::{Place, Settings, Workers};
pub(super) use task::{Cancelled, Granting, JobId, Next, Refused, Task, Turn};
pub(super) use wait::Open;
