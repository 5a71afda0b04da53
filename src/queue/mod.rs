//! The fetch queue: jobs in, results out by callback, future or batch, with bounded concurrency, limiters and clean ends.
//!
//! ```text
//!   Frontier ── crawls, long lists: depth, when to stop, a directory that survives a kill
//!      │
//!   FetchQueue ─ a handler for each URL    Batch ─ a list, run to its end    FuturesSession ─ a future for each
//!   octopus's way      │                   aquests' way                      requests-futures' way   │
//!                      │                     │                                         │             │
//!        ┌─────────────┴─────────────────────┴────────────────────────┬────────────────┘             │
//!        ├── limiter ── who may go now: permits that release themselves                              │
//!        ├── seen ───── which requests have been made: each once    processes ─ jobs in child processes
//!        │
//!      engine ── jobs, lanes, workers; knows nothing of HTTP
//! ```
//!
//! [The chapter on it](crate::manual::queue) says how to think of it, and how to choose its numbers.

pub mod batch;
mod engine;
mod fetch;
pub mod frontier;
mod futures;
mod limiter;
#[cfg(all(unix, feature = "json"))]
pub mod processes;
mod seen;

pub use engine::{Order, Stop};
pub use fetch::{Fetch, FetchConfig, FetchEvent, FetchQueue, FetchQueueBuilder, Fetched, FetchedBuilder};
pub use fetch::{Profile, ResponseCache, Stats, Ticket, WaitTimeout};
pub use frontier::{Frontier, FrontierBuilder, Item};
pub use futures::{
    AsCompleted, DEFAULT_MAX_WORKERS, Executor, FuturesSession, FuturesSessionBuilder, HookContext, InBackground, Job,
    LocalExecutor, Requested, ResponseFuture, ReturnWhen, SharedFuture, StillRunning, Waited, as_completed, join_all,
    race, wait,
};
pub use limiter::{Acquire, Limiter, Observation, Permit, Release, Turn, acquire, acquire_all, try_acquire};
pub use limiter::{AdaptiveLimiter, AdaptiveLimiterBuilder, Pacing, RobotsLimiter, RobotsLimiterBuilder};
pub use limiter::{PrefixLimiter, PrefixLimiterBuilder, RateLimiter, RateLimiterBuilder, Subscription};
pub use seen::{Fingerprint, Seen};
