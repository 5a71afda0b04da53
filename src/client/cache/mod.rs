//! A private cache (RFC 9111): what was answered once, and may be answered again.
//!
//! ```text
//!   request ─▶ ask ─ bypasses? ──────────────────────────────────────────▶ next ─▶ answer
//!               │                                                            │
//!               ▼                                                            ▼
//!             store ─ fits (vary) ─▶ lookup ─┬ Use, UseStale ─▶ answer   invalidate
//!               ▲                            ├ UseAndRefresh ─▶ answer, and asks on a coroutine of its own
//!               │                            └ Ask ─▶ conditions ─▶ next ─┬ 304 ─▶ freshened ─▶ answer
//!               │                                                         ├ error ─▶ may_replace_error
//!               └────────────── tee ◀── may_store ◀── a new answer ◀──────┘
//! ```
//!
//! The decisions (`ask`, `vary`, `freshness`, `lookup`, `storable`, `update`, `invalidate`) do no I/O and take the time
//! as an argument.

mod around;
mod ask;
mod changes;
mod clock;
mod digest;
mod directives;
mod fetch;
mod flight;
mod freshness;
mod handle;
mod hop;
mod invalidate;
mod kept;
mod lookup;
mod meta;
mod mode;
mod options;
mod refresh;
mod rules;
#[cfg(test)]
mod sample;
mod stats;
mod status;
mod storable;
mod store;
mod tee;
mod update;
mod vary;

pub(super) use around::around;
pub use handle::Cache;
pub use mode::CacheMode;
pub(super) use options::{check, check_request};
pub use stats::CacheStats;
pub use status::CacheStatus;
