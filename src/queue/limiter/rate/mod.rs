//! So many requests per time, for each host or for all.

mod bucket;
mod builder;
mod limiter;

pub use builder::RateLimiterBuilder;
pub use limiter::RateLimiter;
