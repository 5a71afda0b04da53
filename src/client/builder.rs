//! Every option of a client, with its default and the reason for it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::auth::Store;
use super::contradictions::{self, Chosen};
use super::http_client::{HttpClient, Inner};
use super::policy::Policy;
use super::proxy::Proxies;
use crate::deadline::Timeouts;
use crate::error::{Error, Kind, Phase, Result};
use crate::limits::Limits;
use crate::message::{Headers, Url, Version};
use crate::net::{IpFamily, Network, NetworkBuilder, Route, TcpOptions};
use crate::pool::{self, IdleOrder, Pool};

/// `User-Agent` of a client that sets none: `maypole/` and the version.
pub const DEFAULT_USER_AGENT: &str = concat!("maypole/", env!("CARGO_PKG_VERSION"));

/// Options of an [`HttpClient`]; the first one that is wrong is the error of [`build`](Self::build).
///
/// ```
/// use maypole::HttpClient;
/// use std::time::Duration;
/// let client = HttpClient::builder()
///     .base_url("http://127.0.0.1:8080/api/")
///     .max_per_host(100)
///     .default_header("Accept", "application/json")
///     .timeout(Duration::from_secs(20))
///     .build()?;
/// # Ok::<(), maypole::Error>(())
/// ```
#[doc(alias = "UserAgent")]
#[must_use = "nothing is built before `build`"]
pub struct ClientBuilder {
    base: Option<String>,
    only_origin: bool,
    defaults: Headers,
    version: Version,
    pub(super) timeouts: Timeouts,
    pub(super) policy: Policy,
    pool: pool::Config,
    pub(super) network: NetworkBuilder,
    pub(super) tcp: TcpOptions,
    /// Names of the options set so far that exclude others.
    pub(super) set: Chosen,
    pub(super) proxies_from_env: bool,
    pub(super) family: IpFamily,
    pub(super) unix: Option<PathBuf>,
    wrong: Option<Error>,
}

impl ClientBuilder {
    pub(super) fn new() -> Self {
        let mut defaults = Headers::new();
        defaults.append("User-Agent", DEFAULT_USER_AGENT).expect("a legal value");
        Self {
            base: None,
            only_origin: false,
            defaults,
            version: Version::Http11,
            timeouts: Timeouts::default(),
            policy: Policy { replay: true, ..Policy::default() },
            pool: pool::Config::default(),
            network: Network::builder(),
            tcp: TcpOptions::default(),
            set: Chosen::default(),
            proxies_from_env: true,
            family: IpFamily::default(),
            unix: None,
            wrong: None,
        }
    }

    /// Resolves the URLs of requests against this one (RFC 3986 §5), so that `client.get("/path")` works. Default none:
    /// URLs must then be absolute.
    ///
    /// # Errors
    /// [`build`](Self::build) refuses what is no absolute `http` or `https` URL.
    pub fn base_url(mut self, url: impl AsRef<str>) -> Self {
        self.base = Some(url.as_ref().to_owned());
        self
    }

    /// Refuses requests to another origin than the base URL's, redirects included, with [`Kind::WrongOrigin`]. Default
    /// off, since most clients talk to many; on with [`HttpClient::from_url`]. Without a
    /// [`base_url`](Self::base_url) it is an error of [`build`](Self::build).
    pub fn only_origin(mut self, only: bool) -> Self {
        self.only_origin = only;
        self
    }

    /// Adds a header line to every request that does not set the same name itself; a request leaves it out by
    /// [`without_header`](crate::RequestBuilder::without_header). Default `User-Agent` alone, which this replaces; lines
    /// of other names add up. `Accept-Encoding` comes from [`decode`](Self::decode), `Host` from the URL.
    ///
    /// # Errors
    /// [`build`](Self::build) refuses a name that is no token and a value with a control character.
    pub fn default_header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        // The first `User-Agent` replaces ours; more lines of one name are kept, in order.
        let added = if name.eq_ignore_ascii_case("user-agent") {
            self.defaults.set(name, value)
        } else {
            self.defaults.append(name, value)
        };
        self.note(added.map_err(|rule| wrong(format!("default_header `{name}`: {rule}"))))
    }

    /// Adds several default header lines; see [`default_header`](Self::default_header). Default `User-Agent` alone.
    pub fn default_headers(mut self, headers: &Headers) -> Self {
        for (name, value) in headers.iter() {
            self = self.default_header(name, value);
        }
        self
    }

    /// `User-Agent` of every request. Default `maypole/` and the version: servers ask whom to write to.
    pub fn user_agent(self, value: impl AsRef<[u8]>) -> Self {
        self.default_header("User-Agent", value)
    }

    /// Leaves a header out that would be sent by default: `User-Agent`, `Accept-Encoding`, or one that was added before.
    /// Default: both are sent. What comes coded all the same is still decoded.
    pub fn without_header(mut self, name: &str) -> Self {
        self.defaults.remove(name);
        if name.eq_ignore_ascii_case("accept-encoding") {
            self.policy.decode = self.policy.decode.unoffered();
        }
        self
    }

    /// HTTP version of the requests. Default 1.1; 1.0 is for servers that know no other.
    pub fn version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// Connections for each scheme, host and port, in use and idle together, 1 to 1,000,000. Default 10,
    /// geventhttpclient's: what one client may well ask of one server.
    #[doc(alias = "concurrency")]
    pub fn max_per_host(mut self, connections: usize) -> Self {
        self.pool.max_per_key = connections;
        let legal = (1..=1_000_000).contains(&connections);
        self.require(legal, || format!("max_per_host {connections} is not between 1 and 1,000,000"))
    }

    /// Idle connections over all hosts; beyond it the one idle for longest is closed. 0 keeps none. Default 1,000:
    /// with a crawl that is the number of descriptors that do nothing.
    pub fn max_idle_total(mut self, connections: usize) -> Self {
        self.pool.max_idle_total = connections;
        self
    }

    /// Which of several idle connections to a host serves next. Default the one that was returned last, which is the least
    /// likely to have been closed; the other order spreads requests over the servers behind a balancer.
    pub fn idle_order(mut self, order: IdleOrder) -> Self {
        self.pool.idle_order = order;
        self
    }

    /// How long an idle connection is kept. Default 90 s: most servers close theirs after 60 to 120 s. A shorter time
    /// that a server announces in `Keep-Alive` wins.
    pub fn pool_idle_timeout(mut self, limit: Duration) -> Self {
        self.pool.idle_timeout = limit;
        self
    }

    /// How old a connection may become. It is retired between requests, never in one. Default none; for servers behind a
    /// name that moves, some minutes.
    pub fn max_lifetime(mut self, limit: Duration) -> Self {
        self.pool.max_lifetime = Some(limit);
        self
    }

    /// How many requests a connection may serve, 1 at least. Default no limit: a server says so itself where it has one.
    pub fn max_requests(mut self, requests: u64) -> Self {
        self.pool.max_uses = Some(requests);
        self.require(requests > 0, || "max_requests must be at least 1".into())
    }

    /// All timeouts at once. Default [`Timeouts::default`]; see there for each one's value and reason. The single ones
    /// below change one of them; the last call counts.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// From `send()` to the last byte of the body, over all redirects and retries. Default none: a download of any length
    /// is legal. `None` for this and the four below is no limit of its own; they are exact, to the microsecond.
    pub fn timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.timeouts.total = limit.into();
        self
    }

    /// Connecting, over all addresses. Default 5 s, geventhttpclient's: a lost SYN is sent again after 1 and 3 s.
    #[doc(alias = "connection_timeout")]
    pub fn connect_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.timeouts.connect = limit.into();
        self
    }

    /// From the end of the request to the end of the response head. Default 30 s: a slow answer is not yet none.
    pub fn head_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.timeouts.head = limit.into();
        self
    }

    /// Between two reads of a body that bring data. Default 30 s, so that a server that has vanished is noticed.
    #[doc(alias = "read_timeout")]
    #[doc(alias = "network_timeout")]
    pub fn idle_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.timeouts.idle = limit.into();
        self
    }

    /// Waiting for a free connection. Default 30 s, so that a program which holds all of them itself gets an error that
    /// says so instead of a deadlock.
    #[doc(alias = "acquire_timeout")]
    pub fn checkout_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.timeouts.checkout = limit.into();
        self
    }

    /// Caps on what a server may send. Default [`Limits::default`]; see there for each one's value and what it stops.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.policy.limits = limits;
        self
    }

    /// Whether a request is sent again when its kept-alive connection turns out to be closed, where that cannot make
    /// the server act twice: no byte of a response came, and the method is idempotent or nothing had been sent.
    /// Default on: a server may close an idle connection at any moment, and the caller cannot know.
    pub fn replay(mut self, replay: bool) -> Self {
        self.policy.replay = replay;
        self
    }

    /// The client.
    ///
    /// # Errors
    /// The first option that is wrong, by name, or two that exclude each other, by both names: [`Kind::InvalidUrl`] or
    /// [`Kind::InvalidConfig`]; also a proxy variable of the environment that is no proxy's URL.
    pub fn build(mut self) -> Result<HttpClient> {
        if let Some(error) = self.wrong {
            return Err(error);
        }
        let base = self.base.map(|url| Url::parse_within(&url, &self.policy.limits)).transpose()?;
        if self.tcp.interface.as_deref() == Some("") {
            return Err(wrong("interface: the name is empty".into()));
        }
        contradictions::of_client(&self.set)?;
        contradictions::of_addresses(self.tcp.local_address, self.family)?;
        if self.only_origin && base.is_none() {
            return Err(wrong("only_origin needs a base_url".into()));
        }
        super::cache::check(&self.policy)?;
        super::bounds::check(&self.policy.bounds)?;
        if self.defaults.contains("Accept-Encoding") {
            contradictions::of_coding(&self.set)?;
        }
        if !self.policy.sensitive.is_empty() {
            self.defaults.hide(&self.policy.sensitive);
        }
        let server_name = self.defaults.get("host").map(|host| host_of(host).to_owned());
        if self.proxies_from_env && self.unix.is_none() {
            self.policy.proxies = Proxies::from_env()?;
        }
        let route = Route { unix: self.unix, server_name, ..Route::default() };
        self.policy.route = (!route.is_plain()).then(|| Arc::new(route));
        Ok(HttpClient(Arc::new(Inner {
            base,
            only_origin: self.only_origin,
            defaults: self.defaults,
            version: self.version,
            timeouts: self.timeouts,
            policy: Arc::new(self.policy),
            auth: Store::default(),
            network: self.network.tcp(self.tcp).build(),
            pool: Pool::new(self.pool),
            retries: super::retry::Shared::default(),
        })))
    }

    pub(super) fn require(self, legal: bool, what: impl FnOnce() -> String) -> Self {
        let checked = if legal { Ok(()) } else { Err(wrong(what())) };
        self.note(checked)
    }

    pub(super) fn note(mut self, checked: Result<()>) -> Self {
        if let Err(error) = checked {
            self.wrong.get_or_insert(error);
        }
        self
    }
}

fn wrong(what: String) -> Error {
    Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build)
}

/// The name of a `Host` value: a default one is asked for in TLS as well (seed: geventhttpclient).
fn host_of(value: &str) -> &str {
    if let Ok(address) = value.parse::<SocketAddr>() {
        return if address.is_ipv6() {
            value.split(']').next().unwrap_or(value).trim_start_matches('[')
        } else {
            value.split(':').next().unwrap_or(value)
        };
    }
    value.split(':').next().unwrap_or(value)
}
