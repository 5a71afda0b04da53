//! Who may go now.
//!
//! A job asks every limiter of its queue in their order, and keeps the permits that it has got while it waits for the next.
//! A limiter that cannot grant at once says when to ask again, or keeps the job's [`Turn`] and grants later: nobody polls.

mod permit;
mod turn;

use std::time::{Duration, Instant};

use crate::error::{Error, Kind};
use crate::message::{Headers, Url};

pub use permit::{Permit, Release};
pub(super) use turn::Seat;
pub use turn::Turn;

/// Bounds how many requests go where, and how fast.
///
/// ```
/// use maypole::queue::{Acquire, Limiter, Permit, Turn};
/// /// Never more than one host.
/// struct Only(&'static str);
/// impl Limiter for Only {
///     fn try_acquire(&self, url: &maypole::Url, _turn: &Turn) -> Acquire {
///         match url.host() == self.0 {
///             true => Acquire::Granted(Permit::free()),
///             false => Acquire::Refused(maypole::Error::new(maypole::error::Kind::Blocked, "another host")),
///         }
///     }
/// }
/// ```
pub trait Limiter: Send + Sync + 'static {
    /// Asks for a permit for one request to `url`. Must not wait; `turn` is for later.
    fn try_acquire(&self, url: &Url, turn: &Turn) -> Acquire;

    /// Is told how each request went that had a permit, before that is released. By default it does not care.
    fn observe(&self, seen: &Observation<'_>) {
        let _ = seen;
    }
}

/// What a limiter answers.
#[derive(Debug)]
pub enum Acquire {
    /// Go.
    Granted(Permit),
    /// Ask again then; the job waits without holding a worker.
    Later(Instant),
    /// The limiter has kept a clone of the turn and will grant or refuse it.
    Queued,
    /// This request will never be allowed; it fails with this error.
    Refused(Error),
}

/// How a request went, for limiters that adapt.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Observation<'a> {
    /// Where it went.
    pub url: &'a Url,
    /// The status, if an answer came.
    pub status: Option<u16>,
    /// The answer's headers, `Retry-After` among them.
    pub headers: Option<&'a Headers>,
    /// What failed, if no answer came.
    pub failed: Option<Kind>,
    /// From the sending to the head of the answer, or to the failure.
    pub latency: Duration,
}
