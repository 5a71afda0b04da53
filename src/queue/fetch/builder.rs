//! Options of a queue.

use std::sync::Arc;
use std::time::Duration;

use super::cache::ResponseCache;
use super::config::FetchConfig;
use super::event::FetchEvent;
use super::profile::Profile;
use super::queue::FetchQueue;
use super::shared::{Counted, OnEvent, OnPanic, Shared};
use crate::client::{HttpClient, Preset, Repeats, Retry};
use crate::error::{Error, Kind, Phase, Result};
use crate::queue::engine::{Engine, Order, Settings, Workers};
use crate::queue::limiter::Limiter;
use crate::queue::seen::Seen;
use crate::rt::Semaphore;

/// As many connections to a host as a client's pool may have.
const MOST_CONNECTIONS: usize = 1_000_000;

/// Options of a [`FetchQueue`]; the first that are wrong, or exclude each other, are the error of [`build`](Self::build).
///
/// ```
/// use maypole::client::Retry;
/// use maypole::queue::{FetchQueue, ResponseCache};
/// use std::time::Duration;
/// let queue = FetchQueue::builder()
///     .concurrency(200)
///     .per_host(8)
///     .timeout(Duration::from_secs(20))
///     .cache(ResponseCache::new())
///     .retry(Retry::standard())
///     .on_handler_panic(|url, panic| eprintln!("{url}: {panic}"))
///     .build()?;
/// # Ok::<(), maypole::Error>(())
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct FetchQueueBuilder {
    concurrency: usize,
    per_host: Option<usize>,
    bound: Option<usize>,
    order: Order,
    auto_start: bool,
    profile: Profile,
    timeout: Option<Option<Duration>>,
    connect_timeout: Option<Option<Duration>>,
    max_body: Option<u64>,
    connection_reuse: bool,
    handlers_serial: bool,
    inline_cache_hits: bool,
    client: Option<HttpClient>,
    limiters: Vec<Arc<dyn Limiter>>,
    cache: Option<ResponseCache>,
    seen: Option<Seen>,
    retry: Retry,
    on_event: Option<Box<OnEvent>>,
    on_panic: Option<Box<OnPanic>>,
}

impl FetchQueue {
    /// A queue with options.
    pub fn builder() -> FetchQueueBuilder {
        FetchQueueBuilder {
            concurrency: 10,
            per_host: None,
            bound: None,
            order: Order::default(),
            auto_start: false,
            profile: Profile::default(),
            timeout: None,
            connect_timeout: None,
            max_body: Some(10 << 20),
            connection_reuse: true,
            handlers_serial: false,
            inline_cache_hits: false,
            client: None,
            limiters: Vec::new(),
            cache: None,
            seen: None,
            retry: Retry::none(),
            on_event: None,
            on_panic: None,
        }
    }
}

impl FetchQueueBuilder {
    /// Most fetches at once, handlers included. Default 10, octopus's. With 0 fetches only queue up.
    pub fn concurrency(mut self, fetches: usize) -> Self {
        self.concurrency = fetches;
        self
    }

    /// Most fetches of one host (scheme, host and port) at once; others go meanwhile. Default no bound of its own. Only
    /// with [`Order::Fair`].
    pub fn per_host(mut self, fetches: usize) -> Self {
        self.per_host = Some(fetches);
        self
    }

    /// Most fetches that wait for their turn or time: who enqueues more waits for room, coroutine or thread; handlers do
    /// not. Default no bound.
    pub fn bounded(mut self, fetches: usize) -> Self {
        self.bound = Some(fetches);
        self
    }

    /// Whose turn comes next; fetches of a higher [`priority`](super::Fetch::priority) come first in any case. Default
    /// [`Order::Fair`].
    pub fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Begins without [`FetchQueue::start`]. Default off, octopus's.
    pub fn auto_start(mut self, on: bool) -> Self {
        self.auto_start = on;
        self
    }

    /// Which of octopus's engines it behaves as. Default [`Profile::Threaded`].
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// The client that fetches. Default one of its own, with as many connections to a host as there may be fetches. A client
    /// with fewer makes them wait for a connection, which counts to their [`timeout`](Self::timeout).
    pub fn client(mut self, client: HttpClient) -> Self {
        self.client = Some(client);
        self
    }

    /// Everything together, from the sending to the last byte of the body; waiting in the queue does not count. Default
    /// octopus's, 5 s, or 10 s with [`Profile::EventLoop`]; `None` is no limit.
    ///
    /// A request with a timeout of its own keeps it. A timeout set here wins over the client's, the default does not.
    #[doc(alias = "request_timeout_in_seconds")]
    pub fn timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.timeout = Some(limit.into());
        self
    }

    /// Connecting, over all addresses. Default the client's, 5 s unless it says otherwise. A request with one of its own
    /// keeps it.
    #[doc(alias = "connect_timeout_in_seconds")]
    pub fn connect_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.connect_timeout = Some(limit.into());
        self
    }

    /// Most bytes that the body of a whole answer may have, decoded; beyond it the fetch fails with
    /// [`Kind::TooLarge`], and the connection is closed. Default 10 MiB, since so many answers may lie in memory at once;
    /// `None` is no cap. A request, or client, with a cap of its own keeps that.
    pub fn max_body(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.max_body = bytes.into();
        self
    }

    /// Whether a connection serves more than one request. Default on. A [`client`](Self::client) of one's own says so
    /// itself, by [`max_requests`](crate::ClientBuilder::max_requests).
    #[doc(alias = "allow_connection_reuse")]
    pub fn connection_reuse(mut self, on: bool) -> Self {
        self.connection_reuse = on;
        self
    }

    /// Asks `limiter` before each fetch; several are asked in this order. What comes from the cache needs no permit.
    /// Default none.
    pub fn limiter(self, limiter: impl Limiter) -> Self {
        self.shared_limiter(Arc::new(limiter))
    }

    /// As [`limiter`](Self::limiter), for one that others use as well.
    pub fn shared_limiter(mut self, limiter: Arc<dyn Limiter>) -> Self {
        self.limiters.push(limiter);
        self
    }

    /// Keeps answers here and takes them from here. Default none.
    pub fn cache(mut self, cache: ResponseCache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// A [`cache`](Self::cache) of its own with this time to live. Octopus's is 30 s.
    #[doc(alias = "expiration_in_seconds")]
    pub fn cache_ttl(self, ttl: Duration) -> Self {
        self.cache(ResponseCache::new().ttl(ttl))
    }

    /// Calls the handler of an answer that is in the cache where it is enqueued, before `enqueue` returns; one that blocks
    /// then holds up the caller. Default off: it is called on a coroutine of the queue. So are those of what handlers
    /// enqueue in any case: none runs inside another one.
    pub fn inline_cache_hits(mut self, on: bool) -> Self {
        self.inline_cache_hits = on;
        self
    }

    /// Fetches each request once: the handlers of others like it get an error of kind [`Kind::Duplicate`], whatever came of
    /// the first, when it is their turn. What is the same is `seen`'s to say; a request with a body that does not lie in
    /// memory is like no other. Default none.
    ///
    /// ```
    /// use maypole::queue::{FetchQueue, Seen};
    /// let queue = FetchQueue::builder().dedupe(Seen::bounded(1_000_000, 0.001)?).build()?;
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn dedupe(mut self, seen: Seen) -> Self {
        self.seen = Some(seen);
        self
    }

    /// Puts a fetch back in line that failed for a passing reason, by the rules of [`Retry`]: with its back-off, and with
    /// what `Retry-After` asks for. Meanwhile it holds neither a worker nor a permit, and others go. Its budget is the
    /// queue's own. Default [`Retry::none`].
    ///
    /// Each try has its own timeout. A body that breaks is a reason, too. Requests with rules of their own, built by a
    /// client with rules, or with a body that does not lie in memory, are not put back; the former try again on their
    /// worker.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Runs handlers one at a time, as octopus's loop does; the next fetches go on meanwhile until all workers have an answer
    /// to hand over. Default off.
    pub fn handlers_serial(mut self, on: bool) -> Self {
        self.handlers_serial = on;
        self
    }

    /// Calls `f` with the URL and the text of the panic when a handler has panicked. Default nobody; panics are counted in
    /// [`Stats::panicked`](super::Stats::panicked) in any case.
    pub fn on_handler_panic(mut self, f: impl Fn(&str, &str) + Send + Sync + 'static) -> Self {
        self.on_panic = Some(Box::new(f));
        self
    }

    /// Calls `f` with the URL and each event of each fetch, where it happens; it must be quick. Default nobody.
    ///
    /// ```
    /// use maypole::queue::{FetchEvent, FetchQueue};
    /// let queue = FetchQueue::builder()
    ///     .on_event(|url, event| match event {
    ///         FetchEvent::Answered { status } => eprintln!("{url}: {status}"),
    ///         FetchEvent::Failed { error } => eprintln!("{url}: {error}"),
    ///         _ => {}
    ///     })
    ///     .build()?;
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn on_event(mut self, f: impl Fn(&str, FetchEvent<'_>) + Send + Sync + 'static) -> Self {
        self.on_event = Some(Box::new(f));
        self
    }

    /// The queue.
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`] for options that are out of range or exclude each other, by name; those of
    /// [`HttpClient::builder`].
    pub fn build(self) -> Result<FetchQueue> {
        self.check()?;
        let config = self.config();
        let client = match self.client {
            Some(client) => client,
            None => own_client(&config)?,
        };
        let settings = Settings {
            concurrency: config.concurrency,
            per_lane: config.per_host.unwrap_or(usize::MAX),
            bound: config.bound.unwrap_or(usize::MAX),
            order: config.order,
            workers: Workers::Coroutines,
        };
        let engine = Engine::new(settings.clone());
        let desk = self.cache.as_ref().map(|_| {
            let concurrency = config.concurrency.max(1);
            engine.beside(Settings { concurrency, per_lane: usize::MAX, order: Order::Fifo, ..settings })
        });
        let shared = Shared {
            client,
            timeout: self.timeout.map_or(Preset::Default(config.profile.timeout()), Preset::Set),
            connect_timeout: self.connect_timeout.map(Preset::Set),
            limiters: self.limiters,
            cache: self.cache,
            seen: self.seen,
            repeats: Repeats::new(self.retry),
            serial: config.handlers_serial.then(|| Semaphore::new(1)),
            on_event: self.on_event,
            on_panic: self.on_panic,
            counted: Counted::default(),
            config,
        };
        let queue = FetchQueue::new(engine, desk, shared);
        if queue.config().auto_start {
            queue.start();
        }
        Ok(queue)
    }

    fn config(&self) -> FetchConfig {
        FetchConfig {
            concurrency: self.concurrency,
            per_host: self.per_host,
            bound: self.bound,
            order: self.order,
            auto_start: self.auto_start,
            profile: self.profile,
            timeout: self.timeout.unwrap_or(Some(self.profile.timeout())),
            connect_timeout: self.connect_timeout.unwrap_or(Some(Duration::from_secs(5))),
            max_body: self.max_body,
            connection_reuse: self.connection_reuse,
            handlers_serial: self.handlers_serial,
            inline_cache_hits: self.inline_cache_hits,
        }
    }

    fn check(&self) -> Result<()> {
        let wrong = |what: &str| Err(Error::new(Kind::InvalidConfig, what.to_owned()).with_phase(Phase::Build));
        if self.per_host == Some(0) {
            return wrong("per_host 0: nothing could ever be fetched");
        }
        if self.per_host.is_some() && self.order != Order::Fair {
            return wrong("per_host and order: only `Order::Fair` goes by hosts");
        }
        if self.bound == Some(0) {
            return wrong("bounded 0: nothing could ever be enqueued");
        }
        if self.max_body == Some(0) {
            return wrong("max_body 0: no answer could have a body");
        }
        if !self.connection_reuse && self.client.is_some() {
            return wrong("connection_reuse and client: the client says so itself, by `max_requests(1)`");
        }
        if self.inline_cache_hits && self.cache.is_none() {
            return wrong("inline_cache_hits without a cache: there is nothing to hit");
        }
        if self.inline_cache_hits && self.handlers_serial {
            return wrong("inline_cache_hits and handlers_serial: a handler that enqueues would wait for itself");
        }
        self.retry.check()
    }
}

fn own_client(config: &FetchConfig) -> Result<HttpClient> {
    let client = HttpClient::builder().max_per_host(config.concurrency.clamp(1, MOST_CONNECTIONS));
    match config.connection_reuse {
        true => client.build(),
        false => client.max_requests(1).build(),
    }
}
