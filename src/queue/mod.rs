//! The fetch queue: jobs in, results out by callback, future or batch, with bounded concurrency, limiters and clean ends.
//!
//! ```text
//!   FetchQueue ─ a handler for each URL        octopus
//!        │
//!        ├── limiter ── who may go now: permits that release themselves
//!        │
//!      engine ── jobs, lanes, workers; knows nothing of HTTP
//! ```

mod engine;
mod fetch;
pub mod frontier;
mod limiter;

pub use engine::{Order, Stop};
pub use fetch::{Fetch, FetchQueue, FetchQueueBuilder, Fetched, Stats, Ticket, WaitTimeout};
pub use frontier::{Fingerprint, Frontier, FrontierBuilder, Item, Seen};
pub use limiter::{Acquire, Limiter, Observation, Permit, Release, Turn};
