//! The queue itself.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::answer::Outcome;
use super::cache::ResponseCache;
use super::config::FetchConfig;
use super::counts::{Stats, WaitTimeout};
use super::event::FetchEvent;
use super::fetched::Fetched;
use super::handler::Handler;
use super::job::Job;
use super::request::Fetch;
use super::shared::Shared;
use super::target::lane;
use super::ticket::Ticket;
use crate::client::{HttpClient, Response};
use crate::error::Result;
use crate::queue::engine::{Counts, Engine, Open, Place, Stop};

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
/// Everything may be called from any thread, coroutine and handler. Clones are handles to the same queue. Dropping the
/// last one cancels what is queued: the handlers are told so; what is in flight goes on to its end.
///
/// # Handlers
///
/// Each is called exactly once for each fetch that was enqueued, on a coroutine of the queue, after the limiters have their
/// permits back; those of fetches that were cancelled or stopped run beside the workers, and begin about in the
/// order in which they were. Several run at once unless [`handlers_serial`](super::FetchQueueBuilder::handlers_serial) is on. What they
/// may do, and what comes of it:
///
/// | a handler that | |
/// |---|---|
/// | waits, locks, sleeps by [`rt::sleep`](crate::rt::sleep), fetches | holds its worker, one of [`concurrency`](super::FetchQueueBuilder::concurrency), as long; the others go on |
/// | blocks its thread for long | holds up whatever else runs on that thread: [`rt::offload`](crate::rt::offload) is for it |
/// | panics | is counted and told to [`on_handler_panic`](super::FetchQueueBuilder::on_handler_panic), with its URL; everything goes on |
/// | enqueues more | never waits for room: a bounded queue gets longer than its bound then. `wait` waits for these, too |
/// | enqueues itself again for ever | keeps the queue busy for ever: `wait` ends by its timeout, `stop` ends it |
/// | waits for its own queue, also in a callback that it brings about | gets an error at once, with [`in_handler`](WaitTimeout::in_handler) |
/// | stops the queue | as from anywhere; `stop` does not wait |
/// | drops the last handle | cancels what is queued |
#[doc(alias = "Octopus")]
#[doc(alias = "TornadoOctopus")]
#[derive(Clone)]
pub struct FetchQueue {
    engine: Engine<Job>,
    /// Where answers are handed out that are there when they are enqueued, whether the queue was started or not. Its workers
    /// count as the queue's.
    desk: Option<Engine<Job>>,
    shared: Arc<Shared>,
}

impl FetchQueue {
    /// Octopus's timeout of [`wait`](Self::wait), for who wants it.
    pub const DEFAULT_WAIT: Duration = Duration::from_secs(10);

    pub(super) fn new(engine: Engine<Job>, desk: Option<Engine<Job>>, shared: Shared) -> Self {
        if let Some(desk) = &desk {
            desk.start();
        }
        Self { engine, desk, shared: Arc::new(shared) }
    }

    /// Puts a URL in line; `handler` is called once, with the answer or what went wrong, on a coroutine of the queue.
    /// Before [`start`](Self::start) it only queues up. A URL that is none is told to the handler.
    ///
    /// # Errors
    /// The queue has been stopped, or a bounded one stayed full until a surrounding scope ended the wait. The handler is
    /// not called then.
    pub fn enqueue(&self, url: &str, handler: impl FnOnce(&str, Fetched) + Send + 'static) -> Result<Ticket> {
        self.enqueue_with(url, handler)
    }

    /// As [`enqueue`](Self::enqueue), with everything that a request may have.
    ///
    /// ```
    /// # use maypole::client::{Inbound, Outbound, Transport};
    /// # struct Site;
    /// # impl Transport for Site {
    /// #     fn exchange(&self, request: Outbound<'_>) -> maypole::Result<Inbound> {
    /// #         Inbound::new(200, [], request.method.as_str().to_owned())
    /// #     }
    /// # }
    /// # let client = maypole::HttpClient::builder().transport(Site).build()?;
    /// # let queue = maypole::queue::FetchQueue::builder().client(client).auto_start(true).build()?;
    /// use maypole::queue::Fetch;
    /// let request = queue.client().post("http://127.0.0.1:8080/items").form([("name", "ada")]);
    /// queue.enqueue_with(request, |_, answer| assert_eq!(answer.bytes(), b"POST"))?;
    /// queue.enqueue_with(Fetch::from("http://127.0.0.1:8080/").priority(1), |_, answer| assert!(answer.is_ok()))?;
    /// queue.wait_all().unwrap();
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`enqueue`](Self::enqueue).
    pub fn enqueue_with(
        &self,
        fetch: impl Into<Fetch>,
        handler: impl FnOnce(&str, Fetched) + Send + 'static,
    ) -> Result<Ticket> {
        self.submit(fetch.into(), Handler::Whole(Box::new(handler)), true)
    }

    /// As [`enqueue_with`](Self::enqueue_with), with an error where that would wait for room.
    ///
    /// # Errors
    /// [`Kind::Exhausted`](crate::error::Kind::Exhausted) from a bounded queue that is full; the queue has been stopped.
    pub fn try_enqueue(
        &self,
        fetch: impl Into<Fetch>,
        handler: impl FnOnce(&str, Fetched) + Send + 'static,
    ) -> Result<Ticket> {
        self.submit(fetch.into(), Handler::Whole(Box::new(handler)), false)
    }

    /// Fetches and forgets: nobody is called, failures included.
    ///
    /// # Errors
    /// As [`enqueue`](Self::enqueue).
    pub fn enqueue_ignore(&self, fetch: impl Into<Fetch>) -> Result<Ticket> {
        self.submit(fetch.into(), Handler::Ignore, true)
    }

    /// As [`enqueue_with`](Self::enqueue_with), for a handler that reads the body itself, as it comes: it is called when the
    /// head has come. It holds its worker, and the limiters' permits, until it returns. Neither the cache nor
    /// [`max_body`](super::FetchQueueBuilder::max_body) has to do with it.
    ///
    /// ```
    /// # use maypole::client::{Inbound, Outbound, Transport};
    /// # struct Site;
    /// # impl Transport for Site {
    /// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
    /// #         Inbound::new(200, [], "one\ntwo\n")
    /// #     }
    /// # }
    /// # let client = maypole::HttpClient::builder().transport(Site).build()?;
    /// # let queue = maypole::queue::FetchQueue::builder().client(client).auto_start(true).build()?;
    /// queue.enqueue_streaming("http://127.0.0.1:8080/log", |_, response| {
    ///     let lines = response.unwrap().lines().map(Result::unwrap);
    ///     assert_eq!(lines.collect::<Vec<_>>(), ["one", "two"]);
    /// })?;
    /// queue.wait_all().unwrap();
    /// assert_eq!(queue.stats().panicked, 0);
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`enqueue`](Self::enqueue).
    pub fn enqueue_streaming(
        &self,
        fetch: impl Into<Fetch>,
        handler: impl FnOnce(&str, Result<Response>) + Send + 'static,
    ) -> Result<Ticket> {
        self.submit(fetch.into(), Handler::Streaming(Box::new(handler)), true)
    }

    fn submit(&self, fetch: Fetch, handler: Handler, may_wait: bool) -> Result<Ticket> {
        let hit = self.there(&fetch, &handler);
        let Fetch { target, phases, priority, at } = fetch;
        let url = target.url().clone();
        if let Some(outcome) = hit {
            return self.hand_out(Job::new(self.shared.clone(), target, phases, handler), outcome, may_wait);
        }
        let lane = lane(&url);
        let place = Place { lane: &lane, priority, at };
        let job = Job::new(self.shared.clone(), target, phases, handler);
        self.put(&self.engine, job, &place, may_wait)
    }

    /// What is in the cache for it, and may be handed out now.
    fn there(&self, fetch: &Fetch, handler: &Handler) -> Option<Outcome> {
        let cache = self.shared.cache.as_ref()?;
        let is_fetched = self.shared.seen.is_some()
            || handler.is_streaming()
            || fetch.phases.as_ref().is_some_and(|phases| phases.watch_answer());
        if is_fetched || fetch.at.is_some() {
            return None;
        }
        cache.lookup(&self.shared.key(&fetch.target)?)
    }

    fn hand_out(&self, job: Job, outcome: Outcome, may_wait: bool) -> Result<Ticket> {
        // Handlers do not nest: one that enqueues itself again would use up the stack.
        if !self.shared.config.inline_cache_hits || self.engine.is_worker() {
            let desk = self.desk.as_ref().unwrap_or(&self.engine);
            return self.put(desk, job.hit(outcome), &Place::default(), may_wait);
        }
        self.engine.check_open()?;
        let Job { shared, target, handler, .. } = job;
        let url = target.url().clone();
        shared.tell(&url, FetchEvent::Queued);
        let fetched = shared.hit(&url, outcome);
        self.engine.as_worker(|| shared.deliver(handler, fetched));
        shared.counted.inline.fetch_add(1, Relaxed);
        Ok(Ticket::new(url, None))
    }

    fn put(&self, engine: &Engine<Job>, job: Job, place: &Place<'_>, may_wait: bool) -> Result<Ticket> {
        let url = job.target.url().clone();
        // Before it: who is told of it first must not see it answered before it was queued.
        self.shared.counted.enqueued.fetch_add(1, Relaxed);
        self.shared.tell(&url, FetchEvent::Queued);
        let submitted = if may_wait { engine.submit(job, place) } else { engine.try_submit(job, place) };
        let id = submitted.map_err(|rejected| rejected.error)?;
        Ok(Ticket::new(url, Some(engine.follow(id))))
    }

    /// Lets the workers begin. A second call does nothing.
    pub fn start(&self) {
        self.engine.start();
    }

    /// How many fetches wait for their turn; those in flight, and those whose time has not come, do not count.
    #[doc(alias = "queue_size")]
    pub fn len(&self) -> usize {
        self.stats().queued
    }

    /// Whether none waits for its turn.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many are being fetched or handled.
    #[doc(alias = "running_urls")]
    pub fn in_flight(&self) -> usize {
        self.stats().in_flight
    }

    /// How many wait for their time, or for their next try.
    pub fn delayed(&self) -> usize {
        self.stats().delayed
    }

    /// How many have not ended: queued, delayed and in flight, at one moment.
    #[doc(alias = "remaining_requests")]
    pub fn pending(&self) -> usize {
        self.stats().pending()
    }

    /// How many fetches are where.
    pub fn stats(&self) -> Stats {
        let counted = &self.shared.counted;
        let mut stats = Stats {
            cache_hits: counted.hits.load(Relaxed),
            retried: counted.retried.load(Relaxed),
            duplicates: counted.duplicates.load(Relaxed),
            panicked: counted.panics.load(Relaxed),
            done: counted.inline.load(Relaxed),
            ..Stats::default()
        };
        stats.add(self.engine.counts());
        stats.add(self.desk.as_ref().map(Engine::counts).unwrap_or_default());
        stats
    }

    /// The options that are in force.
    pub fn config(&self) -> &FetchConfig {
        &self.shared.config
    }

    /// The client that fetches; requests that it builds may be enqueued.
    pub fn client(&self) -> &HttpClient {
        &self.shared.client
    }

    /// The cache, if there is one.
    #[doc(alias = "response_cache")]
    pub fn cache(&self) -> Option<&ResponseCache> {
        self.shared.cache.as_ref()
    }

    /// Waits until everything enqueued has been handled, what handlers enqueue meanwhile included.
    ///
    /// # Errors
    /// [`WaitTimeout`] after `timeout`, with what is still open; the work goes on, and can be waited for again.
    pub fn wait(&self, timeout: Duration) -> Result<(), WaitTimeout> {
        self.wait_until(Instant::now().checked_add(timeout))
    }

    /// As [`wait`](Self::wait), by octopus's rule: zero and less is for ever.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub fn wait_secs(&self, seconds: f64) -> Result<(), WaitTimeout> {
        let timeout = Duration::try_from_secs_f64(seconds).ok().filter(|timeout| !timeout.is_zero());
        self.wait_until(timeout.and_then(|timeout| Instant::now().checked_add(timeout)))
    }

    /// As [`wait`](Self::wait), without a limit but those of the surrounding [`scope`](crate::rt::scope).
    ///
    /// # Errors
    /// The surrounding scope ended it, or a handler of this queue asked.
    pub fn wait_all(&self) -> Result<(), WaitTimeout> {
        self.wait_until(None)
    }

    fn wait_until(&self, at: Option<Instant>) -> Result<(), WaitTimeout> {
        let Some(desk) = &self.desk else {
            return self.engine.wait(at).map_err(|open| WaitTimeout::new(&open, Counts::default()));
        };
        loop {
            // Handlers of either put jobs into the other: both were over at once if nothing came meanwhile.
            let before = self.shared.counted.enqueued.load(Relaxed);
            let beside = |open: Open, other: &Engine<Job>| WaitTimeout::new(&open, other.counts());
            self.engine.wait(at).map_err(|open| beside(open, desk))?;
            desk.wait(at).map_err(|open| beside(open, &self.engine))?;
            if self.shared.counted.enqueued.load(Relaxed) == before {
                return Ok(());
            }
        }
    }

    /// Ends it. Every handler is called, those of cancelled fetches with an error of kind
    /// [`Cancelled`](crate::error::Kind::Cancelled). Returns at once; [`wait`](Self::wait) waits for the end.
    ///
    /// Called again, the more decided of the two holds. With [`Stop::Drain`] a queue that was not started is.
    pub fn stop(&self, how: Stop) {
        self.engine.stop(how);
        if let Some(desk) = &self.desk {
            desk.stop(how);
        }
    }
}

impl fmt::Debug for FetchQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchQueue")
            .field("config", &self.shared.config)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
