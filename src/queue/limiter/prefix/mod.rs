//! So many requests at once per URL prefix.
//!
//! ```text
//!   URL ──▶ the first prefix that matches ──▶ its line: granted while fewer than its limit are out
//!      └──▶ none ──▶ free
//! ```

mod builder;
mod limiter;
mod matching;
mod options;

pub use builder::PrefixLimiterBuilder;
pub use limiter::PrefixLimiter;
