//! Load on a server, and what it did under it.
//!
//! ```text
//!   Load: users × Stop × Pace ── one loop per user ──▶ Scenario ──▶ Sample
//!                                     │                               │
//!                  Pace: when each iteration is to begin              ▼
//!                                                       tallies ── each second ──▶ Tick
//!                                                          ├───── at each look ───▶ Snapshot
//!                                                          └────── at the end ───▶ Stats ──▶ export: JSON, CSV, HTML
//! ```
//!
//! A user is a coroutine that runs the scenario again and again: plain blocking code, which may mix requests, think time
//! and checks. In the closed model it begins the next iteration when the last one has ended; in the open model iterations
//! have a time at which they are to begin, whatever the server does, and latency counts from that time: a server that
//! stalls for a second is seen by all who would have asked in it, not by the few who happened to wait (Gil Tene's
//! coordinated omission, as wrk2 corrects it).

mod clock;
pub mod export;
mod failure;
mod phases;
mod plan;
mod run;
mod sample;
mod scenario;
mod schedule;
mod series;
mod snapshot;
mod stats;
mod tally;
mod turn;
mod user;
mod watch;

pub use failure::Failure;
pub use phases::PhaseStats;
pub use plan::Load;
pub use sample::Sample;
pub use scenario::Scenario;
pub use schedule::Stage;
pub use series::Tick;
pub use snapshot::Snapshot;
pub use stats::{Ended, Latency, Stats, StepStats};
pub use turn::Turn;
