//! `Network`: how a client makes its connections.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::names::Names;
use super::resolve::{Hosts, IpFamily, Resolution, Resolve, SystemResolver};
use super::stream::Stream;
use super::target::Target;
use super::tcp::TcpOptions;
use super::tls::TlsConfig;
use crate::deadline::{Timeouts, Until};
use crate::error::Result;
use crate::rt::{self, CancelToken};

/// How connections are made: names, addresses, sockets, TLS. Clones share it, and with it the remembered names.
///
/// ```no_run
/// use maypole::net::{DialTimeouts, Network, Target};
/// let network = Network::builder().build();
/// let mut stream = network.connect(&Target::new("example.com", 443, true), &DialTimeouts::default(), None)?;
/// stream.write_all(b"GET / HTTP/1.0\r\nHost: example.com\r\n\r\n", None).unwrap();
/// # Ok::<(), maypole::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Network(pub(super) Arc<Settings>);

pub(super) struct Settings {
    pub(super) resolution: Resolution,
    pub(super) family: IpFamily,
    pub(super) delay: Duration,
    pub(super) tcp: Arc<TcpOptions>,
    pub(super) tls: TlsConfig,
}

impl Network {
    /// Starts from the defaults.
    pub fn builder() -> NetworkBuilder {
        NetworkBuilder::default()
    }

    /// Connects to `target`. Works from a plain thread and from any coroutine, which with little stack left has the
    /// work done by another one.
    ///
    /// # Errors
    /// [`Resolve`](crate::error::Kind::Resolve), [`Connect`](crate::error::Kind::Connect) with every address tried,
    /// [`Tls`](crate::error::Kind::Tls), [`Certificate`](crate::error::Kind::Certificate),
    /// [`Timeout`](crate::error::Kind::Timeout) and [`Cancelled`](crate::error::Kind::Cancelled) with the phase, and
    /// [`InvalidConfig`](crate::error::Kind::InvalidConfig) for an option that the system refuses.
    pub fn connect(&self, target: &Target, timeouts: &DialTimeouts, token: Option<&CancelToken>) -> Result<Stream> {
        let (settings, target, timeouts, token) = (self.0.clone(), target.clone(), *timeouts, token.cloned());
        rt::roomy(move || super::chain::connect(&settings, &target, &timeouts, token.as_ref()))?
    }

    /// The TLS configuration of its connections.
    pub fn tls(&self) -> &TlsConfig {
        &self.0.tls
    }

    /// The socket options of its connections.
    pub fn tcp(&self) -> &TcpOptions {
        &self.0.tcp
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("resolution", &self.resolution)
            .field("family", &self.family)
            .field("delay", &self.delay)
            .field("tcp", &self.tcp)
            .field("tls", &self.tls)
            .finish()
    }
}

/// How long connecting may take, step by step. `None` means that only `total` bounds it.
#[derive(Clone, Copy, Debug)]
pub struct DialTimeouts {
    /// Name lookup.
    pub resolve: Option<Duration>,
    /// Connecting, over all addresses.
    pub connect: Option<Duration>,
    /// TLS handshake.
    pub tls: Option<Duration>,
    /// When everything must have ended.
    pub total: Until,
}

impl DialTimeouts {
    /// Those of a request that must have ended at `total`.
    pub fn new(timeouts: &Timeouts, total: Until) -> Self {
        Self { resolve: timeouts.resolve, connect: timeouts.connect, tls: timeouts.tls, total }
    }
}

impl Default for DialTimeouts {
    fn default() -> Self {
        Self::new(&Timeouts::default(), Until::never())
    }
}

/// Builds a [`Network`].
#[must_use = "nothing is configured before `build`"]
pub struct NetworkBuilder {
    resolver: Arc<dyn Resolve>,
    remember: Duration,
    hosts: Hosts,
    family: IpFamily,
    delay: Duration,
    tcp: TcpOptions,
    tls: TlsConfig,
}

impl Default for NetworkBuilder {
    fn default() -> Self {
        Self {
            resolver: Arc::new(SystemResolver),
            remember: Duration::from_secs(10),
            hosts: Hosts::default(),
            family: IpFamily::default(),
            delay: Duration::from_millis(250),
            tcp: TcpOptions::default(),
            tls: TlsConfig::default(),
        }
    }
}

impl NetworkBuilder {
    /// Looks names up with this instead of the system's lookup. It may block: it has a thread of its own.
    pub fn resolver(mut self, resolver: impl Resolve + 'static) -> Self {
        self.resolver = Arc::new(resolver);
        self
    }

    /// How long a name's addresses are remembered; zero not at all. Default 10 s: `getaddrinfo` does not tell the
    /// lifetime of what it found, and a burst of connections should be one lookup. Failures are not remembered, and at
    /// most 1,024 names are.
    pub fn remember_names(mut self, keep: Duration) -> Self {
        self.remember = keep;
        self
    }

    /// Uses these addresses for a host, on one port or on all, instead of looking it up: curl's `--resolve`. What is
    /// asked for, and TLS verifies, is still the host.
    pub fn host(mut self, host: &str, port: Option<u16>, addresses: impl Into<Vec<IpAddr>>) -> Self {
        self.hosts.set(host, port, addresses.into().into());
        self
    }

    /// Which addresses of a name to use. Default both.
    pub fn ip_family(mut self, family: IpFamily) -> Self {
        self.family = family;
        self
    }

    /// How long to wait for one address before the next is tried as well. Default 250 ms (RFC 8305 §5).
    pub fn attempt_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Options of TCP sockets.
    pub fn tcp(mut self, options: TcpOptions) -> Self {
        self.tcp = options;
        self
    }

    /// How connections are secured.
    pub fn tls(mut self, config: TlsConfig) -> Self {
        self.tls = config;
        self
    }

    /// The network.
    pub fn build(self) -> Network {
        let names = Arc::new(Names::new(self.resolver, self.remember));
        Network(Arc::new(Settings {
            resolution: Resolution { hosts: self.hosts, names },
            family: self.family,
            delay: self.delay,
            tcp: Arc::new(self.tcp),
            tls: self.tls,
        }))
    }
}

impl fmt::Debug for NetworkBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetworkBuilder").field("tcp", &self.tcp).field("tls", &self.tls).finish_non_exhaustive()
    }
}
