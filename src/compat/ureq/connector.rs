//! Connections for ureq.

use std::sync::{Arc, Weak};
use std::time::Instant;

use ureq::unversioned::transport::{ConnectionDetails, Connector as UreqConnector, Either, ShutdownHandle};
use ureq::unversioned::transport::{Transport as UreqTransport, time};
use ureq::{Error, ProxyProtocol};

use super::failure;
use super::life::Life;
use super::limit::Limit;
use super::tls::Configs;
use super::transport::Transport;
use super::way::{Way, proxy_of};
use crate::error::Phase;
use crate::net::{DialTimeouts, Network, Stream, TlsConfig};
use crate::rt::{CancelToken, scope};

/// Makes the connections of a `ureq::Agent`: TCP, through proxies, with TLS, as the agent's or request's configuration
/// says, and without a thread that waits.
///
/// ```
/// use maypole::compat::ureq::{Connector, Resolver};
/// let config = ureq::config::Config::default();
/// let agent = ureq::Agent::with_parts(config, Connector::default(), Resolver::default());
/// # drop(agent);
/// ```
///
/// In a chain of connectors it passes a connection on that one before it has made. Its own are complete: nothing of
/// ureq's need come after it.
///
/// # Errors
/// As ureq's own: `Timeout` with the same reasons; `Io`, with the same [`io::ErrorKind`](std::io::ErrorKind) and a
/// [`maypole::Error`](crate::Error) inside, for addresses that refuse or cannot be reached and for SOCKS; `ConnectProxyFailed`
/// for HTTP proxies. `Other` with a [`maypole::Error`](crate::Error) for whatever concerns TLS.
#[derive(Debug)]
pub struct Connector {
    network: Network,
    tls: Option<TlsConfig>,
    configs: Configs,
}

impl Connector {
    /// Connects as this network does, where ureq's configuration does not say otherwise: addresses to connect from,
    /// interfaces, TCP options, [address guards](crate::net::AddressGuard), the delay between two addresses. Names are
    /// the [`Resolver`](super::Resolver)'s; `no_delay` and TLS are ureq's.
    pub fn new(network: Network) -> Self {
        Self { network, tls: None, configs: Configs::default() }
    }

    /// Secures connections to origins and proxies as this says instead of ureq's configuration, for what ureq cannot
    /// say: pinned keys, PKCS #12, versions, ALPN. Default ureq's.
    ///
    /// ```
    /// use maypole::compat::ureq::Connector;
    /// use maypole::net::{TlsConfig, TlsVersion};
    /// let newest = TlsConfig::builder().min_version(TlsVersion::Tls13).build()?;
    /// let connector = Connector::default().tls(newest);
    /// # Ok::<(), maypole::Error>(())
    /// ```
    #[must_use]
    pub fn tls(mut self, config: TlsConfig) -> Self {
        self.tls = Some(config);
        self
    }

    // Outlined, as is the rest of the way: ureq has much of a small stack already.
    #[inline(never)]
    fn open(&self, details: &ConnectionDetails<'_>) -> Result<Transport, Error> {
        let life = Arc::new(Life::default());
        let handle: Weak<Life> = Arc::downgrade(&life);
        (details.register_shutdown)(handle as Weak<dyn ShutdownHandle>)?;
        let stream = self.dial(details, &life)?;
        Ok(Transport::new(stream, life, details.config))
    }

    fn dial(&self, details: &ConnectionDetails<'_>, life: &Life) -> Result<Stream, Error> {
        let scope = scope::current();
        life.check(&scope, Phase::Connect)?;
        let start = match details.now {
            time::Instant::Exact(at) => at,
            _ => Instant::now(),
        };
        let limit = Limit::from(details.timeout, start, &scope)?;
        let way = Way::to(details, || self.tls.clone().map_or_else(|| self.configs.of(details.config), Ok))?;
        let network = self.network.knowing(way.hosts, details.config.no_delay());
        let own = life.token();
        let token = scope.token().map(|token| CancelToken::child_of([own, token]));
        let timeouts = timeouts(details, &limit);
        network.connect(&way.target, &timeouts, Some(token.as_ref().unwrap_or(own))).map_err(|error| {
            let asked = proxy_of(details).map(ureq::Proxy::protocol);
            let http = matches!(asked, Some(ProxyProtocol::Http | ProxyProtocol::Https));
            life.explain(failure::of(error, &limit, details.timeout, http))
        })
    }
}

/// ureq has one limit for all of connecting, and none by default. A peer that falls silent within a handshake is
/// noticed by the limit of single reads, where there is one.
fn timeouts(details: &ConnectionDetails<'_>, limit: &Limit) -> DialTimeouts {
    let per_read = details.timeout.per_read.filter(|limit| !limit.is_not_happening()).map(|limit| *limit);
    let connect = per_read.filter(|_| proxy_of(details).is_some());
    DialTimeouts { resolve: None, connect, tls: per_read, total: limit.until() }
}

impl Default for Connector {
    /// With [`Network::builder`]'s defaults.
    fn default() -> Self {
        Self::new(Network::builder().build())
    }
}

impl<In: UreqTransport> UreqConnector<In> for Connector {
    type Out = Either<In, Transport>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        match chained {
            Some(made) => Ok(Some(Either::A(made))),
            None => self.open(details).map(|made| Some(Either::B(made))),
        }
    }
}
