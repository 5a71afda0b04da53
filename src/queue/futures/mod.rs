//! requests-futures' way: requests that start at once and return futures.
//!
//! ```text
//!   session.get(url) … send ─▶ Task ─▶ executor: its turn, limiters ─▶ Plan: request, hooks, body, callback ─┐
//!                               ▲ │                                                                          │
//!        cancel, abort, close ──┘ └────────────────────────────── Cell ◀────────────── result ───────────────┘
//!                                                                   │
//!                     ResponseFuture: result, poll, callbacks ──────┴── map, join_all, race, as_completed, wait
//! ```

mod builder;
mod cell;
mod combine;
mod control;
mod executor;
mod future;
mod hooks;
mod local;
mod open;
mod plan;
mod request;
mod session;
mod several;
mod shared;
mod task;
mod verbs;
mod work;

pub use builder::FuturesSessionBuilder;
pub use combine::{join_all, race};
pub use control::Requested;
pub use executor::{DEFAULT_MAX_WORKERS, Executor, Job};
pub use future::{ResponseFuture, StillRunning};
pub use hooks::HookContext;
pub use local::LocalExecutor;
pub use plan::InBackground;
pub use session::FuturesSession;
pub use several::{AsCompleted, ReturnWhen, Waited, as_completed, wait};
pub use shared::SharedFuture;
