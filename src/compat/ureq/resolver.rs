//! Names for ureq, looked up off the workers.

use std::io;
use std::net::{IpAddr, SocketAddr};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver as UreqResolver};
use ureq::unversioned::transport::NextTimeout;

use super::limit::{Limit, cancelled};
use crate::error::{Kind, Phase};
use crate::net::Network;
use crate::rt::scope;

/// As many as fit into ureq's array.
const ADDRESSES: usize = 16;

/// Looks names up for a `ureq::Agent`: by `getaddrinfo` on a thread for what blocks, one lookup for all who ask for the
/// same name at once, remembered for 10 seconds.
///
/// ```
/// use maypole::compat::ureq::{Connector, Resolver};
/// use maypole::net::Network;
/// let network = Network::builder().host("api.test", None, ["127.0.0.1".parse()?]).build();
/// let config = ureq::config::Config::default();
/// let agent = ureq::Agent::with_parts(config, Connector::new(network.clone()), Resolver::new(network));
/// # drop(agent);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
///
/// The family of ureq's configuration counts, and its timeout, after which the lookup goes on in the background for
/// the next one who asks. As with ureq's own resolver a name that is not known is `ureq::Error::Io`, and one without an
/// address of the wanted family `ureq::Error::HostNotFound`.
#[derive(Clone, Debug)]
pub struct Resolver(Network);

impl Resolver {
    /// Looks up as this network does: with its name server, hosts set by hand, and memory, which clones share.
    pub fn new(network: Network) -> Self {
        Self(network)
    }
}

impl Default for Resolver {
    /// As [`Network::builder`]'s defaults.
    fn default() -> Self {
        Self::new(Network::builder().build())
    }
}

impl UreqResolver for Resolver {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let scope = scope::current();
        let limit = Limit::from_now(timeout, &scope)?;
        let (host, port) = host_and_port(uri)?;
        let found = self.0.resolve(host, port, limit.until(), scope.token()).map_err(|error| match error.kind() {
            Kind::Timeout => limit.over(Phase::Resolve),
            Kind::Cancelled => cancelled(Phase::Resolve),
            _ => Error::Io(io::Error::from(error)),
        })?;
        let wanted = config.ip_family();
        let mut addresses = self.empty();
        for address in wanted.keep_wanted(sockets(found, port)).take(ADDRESSES) {
            addresses.push(address);
        }
        if addresses.is_empty() { Err(Error::HostNotFound) } else { Ok(addresses) }
    }
}

fn sockets(ips: Vec<IpAddr>, port: u16) -> impl Iterator<Item = SocketAddr> {
    ips.into_iter().map(move |ip| SocketAddr::new(ip, port))
}

/// Host without brackets, and port, given or the scheme's.
pub(super) fn host_and_port(uri: &Uri) -> Result<(&str, u16), Error> {
    let bad = |what: &str| Error::BadUri(format!("{uri} {what}"));
    let (scheme, authority) = (uri.scheme(), uri.authority());
    let scheme = scheme.ok_or_else(|| bad("is missing scheme"))?;
    let authority = authority.ok_or_else(|| bad("is missing host"))?;
    // ureq knows the schemes' ports, and tells them in this form only.
    let port = DefaultResolver::host_and_port(scheme, authority)
        .and_then(|both| both.rsplit_once(':')?.1.parse().ok())
        .ok_or_else(|| Error::BadUri(format!("unknown scheme: {scheme}")))?;
    let host = authority.host();
    Ok((host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_of_all_schemes() {
        for (uri, host, port) in [
            ("http://a.test/x", "a.test", 80),
            ("https://me:pw@a.test", "a.test", 443),
            ("http://[::1]:81/", "::1", 81),
            ("socks5://p.test", "p.test", 1080),
        ] {
            assert_eq!(host_and_port(&uri.parse().unwrap()).unwrap(), (host, port));
        }
        for uri in ["/path", "ftp://a.test/", "a.test"] {
            assert!(matches!(host_and_port(&uri.parse().unwrap()), Err(Error::BadUri(_))), "{uri}");
        }
    }
}
