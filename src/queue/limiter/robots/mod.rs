//! What robots.txt allows (RFC 9309), and how fast.
//!
//! ```text
//!   ask ──▶ known and fresh ─────────────▶ verdict ──▶ refused by a rule
//!    │                                        ▲  └───▶ Crawl-delay: the line of its own clock
//!    └────▶ waits ──▶ fetch, once per origin ─┘  └───▶ free
//! ```

mod builder;
mod clock;
mod fetch;
mod known;
mod limiter;
mod options;
mod parse;
mod rules;

pub use builder::RobotsLimiterBuilder;
pub use limiter::RobotsLimiter;
