//! The client itself: shared settings, one pool, and a method per verb.

use std::fmt;
use std::sync::Arc;

use super::auth::Store;
use super::builder::ClientBuilder;
use super::into_url::{Context, IntoUrl};
use super::policy::Policy;
use super::request::RequestBuilder;
use crate::deadline::Timeouts;
use crate::error::{Error, Kind, Result};
use crate::exchange::{Connection, Key};
use crate::message::{Headers, Method, Request, Url, Version};
use crate::net::Network;
use crate::pool::{Pool, Stats};

/// One client for a whole program: share it, by reference or by cloning, with every coroutine and thread.
///
/// It holds a pool of at most [`max_per_host`](ClientBuilder::max_per_host) connections (10) for each scheme, host and
/// port; who comes when all are in use waits in line. A connection is in use from `send()` until its response has been
/// read to the end or dropped.
///
/// ```no_run
/// use maypole::HttpClient;
/// use std::io::Read;
///
/// let client = HttpClient::new()?;
/// let mut response = client.get("http://127.0.0.1:8080/").send()?;
/// println!("{}", response.status());
/// let mut body = String::new();
/// response.read_to_string(&mut body)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Calls wait as blocking calls do: a coroutine parks and its worker goes on with others; a plain thread blocks.
#[doc(alias = "HTTPClient")]
#[doc(alias = "HTTPClientPool")]
#[doc(alias = "UserAgent")]
#[doc(alias = "Agent")]
#[derive(Clone)]
pub struct HttpClient(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) base: Option<Url>,
    pub(super) only_origin: bool,
    pub(super) defaults: Headers,
    pub(super) version: Version,
    pub(super) timeouts: Timeouts,
    /// What every request of it does, unless it says otherwise.
    pub(super) policy: Arc<Policy>,
    /// What it has learnt about the origins that want credentials.
    pub(super) auth: Store,
    pub(super) network: Network,
    pub(super) pool: Pool<Key, Connection>,
    pub(super) retries: super::retry::Shared,
}

impl Inner {
    /// A URL of the one origin that requests may go to.
    pub(super) fn bound_to(&self) -> Option<&Url> {
        self.base.as_ref().filter(|_| self.only_origin)
    }
}

impl HttpClient {
    /// A client with every default.
    ///
    /// # Errors
    /// A proxy variable of the environment that is no proxy's URL; see [`build`](ClientBuilder::build).
    pub fn new() -> Result<Self> {
        Self::builder().build()
    }

    /// A client with options.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// A client bound to the origin of `url`: relative targets are resolved against it, and another scheme, host or
    /// port is refused before anything is sent.
    ///
    /// ```
    /// let client = maypole::HttpClient::from_url("http://example.com/api/")?;
    /// assert_eq!(client.get("users?page=2").url().unwrap().as_str(), "http://example.com/api/users?page=2");
    /// assert!(client.get("http://example.org/").send().is_err());
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Kind::InvalidUrl`]. A request to another origin fails with [`Kind::WrongOrigin`].
    pub fn from_url(url: impl AsRef<str>) -> Result<Self> {
        Self::builder().base_url(url).only_origin(true).build()
    }

    /// A `GET` request.
    pub fn get(&self, url: impl IntoUrl) -> RequestBuilder {
        self.start(Ok(Method::GET), url)
    }

    /// A `HEAD` request.
    pub fn head(&self, url: impl IntoUrl) -> RequestBuilder {
        self.start(Ok(Method::HEAD), url)
    }

    /// A `POST` request.
    pub fn post(&self, url: impl IntoUrl) -> RequestBuilder {
        self.start(Ok(Method::POST), url)
    }

    /// A `PUT` request.
    pub fn put(&self, url: impl IntoUrl) -> RequestBuilder {
        self.start(Ok(Method::PUT), url)
    }

    /// A `PATCH` request.
    pub fn patch(&self, url: impl IntoUrl) -> RequestBuilder {
        self.start(Ok(Method::PATCH), url)
    }

    /// A `DELETE` request.
    pub fn delete(&self, url: impl IntoUrl) -> RequestBuilder {
        self.start(Ok(Method::DELETE), url)
    }

    /// An `OPTIONS` request.
    pub fn options(&self, url: impl IntoUrl) -> RequestBuilder {
        self.start(Ok(Method::OPTIONS), url)
    }

    /// A `TRACE` request.
    pub fn trace(&self, url: impl IntoUrl) -> RequestBuilder {
        self.start(Ok(Method::TRACE), url)
    }

    /// A request with any method; a name in lower case is an error and never changed silently.
    #[doc(alias = "urlopen")]
    pub fn request(&self, method: &str, url: impl IntoUrl) -> RequestBuilder {
        self.start(Method::new(method), url)
    }

    fn start(&self, method: Result<Method>, url: impl IntoUrl) -> RequestBuilder {
        let request = method.and_then(|method| {
            let inner = &*self.0;
            let context = Context { base: inner.base.as_ref(), limits: &inner.policy.limits };
            let url = url.into_url(&context)?;
            self.check_origin(&url)?;
            let mut request = Request::new(method, url);
            request.version = self.0.version;
            if !inner.policy.sensitive.is_empty() {
                request.headers.hide(&inner.policy.sensitive);
            }
            Ok(request)
        });
        RequestBuilder::new(self.clone(), request)
    }

    fn check_origin(&self, url: &Url) -> Result<()> {
        match self.0.bound_to() {
            Some(base) if !base.same_origin(url) => {
                let what = format!("this client is bound to {}", base.without_userinfo());
                Err(Error::new(Kind::WrongOrigin, what).with_url(url.without_userinfo()))
            }
            _ => Ok(()),
        }
    }

    /// What the pool holds and has done so far.
    pub fn stats(&self) -> Stats {
        self.0.pool.stats()
    }

    /// Closes idle connections, ends waits for a connection, and refuses requests from now on with
    /// [`Kind::Closed`](crate::error::Kind::Closed). Responses that are being read go on to their end.
    pub fn close(&self) {
        self.0.pool.close();
        super::bounds::close(&self.0.policy.bounds);
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("base", &self.0.base)
            .field("defaults", &self.0.defaults)
            .field("timeouts", &self.0.timeouts)
            .field("pool", &self.0.pool)
            .finish_non_exhaustive()
    }
}
