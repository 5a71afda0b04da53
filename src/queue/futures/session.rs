//! The session whose requests are futures.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::executor::Executor;
use super::hooks::Hook;
use super::open::{Member, Open};
use crate::client::{HttpClient, RequestBuilder};
use crate::error::{Error, Kind, Result};
use crate::message::Headers;
use crate::queue::engine::Stop;
use crate::queue::fetch::WaitTimeout;
use crate::queue::limiter::Limiter;
use crate::rt::{self, scope};

/// A session whose requests start at once and return futures: the work is done by a few workers in the background, eight
/// coroutines by default.
///
/// ```
/// # use maypole::client::{Inbound, Outbound, Transport};
/// # struct Site;
/// # impl Transport for Site {
/// #     fn exchange(&self, request: Outbound<'_>) -> maypole::Result<Inbound> {
/// #         Inbound::new(200, [], request.url.path().to_owned())
/// #     }
/// # }
/// use maypole::queue::{FuturesSession, as_completed};
/// # let session = FuturesSession::builder().configure(|session| session.client(|client| client.transport(Site))).build()?;
/// # let _ = stringify! {
/// let session = FuturesSession::new()?;
/// # };
/// let first = session.get("http://127.0.0.1:8080/get").send();
/// let second = session.post("http://127.0.0.1:8080/post").query([("page", 2)]).header("X-Id", "7").body("hi").send();
/// // both are under way; results in any order
/// assert_eq!(second.result()?.status(), 200);
/// assert_eq!(first.result()?.text()?, "/get");
///
/// let many = (0..20).map(|n| session.get(format!("http://127.0.0.1:8080/{n}")).send());
/// for future in as_completed(many) {
///     let response = future.result()?;
///     println!("{}: {}", response.url().path(), response.status());
/// }
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// It is a layer over a [`Session`](crate::Session) or [`HttpClient`], its own or one that it is given, with that one's
/// options, and each request with all that a [`RequestBuilder`] has. From coroutines and plain threads alike.
///
/// Clones are handles to the same session. Dropping the last one closes it: what has not begun is cancelled, what is running
/// goes on to its end. [`scope`](Self::scope) makes that visible, [`close`](Self::close) leaves the choice.
#[doc(alias = "requests_futures")]
#[derive(Clone)]
pub struct FuturesSession {
    pub(super) shared: Arc<Shared>,
    /// None in a handle that does not keep it open: a callback's.
    _owner: Option<Arc<Owner>>,
}

pub(super) struct Shared {
    /// Whose callbacks these are.
    pub(super) number: u64,
    pub(super) client: HttpClient,
    pub(super) executor: Arc<dyn Executor>,
    pub(super) headers: Headers,
    pub(super) each: Vec<Box<Each>>,
    pub(super) hooks: Vec<Arc<Hook>>,
    pub(super) limiters: Vec<Arc<dyn Limiter>>,
    pub(super) open: Open,
}

/// Sets options of every request of a session.
pub(super) type Each = dyn Fn(RequestBuilder) -> RequestBuilder + Send + Sync;

/// Counts the handles.
struct Owner(Arc<Shared>);

impl Drop for Owner {
    fn drop(&mut self) {
        if self.0.open.is_closed() {
            return;
        }
        let withdrawn = self.0.open.close(Stop::CancelQueued);
        if withdrawn.is_empty() {
            return;
        }
        // Callbacks may wait, and a destructor must not.
        let telling = withdrawn.clone();
        if rt::spawn(move || tell(&telling)).is_err() {
            tell(&withdrawn);
        }
    }
}

fn tell(withdrawn: &[Arc<dyn Member>]) {
    withdrawn.iter().for_each(|member| member.refuse("the session was closed before the request began"));
}

impl Shared {
    /// Runs what calls back: on a worker, or wherever a request is cancelled or its session closed. A callback there would
    /// wait for itself just as well.
    pub(super) fn calling_back<R>(&self, f: impl FnOnce() -> R) -> R {
        // On its workers nothing more needs to be said.
        match self.executor.is_worker() {
            true => f(),
            false => scope::with_owner(self.number, f),
        }
    }

    pub(super) fn check_open(&self) -> Result<()> {
        match self.open.is_closed() {
            true => Err(Error::new(Kind::Closed, "the session has been closed")),
            false => Ok(()),
        }
    }
}

impl FuturesSession {
    pub(super) fn of(shared: Shared) -> Self {
        let shared = Arc::new(shared);
        Self { _owner: Some(Arc::new(Owner(shared.clone()))), shared }
    }

    /// A handle that does not keep it open.
    pub(super) fn unowned(&self) -> Self {
        Self { shared: self.shared.clone(), _owner: None }
    }

    /// The client that sends: for requests that are not to be futures, its cookies, its pool.
    pub fn client(&self) -> &HttpClient {
        &self.shared.client
    }

    /// Who runs the requests.
    pub fn executor(&self) -> &Arc<dyn Executor> {
        &self.shared.executor
    }

    /// How many requests run at once, of all sessions that share the executor.
    pub fn max_workers(&self) -> usize {
        self.shared.executor.max_workers()
    }

    /// How many requests have been sent and have no result yet.
    pub fn len(&self) -> usize {
        self.shared.open.len()
    }

    /// Whether every request has its result.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it has been closed.
    pub fn is_closed(&self) -> bool {
        self.shared.open.is_closed()
    }

    /// Ends it: a request that is sent from now on fails with [`Kind::Closed`]. What is open is done or cancelled as
    /// `how` says; an executor that it shares goes on. Does not wait for that, but done callbacks of what is cancelled are
    /// called here, one after the other; [`wait_all`](Self::wait_all) waits for the end. Again, with a harder `how`: that
    /// counts.
    pub fn close(&self, how: Stop) {
        tell(&self.shared.open.close(how));
    }

    /// Waits until every request has its result.
    ///
    /// # Errors
    /// [`WaitTimeout`] after `limit`, when the surrounding scope ends, or at once in a callback of this session, which
    /// would wait for itself. The work goes on.
    pub fn wait(&self, limit: Duration) -> Result<(), WaitTimeout> {
        self.ended(Instant::now().checked_add(limit))
    }

    /// As [`wait`](Self::wait), without a limit but those of the surrounding scope.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub fn wait_all(&self) -> Result<(), WaitTimeout> {
        self.ended(None)
    }

    fn ended(&self, at: Option<Instant>) -> Result<(), WaitTimeout> {
        let open = &self.shared.open;
        let in_handler = self.shared.executor.is_worker() || scope::current().is_owned_by(self.shared.number);
        if open.len() == 0 || (!in_handler && open.wait(at)) {
            return Ok(());
        }
        let (queued, in_flight) = open.counts();
        Err(WaitTimeout { queued, delayed: 0, in_flight, in_handler })
    }

    /// Runs `f` with the session and closes it, however `f` ends: what has not begun is cancelled, what is running goes on
    /// to its end, and nobody waits for it. Requests that were started for nothing are not sent.
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
    /// let status = session.scope(|session| {
    ///     let mirrors = ["http://127.0.0.1:8080/a", "http://127.0.0.1:8081/a"].map(|url| session.get(url).send());
    ///     maypole::queue::race(mirrors).result().map(|response| response.status())
    /// })?;
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn scope<R>(self, f: impl FnOnce(&Self) -> R) -> R {
        self.scope_with(Stop::CancelQueued, f)
    }

    /// As [`scope`](Self::scope), with a choice: [`Stop::Drain`] waits for everything that was sent, [`Stop::Abort`] ends
    /// what is running, too.
    pub fn scope_with<R>(self, how: Stop, f: impl FnOnce(&Self) -> R) -> R {
        let closing = Closing(&self, how);
        let result = f(&self);
        drop(closing);
        if how == Stop::Drain {
            // A surrounding scope may end the wait; what is open then goes on.
            self.wait_all().ok();
        }
        result
    }
}

/// Closes a session at the end of a scope, also by unwinding.
struct Closing<'a>(&'a FuturesSession, Stop);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close(self.1);
    }
}

impl fmt::Debug for FuturesSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FuturesSession")
            .field("max_workers", &self.max_workers())
            .field("open", &self.len())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
