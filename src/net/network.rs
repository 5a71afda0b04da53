//! `Network`: how a client makes its connections.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::guard::AddressGuard;
use super::names::Names;
use super::resolve::{Hosts, IpFamily, Resolution, Resolve, SystemResolver};
use super::settings::Settings;
use super::stream::Stream;
use super::target::Target;
use super::tcp::TcpOptions;
use super::timeouts::DialTimeouts;
use super::tls::TlsConfig;
use crate::deadline::Until;
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
    /// [`PinnedKey`](crate::error::Kind::PinnedKey), [`Proxy`](crate::error::Kind::Proxy),
    /// [`Blocked`](crate::error::Kind::Blocked), [`Timeout`](crate::error::Kind::Timeout) and [`Cancelled`](crate::error::Kind::Cancelled) with the phase, and
    /// [`InvalidConfig`](crate::error::Kind::InvalidConfig) for an option that the system refuses.
    pub fn connect(&self, target: &Target, timeouts: &DialTimeouts, token: Option<&CancelToken>) -> Result<Stream> {
        // Without the copies that another stack needs, and without their place on this one.
        if rt::is_roomy() {
            return super::chain::connect(&self.0, target, timeouts, token);
        }
        self.connect_elsewhere(target, timeouts, token)
    }

    #[inline(never)]
    fn connect_elsewhere(
        &self,
        target: &Target,
        timeouts: &DialTimeouts,
        token: Option<&CancelToken>,
    ) -> Result<Stream> {
        let (settings, target, timeouts, token) = (self.0.clone(), target.clone(), *timeouts, token.cloned());
        rt::roomy(move || super::chain::connect(&settings, &target, &timeouts, token.as_ref()))?
    }

    /// The addresses of `host` that a connection to `port` would try, in the order that they were found in: written in
    /// the name, set by hand, remembered or looked up. Nothing is guarded, and nothing connected.
    ///
    /// ```
    /// use maypole::deadline::Until;
    /// use maypole::net::Network;
    /// let network = Network::builder().host("a.test", None, ["127.0.0.1".parse().unwrap()]).build();
    /// assert_eq!(network.resolve("a.test", 80, Until::never(), None)?[0].to_string(), "127.0.0.1");
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Resolve`](crate::error::Kind::Resolve) for an unknown name, [`Timeout`](crate::error::Kind::Timeout) and
    /// [`Cancelled`](crate::error::Kind::Cancelled).
    pub fn resolve(&self, host: &str, port: u16, until: Until, token: Option<&CancelToken>) -> Result<Vec<IpAddr>> {
        let found = self.0.resolution.addresses(host, port, until, token)?;
        Ok(found.iter().copied().filter(|address| self.0.family.contains(*address)).collect())
    }

    /// The TLS configuration of its connections.
    pub fn tls(&self) -> &TlsConfig {
        &self.0.tls
    }

    /// Which addresses of a name it uses.
    pub fn ip_family(&self) -> IpFamily {
        self.0.family
    }

    /// The socket options of its connections.
    pub fn tcp(&self) -> &TcpOptions {
        &self.0.tcp
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
    guard: Option<AddressGuard>,
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
            guard: None,
        }
    }
}

impl NetworkBuilder {
    /// Looks names up with this. It may block: it has a thread of its own. Default [`SystemResolver`]: people expect
    /// `/etc/hosts` to count.
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
    /// asked for, and TLS verifies, is still the host. Default: every name is looked up.
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

    /// Options of TCP sockets. Default [`TcpOptions::default`]; see there for each.
    pub fn tcp(mut self, options: TcpOptions) -> Self {
        self.tcp = options;
        self
    }

    /// How connections are secured. Default [`TlsConfig::default`]; see there.
    pub fn tls(mut self, config: TlsConfig) -> Self {
        self.tls = config;
        self
    }

    /// Connects only to what this lets through. Default: to everything.
    pub fn address_guard(mut self, guard: AddressGuard) -> Self {
        self.guard = Some(guard);
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
            guard: self.guard,
        }))
    }
}

impl fmt::Debug for NetworkBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetworkBuilder").field("tcp", &self.tcp).field("tls", &self.tls).finish_non_exhaustive()
    }
}
