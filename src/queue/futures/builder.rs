//! Options of a futures session.

use std::sync::Arc;

use super::executor::{DEFAULT_MAX_WORKERS, Executor};
use super::hooks::{Hook, HookContext};
use super::local::LocalExecutor;
use super::open::Open;
use super::session::{Each, FuturesSession, Shared};
use crate::client::{Auth, ClientBuilder, HttpClient, RequestBuilder, Response, Session, SessionBuilder};
use crate::error::{Error, Kind, Phase, Result};
use crate::message::Headers;
use crate::queue::engine::number;
use crate::queue::limiter::Limiter;

type Configure = dyn FnOnce(SessionBuilder) -> SessionBuilder + Send;

/// Idle connections over all hosts that a client keeps by default.
const IDLE: usize = 1000;

impl FuturesSession {
    /// A session with every default: a [`Session`] of its own, and
    /// [`DEFAULT_MAX_WORKERS`] coroutines.
    ///
    /// # Errors
    /// A proxy variable of the environment that is no proxy's URL.
    pub fn new() -> Result<Self> {
        Self::builder().build()
    }

    /// A session with options.
    pub fn builder() -> FuturesSessionBuilder {
        FuturesSessionBuilder::new()
    }
}

/// Options of a [`FuturesSession`].
#[must_use = "nothing is built before `build`"]
pub struct FuturesSessionBuilder {
    max_workers: usize,
    bound: Option<usize>,
    executor: Option<Arc<dyn Executor>>,
    client: Option<HttpClient>,
    configure: Vec<Box<Configure>>,
    headers: Headers,
    each: Vec<Box<Each>>,
    hooks: Vec<Arc<Hook>>,
    limiters: Vec<Arc<dyn Limiter>>,
    wrong: Option<Error>,
}

impl FuturesSessionBuilder {
    pub(super) fn new() -> Self {
        Self {
            max_workers: DEFAULT_MAX_WORKERS,
            bound: None,
            executor: None,
            client: None,
            configure: Vec::new(),
            headers: Headers::new(),
            each: Vec::new(),
            hooks: Vec::new(),
            limiters: Vec::new(),
            wrong: None,
        }
    }

    /// Most requests at once, on coroutines of its own; without effect beside an [`executor`](Self::executor), which
    /// has a number of its own. Default [`DEFAULT_MAX_WORKERS`], 8. 0 is an error of [`build`](Self::build).
    pub fn max_workers(mut self, workers: usize) -> Self {
        self.max_workers = workers;
        self
    }

    /// Who runs the requests; it may serve other sessions at the same time, and no session closes it. Default coroutines of
    /// its own, [`max_workers`](Self::max_workers) of them.
    pub fn executor(mut self, executor: impl Executor) -> Self {
        self.executor = Some(Arc::new(executor));
        self
    }

    /// Most requests that wait for a worker: a [`send`](RequestBuilder::send) beyond that waits for room. Default no
    /// bound, as in requests-futures. Not beside an [`executor`](Self::executor), which has a line of its own.
    pub fn bounded(mut self, requests: usize) -> Self {
        self.bound = Some(requests);
        self
    }

    /// Sends through this session, with its cookies and everything else it is; the options here are layered on top.
    /// Default a session of its own.
    pub fn session(self, session: Session) -> Self {
        self.client((*session).clone())
    }

    /// As [`session`](Self::session), for a client. Default a session of its own.
    pub fn client(mut self, client: HttpClient) -> Self {
        self.client = Some(client);
        self
    }

    /// Sets options of its own session; those of its client are reached from there. Default those of
    /// [`Session`], and a pool of as many connections per host as there are workers, so that no worker ever waits for
    /// one. Not beside a [`session`](Self::session) that is given.
    ///
    /// ```
    /// use maypole::queue::FuturesSession;
    /// let session = FuturesSession::builder()
    ///     .max_workers(20)
    ///     .configure(|session| session.base_url("http://127.0.0.1:8080/").client(|client| client.no_proxy()))
    ///     .build()?;
    /// # Ok::<(), maypole::Error>(())
    /// ```
    #[doc(alias = "adapter_kwargs")]
    pub fn configure(mut self, set: impl FnOnce(SessionBuilder) -> SessionBuilder + Send + 'static) -> Self {
        self.configure.push(Box::new(set));
        self
    }

    /// Adds a header line to every request that does not set the same name itself, in place of the client's default of
    /// that name. Default the client's.
    ///
    /// # Errors
    /// [`build`](Self::build) refuses a name that is no token and a value with a control character.
    pub fn default_header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        if let Err(broken) = self.headers.append(name, value) {
            let error = wrong(format!("default_header `{name}`: {}", broken.rule()));
            self.wrong.get_or_insert(error);
        }
        self
    }

    /// Shows who the requests are for; see [`RequestBuilder::auth`]. Default the client's.
    pub fn auth(self, auth: Auth) -> Self {
        self.each(move |request| request.auth(auth.clone()))
    }

    /// Sets options of every request before its own: a timeout, cookies, middleware, for a client that has others. Calls
    /// add up. Default the client's options.
    ///
    /// ```
    /// use maypole::queue::FuturesSession;
    /// use std::time::Duration;
    /// # let client = maypole::HttpClient::new()?;
    /// let session = FuturesSession::builder()
    ///     .client(client)
    ///     .each(|request| request.timeout(Duration::from_secs(20)).cookie("lang", "de"))
    ///     .build()?;
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn each(mut self, set: impl Fn(RequestBuilder) -> RequestBuilder + Send + Sync + 'static) -> Self {
        self.each.push(Box::new(set));
        self
    }

    /// Calls `f` with every response of every request, redirects included, before the request's own hooks; see
    /// [`RequestBuilder::on_response`]. Calls add up, in their order. Default none.
    #[doc(alias = "hooks")]
    pub fn on_response<F>(mut self, f: F) -> Self
    where
        F: Fn(&mut Response, &HookContext) -> Result<Option<Response>> + Send + Sync + 'static,
    {
        self.hooks.push(Arc::new(f));
        self
    }

    /// Asks `limiter` before each request; several are asked in this order. A request that waits for one holds no worker
    /// of a [`LocalExecutor`]. Default none.
    pub fn limiter(mut self, limiter: impl Limiter) -> Self {
        self.limiters.push(Arc::new(limiter));
        self
    }

    /// The session.
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`] for the first option that is wrong or contradicts another one; those of
    /// [`SessionBuilder::build`].
    pub fn build(self) -> Result<FuturesSession> {
        let Self { max_workers, bound, executor, client, configure, headers, each, hooks, limiters, wrong: broken } =
            self;
        if let Some(error) = broken {
            return Err(error);
        }
        let executor: Arc<dyn Executor> = match (executor, bound) {
            (Some(_), Some(_)) => {
                return Err(wrong("bounded: the executor that is given has a line of its own".into()));
            }
            (Some(executor), None) => executor,
            (None, None) => Arc::new(LocalExecutor::coroutines(max_workers)),
            (None, Some(bound)) => Arc::new(LocalExecutor::coroutines(max_workers).bounded(bound)),
        };
        let workers = executor.max_workers();
        if workers == 0 {
            return Err(wrong("max_workers must be at least 1".into()));
        }
        let client = match client {
            Some(_) if !configure.is_empty() => {
                return Err(wrong("configure: the session that is given has its options".into()));
            }
            Some(client) => client,
            None => match executor.client() {
                Some(_) if !configure.is_empty() => {
                    return Err(wrong(
                        "configure: the executor that is given has a session with its own options".into(),
                    ));
                }
                Some(client) => client?,
                None => own(workers, configure)?,
            },
        };
        let (number, open) = (number(), Open::default());
        Ok(FuturesSession::of(Shared { number, client, executor, headers, each, hooks, limiters, open }))
    }
}

/// A client with a pool as large as the workers are many.
fn own(workers: usize, configure: Vec<Box<Configure>>) -> Result<HttpClient> {
    let pool = |client: ClientBuilder| client.max_per_host(workers).max_idle_total(workers.max(IDLE));
    let builder = Session::builder().client(pool);
    let session = configure.into_iter().fold(builder, |builder, set| set(builder)).build()?;
    Ok((*session).clone())
}

fn wrong(what: String) -> Error {
    Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build)
}
