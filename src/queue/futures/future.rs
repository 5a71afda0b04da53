//! The future itself.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::cell::{self, Cell};
use super::control::{Control, Held, Requested};
use crate::client::Response;
use crate::error::{Error, Kind, Phase, Result};
use crate::rt;

/// A response, or whatever was made of it, that comes later: wait for it, cancel it, be called when it is there.
///
/// ```
/// # use maypole::client::{Inbound, Outbound, Transport};
/// # struct Site;
/// # impl Transport for Site {
/// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
/// #         Inbound::new(200, [], "hello")
/// #     }
/// # }
/// # let session = maypole::queue::FuturesSession::builder().configure(|session| session.client(|client| client.transport(Site)));
/// # let session = session.build()?;
/// let one = session.get("http://127.0.0.1:8080/one").send();
/// let two = session.get("http://127.0.0.1:8080/two").send(); // both are under way
/// assert_eq!(two.result()?.text()?, "hello"); // in any order
/// assert_eq!(one.result()?.status(), 200);
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// It waits as all of this crate does: a coroutine parks, a plain thread blocks, and a surrounding
/// [`scope`](crate::rt::scope) bounds the wait. It is a [`Future`] as well, that any executor can poll.
///
/// Dropping it lets the request go on to its end, unless [`abort_on_drop`](Self::abort_on_drop) says otherwise. `G` is the
/// type of its [`tag`](Self::tag).
#[doc(alias = "Future")]
#[doc(alias = "Pending")]
#[must_use = "the request is under way, and only the future knows what becomes of it"]
pub struct ResponseFuture<T = Response, G = ()> {
    pub(super) cell: Arc<Cell<T>>,
    pub(super) held: Held,
    pub(super) tag: G,
}

/// A wait that ended before the result was there. The request goes on.
pub struct StillRunning<F> {
    /// The future, to be waited for again.
    pub future: F,
    pub(super) error: Error,
}

impl<T> ResponseFuture<T> {
    pub(super) fn new(cell: Arc<Cell<T>>, control: Arc<dyn Control>) -> Self {
        Self { cell, held: Held::new(control), tag: () }
    }
}

impl<T, G> ResponseFuture<T, G> {
    /// Waits for the result.
    ///
    /// # Errors
    /// What the request failed with, an invalid URL among it; [`Kind::Cancelled`] if it was cancelled; [`Kind::Timeout`] or
    /// [`Kind::Cancelled`] when a surrounding scope ended the wait; [`Kind::Panicked`] if a callback panicked.
    #[doc(alias = "join")]
    pub fn result(self) -> Result<T> {
        match self.ended(None) {
            Ok(()) => self.taken(),
            Err(error) => Err(error),
        }
    }

    /// As [`result`](Self::result), for so long at most.
    ///
    /// ```
    /// # use maypole::client::{Inbound, Outbound, Transport};
    /// # struct Slow;
    /// # impl Transport for Slow {
    /// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
    /// #         maypole::rt::sleep(std::time::Duration::from_millis(100));
    /// #         Inbound::new(200, [], "hello")
    /// #     }
    /// # }
    /// # let session = maypole::queue::FuturesSession::builder().configure(|session| session.client(|client| client.transport(Slow)));
    /// # let session = session.build()?;
    /// use std::time::Duration;
    /// let future = session.get("http://127.0.0.1:8080/slow").send();
    /// let still = future.result_timeout(Duration::from_millis(1)).unwrap_err();
    /// let response = still.future.result()?; // it went on
    /// # assert_eq!(response.status(), 200);
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`StillRunning`], which has the future. What the request failed with is inside the `Ok`.
    #[doc(alias = "join_timeout")]
    pub fn result_timeout(self, limit: Duration) -> Result<Result<T>, StillRunning<Self>> {
        match self.ended(Some(limit)) {
            Ok(()) => Ok(self.taken()),
            Err(error) => Err(StillRunning { future: self, error }),
        }
    }

    /// Waits until the result is there, without taking it; for `limit` at most. Whether it is there.
    pub fn wait(&self, limit: Duration) -> bool {
        self.ended(Some(limit)).is_ok()
    }

    fn ended(&self, limit: Option<Duration>) -> Result<()> {
        let at = limit.and_then(|limit| Instant::now().checked_add(limit));
        self.cell.wait(at).map_err(|(stop, until)| match stop {
            rt::Stop::Cancelled => Error::cancelled(Phase::Checkout),
            rt::Stop::TimedOut => {
                Error::timeout(Phase::Checkout, limit.or(until.limit())).because("the result is not there")
            }
        })
    }

    fn taken(self) -> Result<T> {
        self.cell.take().unwrap_or_else(|| Err(cell::taken()))
    }

    /// Takes the request back if it has not begun: then it is never sent, and its result is an error of kind
    /// [`Cancelled`](Kind::Cancelled). `false`: it is running, and goes on, or has ended. To end it all the same there is
    /// [`abort`](Self::abort).
    pub fn cancel(&self) -> bool {
        self.held.control.cancel()
    }

    /// Ends the request, in whatever phase it is, also while its body is read or a callback waits; the connection is
    /// closed. Returns at once. `false`: it had ended.
    pub fn abort(&self) -> bool {
        self.held.control.abort()
    }

    /// Whether the result is there, good or bad.
    #[doc(alias = "done")]
    pub fn is_done(&self) -> bool {
        self.cell.is_done()
    }

    /// Whether the request has begun and not ended.
    #[doc(alias = "running")]
    pub fn is_running(&self) -> bool {
        !self.is_done() && self.held.control.is_running()
    }

    /// Whether the result is that it was cancelled or aborted, or that its session was closed before it began.
    #[doc(alias = "cancelled")]
    pub fn is_cancelled(&self) -> bool {
        self.cell.error().is_some_and(|error| error.kind() == Kind::Cancelled)
    }

    /// What it failed with, once it is done, as far as it can be told twice: the
    /// [`result`](Self::result) has the response of a status error, too. `None` before.
    #[doc(alias = "exception")]
    pub fn error(&self) -> Option<Error> {
        self.cell.error()
    }

    /// Calls `f` with the result when it is there, before anybody gets it; at once if it is there already. In either case
    /// once, on the coroutine that has brought the result or on this one. Several are called in their order; one that
    /// panics keeps none of the others from being called.
    ///
    /// The future is done when all of them have returned: one that waits for its own future waits for itself. Where the
    /// result has been taken by polling there is nothing left to show.
    #[doc(alias = "on_done")]
    pub fn add_done_callback(&self, f: impl FnOnce(&Result<T>) + Send + 'static) {
        self.cell.on_shown(f);
    }

    /// The request behind it.
    pub fn request(&self) -> &Requested {
        self.held.control.requested()
    }

    /// What it was tagged with.
    pub fn tag(&self) -> &G {
        &self.tag
    }

    /// Attaches anything, to be found again with the result.
    ///
    /// ```
    /// # use maypole::client::{Inbound, Outbound, Transport};
    /// # struct Site;
    /// # impl Transport for Site {
    /// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
    /// #         Inbound::new(200, [], "hello")
    /// #     }
    /// # }
    /// # let session = maypole::queue::FuturesSession::builder().configure(|session| session.client(|client| client.transport(Site)));
    /// # let session = session.build()?;
    /// use maypole::queue::as_completed;
    /// let futures = (0..3).map(|n| session.get(format!("http://127.0.0.1:8080/{n}")).send().tagged(n));
    /// for future in as_completed(futures) {
    ///     let n = *future.tag();
    ///     println!("{n}: {}", future.result()?.status());
    /// }
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn tagged<H>(self, tag: H) -> ResponseFuture<T, H> {
        let Self { cell, held, tag: _ } = self;
        ResponseFuture { cell, held, tag }
    }

    /// Aborts the request when the future is dropped before its result has been taken. Default: it goes on. What is made of
    /// it does so, too; [`join_all`](super::join_all) and [`race`](super::race) if all of theirs do, and
    /// [`shared`](ResponseFuture::shared), which several hold, not at all.
    pub fn abort_on_drop(mut self) -> Self {
        self.held.abort_on_drop = true;
        self
    }
}

/// As [`result`](ResponseFuture::result), for tasks. A task that polls again after the result was ready panics.
impl<T, G: Unpin> Future for ResponseFuture<T, G> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.cell.poll(context)
    }
}

impl<T, G: fmt::Debug> fmt::Debug for ResponseFuture<T, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture")
            .field("request", self.request())
            .field("done", &self.is_done())
            .field("tag", &self.tag)
            .finish_non_exhaustive()
    }
}

impl<F> fmt::Debug for StillRunning<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StillRunning").field("error", &self.error).finish_non_exhaustive()
    }
}

impl<F> fmt::Display for StillRunning<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the request is still under way: {}", self.error)
    }
}

impl<F> std::error::Error for StillRunning<F> {}

impl<F> From<StillRunning<F>> for Error {
    fn from(still: StillRunning<F>) -> Self {
        still.error
    }
}
