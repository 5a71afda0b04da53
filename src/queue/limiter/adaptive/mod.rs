//! As fast as the host bears it.
//!
//! ```text
//!   answer ──▶ 2xx: delay towards latency / target, half the way; after a refusal a tenth at most
//!          ──▶ 429, 503: delay × 2, half the places, once for all that were under way; Retry-After: a pause
//!          ──▶ anything else: never faster
//! ```

mod builder;
mod limiter;
mod pace;

pub use builder::AdaptiveLimiterBuilder;
pub use limiter::{AdaptiveLimiter, Pacing};
