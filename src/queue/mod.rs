//! The fetch queue: jobs in, results out by callback, future or batch, with bounded concurrency, limiters and clean ends.
//!
//! ```text
//!   FetchQueue ─ a handler for each URL        octopus
//!   Batch ────── collected, then fetched       aquests
//!        │
//!        ├── limiter ── who may go now: permits that release themselves
//!        │
//!      engine ── jobs, lanes, workers; knows nothing of HTTP
//! ```

pub mod batch;
mod engine;
mod fetch;
mod limiter;

pub use engine::{Order, Stop};
pub use fetch::{Fetch, FetchConfig, FetchEvent, FetchQueue, FetchQueueBuilder, Fetched, FetchedBuilder};
pub use fetch::{Profile, ResponseCache, Stats, Ticket, WaitTimeout};
pub use limiter::{Acquire, Limiter, Observation, Permit, Release, Turn, acquire, acquire_all, try_acquire};
pub use limiter::{AdaptiveLimiter, AdaptiveLimiterBuilder, Pacing, RobotsLimiter, RobotsLimiterBuilder};
pub use limiter::{PrefixLimiter, PrefixLimiterBuilder, RateLimiter, RateLimiterBuilder, Subscription};
