//! The fetch queue: jobs in, results out by callback, future or batch, with bounded concurrency, limiters and clean ends.
//!
//! ```text
//!   FetchQueue ─ a handler for each URL        octopus
//!   FuturesSession ─ a future for each request requests-futures
//!        │
//!   processes ─ jobs in child processes            requests-futures, with a process pool
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
pub use fetch::{Fetch, FetchQueue, FetchQueueBuilder, Fetched, Stats, Ticket, WaitTimeout};
pub use futures::{
    AsCompleted, DEFAULT_MAX_WORKERS, Executor, FuturesSession, FuturesSessionBuilder, HookContext, InBackground, Job,
    LocalExecutor, Requested, ResponseFuture, ReturnWhen, SharedFuture, StillRunning, Waited, as_completed, join_all, race,
    wait,
};
pub use limiter::{Acquire, Limiter, Observation, Permit, Release, Turn};
