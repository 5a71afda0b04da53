//! Who may go now.
//!
//! ```text
//!   job ── try_acquire(url, turn) ──▶ limiter ──▶ Granted(permit) ─ begin ─ request ─ release ─▶ the next in line
//!             ▲                          │  └───▶ Refused(error)
//!             │                          ▼
//!             └─ grant, refuse ◀─ turns in a line     PrefixLimiter ─ so many at once per URL prefix
//!                                  (desk)             RateLimiter ─── so many per second
//!                                                     AdaptiveLimiter what the host bears
//!                                                     RobotsLimiter ─ what robots.txt allows
//! ```
//!
//! A job asks every limiter of its queue in their order, and keeps the permits that it has got while it waits for the next.
//! One that cannot go at once leaves its [`Turn`] with the limiter, which grants it later: nobody polls, and no worker is
//! held.

mod acquire;
mod adaptive;
mod asking;
mod bus;
mod desk;
mod host;
mod observation;
mod permit;
mod prefix;
mod rate;
mod robots;
mod turn;

pub use acquire::{acquire, acquire_all, try_acquire};
pub use adaptive::{AdaptiveLimiter, AdaptiveLimiterBuilder, Pacing};
pub use asking::{Acquire, Limiter};
pub use bus::Subscription;
pub use observation::Observation;
pub use permit::{Permit, Release};
pub use prefix::{PrefixLimiter, PrefixLimiterBuilder};
pub use rate::{RateLimiter, RateLimiterBuilder};
pub use robots::{RobotsLimiter, RobotsLimiterBuilder};
pub(super) use turn::Seat;
pub use turn::Turn;
