//! The queue itself.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::builder::FetchQueueBuilder;
use super::fetched::Fetched;
use super::job::{Handler, Job};
use super::request::{Fetch, lane};
use super::ticket::Ticket;
use crate::client::HttpClient;
use crate::error::Result;
use crate::queue::engine::{Engine, Open, Place, Stop};
use crate::queue::limiter::Limiter;

/// URLs in, answers to handlers; with bounded concurrency.
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
/// let queue = FetchQueue::builder().client(client).concurrency(20).auto_start(true).build()?;
/// for n in 0..100 {
///     queue.enqueue(&format!("http://127.0.0.1:8080/{n}"), |url, answer| {
///         assert_eq!(answer.status(), 200, "{url}");
///     })?;
/// }
/// queue.wait_all().unwrap();
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// Clones are handles to the same queue. Dropping the last one cancels what is queued: the handlers are told so.
#[doc(alias = "Octopus")]
#[derive(Clone)]
pub struct FetchQueue {
    pub(super) engine: Engine<Job>,
    pub(super) shared: Arc<Shared>,
}

/// What all jobs of a queue have in common.
pub(super) struct Shared {
    pub(super) client: HttpClient,
    pub(super) limiters: Vec<Arc<dyn Limiter>>,
    pub(super) panics: AtomicU64,
}

impl Shared {
    pub(super) fn panicked(&self, _url: &str, _panic: &(dyn Any + Send)) {
        self.panics.fetch_add(1, Relaxed);
    }
}

/// How many fetches are where, at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Wait for a worker or a limiter.
    pub queued: usize,
    /// Those of them that wait for a limiter.
    pub blocked: usize,
    /// Wait for their time.
    pub delayed: usize,
    /// Are being fetched or handled.
    pub in_flight: usize,
    /// Have been handled.
    pub done: u64,
    /// Were cancelled before they began.
    pub cancelled: u64,
    /// Handlers that panicked.
    pub panicked: u64,
}

/// A wait that ended before the queue was empty. The work goes on, and can be waited for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WaitTimeout {
    /// Fetches that wait for a worker or a limiter.
    pub queued: usize,
    /// Fetches that wait for their time.
    pub delayed: usize,
    /// Fetches that are under way, handlers included.
    pub in_flight: usize,
    /// Asked for by a handler of this queue, which would have waited for itself.
    pub in_handler: bool,
}

impl From<Open> for WaitTimeout {
    fn from(open: Open) -> Self {
        let counts = open.counts;
        let (queued, delayed, in_flight) = (counts.queued, counts.delayed, counts.in_flight);
        Self { queued, delayed, in_flight, in_handler: open.on_worker }
    }
}

impl fmt::Display for WaitTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { queued, delayed, in_flight, in_handler } = self;
        write!(f, "{queued} fetches queued, {delayed} delayed, {in_flight} in flight")?;
        if *in_handler {
            f.write_str("; a handler cannot wait for its own queue")?;
        }
        Ok(())
    }
}

impl std::error::Error for WaitTimeout {}

impl FetchQueue {
    /// A queue with options.
    pub fn builder() -> FetchQueueBuilder {
        FetchQueueBuilder::new()
    }

    /// Puts a URL in line; `handler` is called once, with the answer or what went wrong, on a coroutine of the queue.
    ///
    /// # Errors
    /// The queue has been stopped, or a bounded one stayed full until a surrounding scope ended the wait.
    pub fn enqueue(&self, url: &str, handler: impl FnOnce(&str, Fetched) + Send + 'static) -> Result<Ticket> {
        self.enqueue_with(url, handler)
    }

    /// As [`enqueue`](Self::enqueue), with everything that a request may have.
    ///
    /// # Errors
    /// As [`enqueue`](Self::enqueue).
    pub fn enqueue_with(
        &self,
        fetch: impl Into<Fetch>,
        handler: impl FnOnce(&str, Fetched) + Send + 'static,
    ) -> Result<Ticket> {
        self.submit(fetch.into(), Some(Box::new(handler)))
    }

    fn submit(&self, fetch: Fetch, handler: Option<Handler>) -> Result<Ticket> {
        let url: Box<str> = fetch.url().into();
        let place = Place { lane: lane(&url), priority: fetch.priority, at: fetch.at };
        let job = Job::new(self.shared.clone(), fetch, handler);
        let id = self.engine.submit(job, &place).map_err(|rejected| rejected.error)?;
        Ok(Ticket::new(self.engine.follow(id)))
    }

    /// Lets the workers begin. A second call does nothing.
    pub fn start(&self) {
        self.engine.start();
    }

    /// How many fetches wait for their turn; those in flight do not count.
    #[doc(alias = "queue_size")]
    pub fn len(&self) -> usize {
        self.engine.counts().queued
    }

    /// Whether none waits for its turn.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many fetches are where.
    pub fn stats(&self) -> Stats {
        let counts = self.engine.counts();
        let panicked = counts.panicked + self.shared.panics.load(Relaxed);
        Stats {
            queued: counts.queued,
            blocked: counts.blocked,
            delayed: counts.delayed,
            in_flight: counts.in_flight,
            done: counts.done,
            cancelled: counts.cancelled,
            panicked,
        }
    }

    /// Waits until everything enqueued has been handled, what handlers enqueue meanwhile included.
    ///
    /// # Errors
    /// [`WaitTimeout`] after `timeout`; the work goes on.
    pub fn wait(&self, timeout: Duration) -> Result<(), WaitTimeout> {
        self.engine.wait(Instant::now().checked_add(timeout)).map_err(WaitTimeout::from)
    }

    /// As [`wait`](Self::wait), without a limit but those of the surrounding scope.
    ///
    /// # Errors
    /// The surrounding scope ended it, or a handler of this queue asked.
    pub fn wait_all(&self) -> Result<(), WaitTimeout> {
        self.engine.wait(None).map_err(WaitTimeout::from)
    }

    /// The client that fetches.
    pub(in crate::queue) fn client(&self) -> &HttpClient {
        &self.shared.client
    }

    /// Ends it. Every handler is called, those of cancelled fetches with an error of kind
    /// [`Cancelled`](crate::error::Kind::Cancelled). Returns at once; [`wait`](Self::wait) waits for the end.
    pub fn stop(&self, how: Stop) {
        self.engine.stop(how);
    }
}

impl fmt::Debug for FetchQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchQueue").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
