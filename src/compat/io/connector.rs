//! `Connector`: the options of connecting.

use std::net::IpAddr;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use super::address::Address;
use super::schemes::Scheme;
use super::shared::Settings;
use super::stream::Stream;
use crate::error::Result;
use crate::net::{DialTimeouts, Network, Proxy, Route, Target, TlsConfig};
use crate::rt::scope;

/// How streams are connected. Clones are as good as the first, and one serves any number of connections at once.
///
/// ```no_run
/// use maypole::compat::io::Connector;
/// use std::time::Duration;
/// let connector = Connector::new().read_timeout(Some(Duration::from_secs(30)));
/// let cache = connector.connect("redis://cache.test")?;
/// let mail = connector.connect("imaps://mail.test")?;
/// # Ok::<(), maypole::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is connected before `connect`"]
pub struct Connector {
    network: Option<Network>,
    route: Route,
    connect: Option<Duration>,
    read: Option<Duration>,
    write: Option<Duration>,
}

impl Default for Connector {
    fn default() -> Self {
        Self { network: None, route: Route::default(), connect: Some(CONNECT), read: None, write: None }
    }
}

/// What a client gives to name lookup, connecting and TLS together.
const CONNECT: Duration = Duration::from_secs(15);

impl Connector {
    /// All options at their defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long connecting may take, from the lookup of the name to the end of the TLS handshake; `None` as long as it
    /// takes. Default 15 s, as much as a client's lookup, connect and TLS timeouts together.
    pub fn connect_timeout(mut self, limit: Option<Duration>) -> Self {
        self.connect = limit;
        self
    }

    /// [`Stream::set_read_timeout`] of its streams. Default none, as with `std`.
    pub fn read_timeout(mut self, limit: Option<Duration>) -> Self {
        self.read = limit;
        self
    }

    /// [`Stream::set_write_timeout`] of its streams. Default none, as with `std`.
    pub fn write_timeout(mut self, limit: Option<Duration>) -> Self {
        self.write = limit;
        self
    }

    /// How `https`, `tls` and other secured schemes are secured. Default: that of the [`network`](Self::network) if one
    /// is set, else [`TlsConfig::default`], which for other schemes than `https` and `wss` offers no protocol by ALPN:
    /// servers refuse a client that offers none of theirs (RFC 7301 §3.2).
    pub fn tls(mut self, config: TlsConfig) -> Self {
        self.route.tls = Some(config);
        self
    }

    /// The address to connect from. Default the system's choice.
    pub fn local_address(mut self, address: IpAddr) -> Self {
        self.route.local_address = Some(address);
        self
    }

    /// The proxy to go through, always by a tunnel. Default none: the environment is not looked at, as `std` does not.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.route.proxy = Some(proxy.tunnel(true));
        self
    }

    /// Everything else about the way to a host: guards, names, interfaces, another host to connect to. It replaces what
    /// [`tls`](Self::tls), [`local_address`](Self::local_address) and [`proxy`](Self::proxy) have set.
    pub fn route(mut self, route: Route) -> Self {
        let proxy = route.proxy.map(|proxy| proxy.tunnel(true));
        self.route = Route { proxy, ..route };
        self
    }

    /// Names, addresses, socket options and TLS from this network, whose remembered names it shares. Default one for
    /// the whole process with its [defaults](Network::builder).
    pub fn network(mut self, network: Network) -> Self {
        self.network = Some(network);
        self
    }

    /// Connects to a URL: `scheme://host:port`, or `unix:///path`.
    ///
    /// `tcp` and `tls` need a port. Other schemes have their usual one: `http` and `ws` 80, `https` and `wss` 443,
    /// `redis` and `rediss` 6379, `postgres` and `postgresql` 5432, `mysql` 3306, `mongodb` 27017, `memcached` 11211,
    /// `imap` 143, `imaps` 993, `pop3` 110, `pop3s` 995, `smtp` 25, `submission` 587, `smtps` 465, `ftp` 21, `ftps` 990,
    /// `ldap` 389, `ldaps` 636, `mqtt` 1883, `mqtts` 8883, `amqp` 5672, `amqps` 5671, `nats` 4222, `irc` 6667,
    /// `ircs` 6697, `nntp` 119, `nntps` 563, `rtsp` 554, `telnet` 23, `gopher` 70. Those that end in `s`, and `tls`, begin
    /// with TLS. User, password, path and query are for the protocol to speak, and ignored.
    ///
    /// Works from a plain thread and from any coroutine; the deadline and token of a surrounding [`scope`] end it.
    ///
    /// # Errors
    /// [`InvalidUrl`](crate::error::Kind::InvalidUrl) before anything is looked up, and those of
    /// [`Network::connect`].
    pub fn connect(&self, url: &str) -> Result<Stream> {
        match Address::parse(url)? {
            Address::Unix(path) => {
                let route = Route { unix: Some(path), proxy: None, ..self.route.clone() };
                self.open(&Target::new("localhost", 0, false).by(route), None)
            }
            Address::Host { host, port, scheme } => {
                let route = Route { tls: self.tls_for(scheme), ..self.route.clone() };
                let named = host.parse::<IpAddr>().is_err().then(|| format!("{host}:{port}"));
                self.open(&Target::new(host, port, scheme.secure).by(route), named)
            }
        }
    }

    /// Connects to `target`, by the target's route and not by that of this connector.
    ///
    /// # Errors
    /// Those of [`Network::connect`].
    pub fn connect_to(&self, target: &Target) -> Result<Stream> {
        self.open(target, Some(format!("{}:{}", target.host, target.port)))
    }

    fn tls_for(&self, scheme: Scheme) -> Option<TlsConfig> {
        /// Made once: a context takes 40 ms and more.
        static PLAIN: LazyLock<Option<TlsConfig>> = LazyLock::new(|| TlsConfig::builder().alpn([""; 0]).build().ok());
        let is_set = self.route.tls.is_some() || self.network.is_some();
        if is_set || !scheme.secure || scheme.is_http() { self.route.tls.clone() } else { PLAIN.clone() }
    }

    fn open(&self, target: &Target, named: Option<String>) -> Result<Stream> {
        static NETWORK: LazyLock<Network> = LazyLock::new(|| Network::builder().build());
        let scope = scope::current();
        let total = scope.until().or_sooner(Instant::now(), self.connect);
        let timeouts = DialTimeouts { resolve: None, connect: None, tls: None, total };
        let stream = self.network.as_ref().unwrap_or(&NETWORK).connect(target, &timeouts, scope.token())?;
        let settings = Settings { connect: self.connect, read: self.read, write: self.write, ..Settings::default() };
        Ok(Stream::new(stream, named, settings))
    }
}

impl Stream {
    /// Connects with all options at their defaults; see [`Connector::connect`].
    ///
    /// # Errors
    /// As there.
    pub fn connect(url: &str) -> Result<Self> {
        Connector::new().connect(url)
    }
}
