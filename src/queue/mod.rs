//! The fetch queue: jobs in, results out by callback, future or batch, with bounded concurrency, limiters and clean ends.
//!
//! ```text
//!   FetchQueue ─ a handler for each URL        octopus
//!   FuturesSession ─ a future for each request requests-futures
//!   processes ─ jobs in child processes        requests-futures' process pool
//!        │
//!        ├── limiter ── who may go now: permits that release themselves
//!        │
//!      engine ── jobs, lanes, workers; knows nothing of HTTP
//! ```

mod engine;
mod fetch;
mod futures;
mod limiter;
#[cfg(all(unix, feature = "json"))]
pub mod processes;

pub use engine::{Order, Stop};
pub use fetch::{Fetch, FetchConfig, FetchEvent, FetchQueue, FetchQueueBuilder, Fetched, FetchedBuilder};
pub use fetch::{Profile, ResponseCache, Stats, Ticket, WaitTimeout};
pub use futures::{
    AsCompleted, DEFAULT_MAX_WORKERS, Executor, FuturesSession, FuturesSessionBuilder, HookContext, InBackground, Job,
    LocalExecutor, Requested, ResponseFuture, ReturnWhen, SharedFuture, StillRunning, Waited, as_completed, join_all, race,
    wait,
};
pub use limiter::{Acquire, Limiter, Observation, Permit, Release, Turn, acquire, acquire_all, try_acquire};
pub use limiter::{AdaptiveLimiter, AdaptiveLimiterBuilder, Pacing, RobotsLimiter, RobotsLimiterBuilder};
pub use limiter::{PrefixLimiter, PrefixLimiterBuilder, RateLimiter, RateLimiterBuilder, Subscription};
