//! The fetch queue: jobs in, results out by callback, future or batch, with bounded concurrency, limiters and clean ends.
//!
//! ```text
//!   FetchQueue ─ a handler for each URL        octopus
//!        │
//!   processes ─ jobs in child processes            requests-futures, with a process pool
//!        │
//!        ├── limiter ── who may go now: permits that release themselves
//!        │
//!      engine ── jobs, lanes, workers; knows nothing of HTTP
//! ```

mod engine;
mod fetch;
mod limiter;
#[cfg(all(unix, feature = "json"))]
pub mod processes;

pub use engine::{Order, Stop};
pub use fetch::{Fetch, FetchQueue, FetchQueueBuilder, Fetched, Stats, Ticket, WaitTimeout};
pub use limiter::{Acquire, Limiter, Observation, Permit, Release, Turn};
