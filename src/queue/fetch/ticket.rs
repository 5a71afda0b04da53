//! One fetch, seen from outside.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::job::Job;
use crate::message::Url;
use crate::queue::engine::{Cancelled, Followed};

/// A fetch that was enqueued: to be waited for, or taken back. Dropping it changes nothing, and it does not keep the queue
/// alive.
///
/// ```
/// # use maypole::client::{Inbound, Outbound, Transport};
/// # struct Site;
/// # impl Transport for Site {
/// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
/// #         Inbound::new(200, [], "hello")
/// #     }
/// # }
/// # let client = maypole::HttpClient::builder().transport(Site).build()?;
/// use maypole::queue::FetchQueue;
/// let queue = FetchQueue::builder().client(client).build()?;
/// let ticket = queue.enqueue("http://127.0.0.1:8080/a", |_, _| {})?;
/// let other = queue.enqueue("http://127.0.0.1:8080/b", |_, answer| assert!(answer.error().is_some()))?;
/// assert!(other.cancel());
/// queue.start();
/// assert!(ticket.wait(None) && ticket.is_done());
/// # Ok::<(), maypole::Error>(())
/// ```
pub struct Ticket {
    url: Arc<str>,
    /// None if it was handled at once.
    job: Option<Followed<Job>>,
}

impl Ticket {
    pub(super) fn new(url: Arc<str>, job: Option<Followed<Job>>) -> Self {
        Self { url, job }
    }

    /// The URL as it was enqueued.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends the fetch early: one that is queued will not begin, one in flight is aborted and its connection closed. The
    /// handler is told by an error of kind [`Cancelled`](crate::error::Kind::Cancelled), on a coroutine of the queue; a
    /// handler that runs already goes on. `false`: it had ended.
    pub fn cancel(&self) -> bool {
        self.job.as_ref().is_some_and(|job| job.cancel(true) != Cancelled::Ended)
    }

    /// As [`cancel`](Self::cancel), but only if it has not begun; one in flight goes on. Whether it was taken back.
    pub fn cancel_queued(&self) -> bool {
        self.job.as_ref().is_some_and(|job| job.cancel(false) == Cancelled::Queued)
    }

    /// Waits until its handler has run, for so long at most (`None`: for ever), and within the surrounding
    /// [`scope`](crate::rt::scope); whether it has. A handler that waits for its own ticket waits in vain.
    pub fn wait(&self, timeout: impl Into<Option<Duration>>) -> bool {
        let timeout = timeout.into();
        let at = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        self.job.as_ref().is_none_or(|job| job.wait(at))
    }

    /// Whether it has ended, and its handler has run.
    pub fn is_done(&self) -> bool {
        self.job.as_ref().is_none_or(Followed::is_done)
    }

    /// Whether a worker is at it.
    pub fn is_running(&self) -> bool {
        self.job.as_ref().is_some_and(Followed::is_running)
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket")
            .field("url", &Url::parse(&self.url).ok())
            .field("running", &self.is_running())
            .field("done", &self.is_done())
            .finish()
    }
}
