//! The fetch queue: jobs in, results out by callback, future or batch, with bounded concurrency, limiters and clean ends.
//!
//! ```text
//!   Frontier ─── crawls and lists: depth, stop conditions, a directory that survives a kill
//!        │
//!   FetchQueue ─ a handler for each URL        octopus
//!        │
//!        ├── seen ───── which requests have been made: each once
//!        ├── limiter ── who may go now: permits that release themselves
//!        │
//!      engine ── jobs, lanes, workers; knows nothing of HTTP
//! ```

mod engine;
mod fetch;
pub mod frontier;
mod limiter;
mod seen;

pub use engine::{Order, Stop};
pub use fetch::{Fetch, FetchConfig, FetchEvent, FetchQueue, FetchQueueBuilder, Fetched, FetchedBuilder};
pub use fetch::{Profile, ResponseCache, Stats, Ticket, WaitTimeout};
pub use frontier::{Frontier, FrontierBuilder, Item};
pub use limiter::{Acquire, Limiter, Observation, Permit, Release, Turn, acquire, acquire_all, try_acquire};
pub use limiter::{AdaptiveLimiter, AdaptiveLimiterBuilder, Pacing, RobotsLimiter, RobotsLimiterBuilder};
pub use limiter::{PrefixLimiter, PrefixLimiterBuilder, RateLimiter, RateLimiterBuilder, Subscription};
pub use seen::{Fingerprint, Seen};
