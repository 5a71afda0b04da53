//! Options of a batch.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use super::bundle::Batch;
use super::handle::{Callback, Ends, Handle};
use super::jars::{CookieMode, Jars};
use super::log::{Logger, ScreenLogger};
use super::outcome::Outcome;
use super::printer::ResultLine;
use super::shared::Shared;
use super::tally::Tally;
use crate::client::{ClientBuilder, HttpClient, Redirects};
use crate::deadline::Timeouts;
use crate::error::{Error, Kind, Phase, Result};
use crate::message::Version;
use crate::queue::engine::{Order, Settings, Workers};
use crate::queue::limiter::Limiter;

/// aquests' `timeout`.
const IDLE: Duration = Duration::from_secs(10);

/// Options of a [`Batch`]: what aquests' `configure` has, each batch for itself.
#[doc(alias = "configure")]
#[must_use = "a builder does nothing until `build`"]
pub struct BatchBuilder {
    workers: usize,
    order: Order,
    eager: bool,
    stats_every: Option<Duration>,
    limiters: Vec<Arc<dyn Limiter>>,
    callback: Option<Callback>,
    logger: Option<Arc<dyn Logger>>,
    line: ResultLine,
    checks_accept: bool,
    cookies: CookieMode,
    idle: Duration,
    total: Option<Duration>,
    client: Option<HttpClient>,
    /// The client that is made where none is given, and the names of its options set so far.
    own: ClientBuilder,
    set: Vec<&'static str>,
    ids: Arc<AtomicU64>,
}

impl BatchBuilder {
    fn new() -> Self {
        Self {
            workers: 1,
            order: Order::Fifo,
            eager: false,
            stats_every: None,
            limiters: Vec::new(),
            callback: None,
            logger: None,
            line: ResultLine::default(),
            checks_accept: false,
            cookies: CookieMode::default(),
            idle: IDLE,
            total: None,
            client: None,
            own: HttpClient::builder().default_header("Accept", "*/*"),
            set: Vec::new(),
            ids: Arc::default(),
        }
    }

    /// Requests in flight at once, and connections to one host. Default 1, aquests': results come in the order of the
    /// requests. With more they come as they are done.
    pub fn workers(mut self, requests: usize) -> Self {
        self.workers = requests;
        self
    }

    /// Is told every outcome, on the worker that fetched; it may wait and queue more. Default: a line for each is logged,
    /// see [`result_line`](Self::result_line).
    ///
    /// A callback that panics is logged, kind `expt`, and counted in [`Report::panics`](super::Report::panics); the run
    /// goes on. One that blocks holds its worker: of a coroutine's kind of waiting only that one, of a thread's kind all
    /// coroutines of its thread.
    #[doc(alias = "callback")]
    pub fn on_response(mut self, f: impl Fn(Outcome, &Handle) + Send + Sync + 'static) -> Self {
        self.callback = Some(Box::new(f));
        self
    }

    /// Where lines go. Default a [`ScreenLogger`].
    pub fn logger(mut self, logger: impl Logger) -> Self {
        self.logger = Some(Arc::new(logger));
        self
    }

    /// How the default callback writes an outcome. Default the form of aquests' document.
    pub fn result_line(mut self, line: ResultLine) -> Self {
        self.line = line;
        self
    }

    /// How long nothing may come, connecting included. Default 10 s, aquests'. Exact to the millisecond.
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.idle = limit;
        self.own("idle_timeout", |own| own)
    }

    /// From a request's turn to the last byte of its answer. Default none.
    pub fn timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.total = limit.into();
        self.own("timeout", |own| own)
    }

    /// Whose cookies are whose. Default none are kept.
    #[doc(alias = "enable_cookie")]
    pub fn cookies(mut self, mode: CookieMode) -> Self {
        self.cookies = mode;
        self.own("cookies", |own| own)
    }

    /// HTTP version of the requests. Default 1.1.
    #[doc(alias = "force_http1")]
    pub fn version(self, version: Version) -> Self {
        self.own("version", |own| own.version(version))
    }

    /// Which redirects are followed. Default up to 10.
    #[doc(alias = "allow_redirects")]
    pub fn redirects(self, redirects: Redirects) -> Self {
        self.own("redirects", |own| own.redirects(redirects))
    }

    /// Whether connections are kept for the next request. Default yes; no makes one for each request.
    #[doc(alias = "use_pool")]
    pub fn pool(self, on: bool) -> Self {
        self.own("pool", |own| if on { own } else { own.max_requests(1) })
    }

    /// Looks names up with this; it may block, it has a thread of its own. Default the system's lookup.
    #[doc(alias = "dns")]
    pub fn resolver(self, resolver: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static) -> Self {
        self.own("resolver", |own| own.resolver(resolver))
    }

    /// Uses addresses for a host instead of looking it up; port 0 is all ports. Calls add up.
    pub fn resolve(self, host: &str, port: u16, addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        self.own("resolve", |own| own.resolve(host, port, addresses))
    }

    /// Any option of a client, besides those that have a name here.
    ///
    /// ```
    /// use maypole::queue::batch::Batch;
    /// let batch = Batch::builder().client_options(|client| client.user_agent("crawler/1.0")).build()?;
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn client_options(self, options: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        self.own("client_options", options)
    }

    /// The client that fetches, with its own options. Default one of the batch's own: as many connections to a host as
    /// workers, twice as many idle ones over all hosts, so that a run over many hosts does not run out of descriptors.
    ///
    /// # Errors
    /// [`build`](Self::build) refuses it together with an option of the batch's own client, by name.
    pub fn client(mut self, client: HttpClient) -> Self {
        self.client = Some(client);
        self
    }

    /// Whose turn comes next. Default [`Order::Fifo`]; [`Order::Random`] spreads the load of a list that is sorted by
    /// host, [`Order::Fair`] does so exactly.
    #[doc(alias = "qrandom")]
    pub fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Sends requests as soon as they are queued. Default no: [`fetch_all`](Batch::fetch_all) begins.
    pub fn eager(mut self, on: bool) -> Self {
        self.eager = on;
        self
    }

    /// Logs [`Stats`](super::Stats) at this interval while [`fetch_all`](Batch::fetch_all) waits. Default never.
    pub fn stats_every(mut self, interval: Duration) -> Self {
        self.stats_every = Some(interval);
        self
    }

    /// Asks `limiter` before each request; several are asked in this order. Who waits for one holds no worker, and others
    /// go on: with one, results of a single worker are in order no more. Default none.
    pub fn limiter(mut self, limiter: impl Limiter) -> Self {
        self.limiters.push(Arc::new(limiter));
        self
    }

    /// Takes a request's `Accept` line as a promise of its answer, as aquests does: an answer of another type fails with
    /// the code 718. Default no, since good answers fail with it;
    /// [`expect_content_type`](super::BatchRequest::expect_content_type) says so for one request.
    pub fn validate_accept(mut self, on: bool) -> Self {
        self.checks_accept = on;
        self
    }

    pub(super) fn numbered_by(mut self, ids: &Arc<AtomicU64>) -> Self {
        self.ids = ids.clone();
        self
    }

    fn own(mut self, name: &'static str, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        self.set.push(name);
        self.own = change(self.own);
        self
    }

    /// The batch.
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`] for no workers, an interval of zero, or a client together with options of another one; and
    /// those of [`ClientBuilder::build`].
    pub fn build(self) -> Result<Batch> {
        if self.workers == 0 {
            return Err(wrong("workers must be at least 1".into()));
        }
        if self.stats_every == Some(Duration::ZERO) {
            return Err(wrong("stats_every must be longer than 0".into()));
        }
        let client = match (self.client, self.set.first()) {
            (Some(_), Some(name)) => return Err(wrong(format!("client and {name}: a client has its own"))),
            (Some(client), None) => client,
            (None, _) => {
                let own = self.own.max_per_host(self.workers).max_idle_total(self.workers.saturating_mul(2));
                own.timeouts(timeouts(self.idle, self.total)).cookies(self.cookies == CookieMode::Shared).build()?
            }
        };
        let line = self.line;
        let callback = self.callback.unwrap_or_else(|| Box::new(move |outcome, batch| line.print(&outcome, batch)));
        let shared = Shared {
            client,
            logger: self.logger.unwrap_or_else(|| Arc::new(ScreenLogger::new())),
            jars: (self.cookies == CookieMode::PerWorker).then(Jars::default),
            limiters: self.limiters,
            checks_accept: self.checks_accept,
            tally: Arc::new(Tally::default()),
            ids: self.ids,
            eager: self.eager,
        };
        let (concurrency, order, workers) = (self.workers, self.order, Workers::Coroutines);
        let settings = Settings { concurrency, order, workers, ..Settings::default() };
        Ok(Batch::start(Ends { shared, callback }, settings, self.stats_every))
    }
}

fn timeouts(idle: Duration, total: Option<Duration>) -> Timeouts {
    let defaults = Timeouts::default();
    let at_most = |phase: Option<Duration>| phase.map(|phase| phase.min(idle));
    Timeouts {
        resolve: at_most(defaults.resolve),
        connect: at_most(defaults.connect),
        tls: at_most(defaults.tls),
        send: Some(idle),
        head: Some(idle),
        idle: Some(idle),
        total,
        ..defaults
    }
}

fn wrong(what: String) -> Error {
    Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build)
}

impl Batch {
    /// A batch with every default: one worker, lines to the screen.
    ///
    /// # Errors
    /// Those of [`HttpClient::new`].
    pub fn new() -> Result<Self> {
        Self::builder().build()
    }

    /// A batch with options.
    pub fn builder() -> BatchBuilder {
        BatchBuilder::new()
    }
}

impl std::fmt::Debug for BatchBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BatchBuilder")
            .field("workers", &self.workers)
            .field("order", &self.order)
            .field("eager", &self.eager)
            .field("cookies", &self.cookies)
            .finish_non_exhaustive()
    }
}
