//! What every limiter is asked, and what it answers.

use std::sync::Arc;
use std::time::Instant;

use super::observation::Observation;
use super::permit::Permit;
use super::turn::Turn;
use crate::error::Error;
use crate::message::Url;

/// Bounds how many requests go where, and how fast.
///
/// ```
/// use maypole::queue::{Acquire, Limiter, Permit, Turn};
/// /// Never another host.
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
///
/// # In which order
/// A queue asks its limiters one after the other, and holds what it has got while it waits for the next. So **what counts
/// requests in flight stands before what counts requests per time, and what is narrow before what is wide**: robots.txt,
/// then prefixes, then the pace of the host, then a rate for all. The other way round a request would take its share of the
/// rate, wait for a place with it, and then go together with others that have waited so: a burst. The limiters here count a
/// request when it [begins](Permit::begin) and so keep their word in any order; in the wrong one they only lose speed.
///
/// What a limiter sees is the URL that was enqueued, not those that redirects lead to.
pub trait Limiter: Send + Sync + 'static {
    /// Asks for a permit for one request to `url`. Must not wait; `turn` is for later.
    ///
    /// [`Acquire::Queued`] and [`Acquire::Later`] are what octopus calls a limiter miss.
    #[doc(alias = "acquire")]
    fn try_acquire(&self, url: &Url, turn: &Turn) -> Acquire;

    /// Is told how each request went that had a permit, before that is released. By default it does not care.
    fn observe(&self, seen: &Observation<'_>) {
        let _ = seen;
    }
}

/// One limiter for a queue and for what the program does beside it.
impl<L: Limiter + ?Sized> Limiter for Arc<L> {
    fn try_acquire(&self, url: &Url, turn: &Turn) -> Acquire {
        (**self).try_acquire(url, turn)
    }

    fn observe(&self, seen: &Observation<'_>) {
        (**self).observe(seen);
    }
}

/// What a limiter answers.
#[derive(Debug)]
pub enum Acquire {
    /// Go.
    Granted(Permit),
    /// Ask again then; the job waits without holding a worker. For limiters that cannot be told when something is free,
    /// because it is another machine that knows.
    Later(Instant),
    /// The limiter has kept a clone of the turn and will grant or refuse it.
    Queued,
    /// This request will never be allowed; it fails with this error.
    Refused(Error),
}
