//! From a host name to addresses.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Instant;

use super::names::Names;
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase, Result};
use crate::rt::CancelToken;

/// Looks names up. It is called on a thread made for blocking work, never on a coroutine.
///
/// ```
/// use maypole::net::Resolve;
/// let fixed = |_: &str| Ok(vec![[127, 0, 0, 1].into()]);
/// assert_eq!(fixed.resolve("any.example").unwrap().len(), 1);
/// ```
pub trait Resolve: Send + Sync {
    /// The addresses of `host`, best first. None is an error of its own: *no address*.
    fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

impl<F> Resolve for F
where
    F: Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync,
{
    fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self(host)
    }
}

/// The system's lookup (`getaddrinfo`): `/etc/hosts`, `nsswitch.conf` and all, sorted by RFC 6724.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    #[allow(clippy::disallowed_methods, reason = "it is called on an offload thread, see `names.rs`")]
    fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok((host, 0).to_socket_addrs()?.map(|address| address.ip()).collect())
    }
}

/// Which addresses of a name to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum IpFamily {
    /// Both, IPv6 first.
    #[default]
    Any,
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
}

impl IpFamily {
    /// Whether it holds `address`.
    pub fn contains(self, address: IpAddr) -> bool {
        match self {
            IpFamily::Any => true,
            IpFamily::V4 => address.is_ipv4(),
            IpFamily::V6 => address.is_ipv6(),
        }
    }
}

/// Addresses set by hand, as by curl's `--resolve`, by name in lower case and then by port; none is any port.
#[derive(Clone, Debug, Default)]
pub(super) struct Hosts(HashMap<Box<str>, Ports>);

type Ports = HashMap<Option<u16>, Arc<[IpAddr]>>;

impl Hosts {
    pub(super) fn set(&mut self, host: &str, port: Option<u16>, addresses: Arc<[IpAddr]>) {
        self.0.entry(lower(host)).or_default().insert(port, addresses);
    }

    fn get(&self, host: &str, port: u16) -> Option<Arc<[IpAddr]>> {
        let ports = self.0.get(host)?;
        ports.get(&Some(port)).or_else(|| ports.get(&None)).cloned()
    }
}

/// Where addresses come from: written in the URL, set by hand, or looked up.
pub(super) struct Resolution {
    pub(super) hosts: Hosts,
    pub(super) names: Arc<Names>,
}

impl Resolution {
    /// The addresses of `host`, none of them if it is known by no address at all.
    pub(super) fn addresses(
        &self,
        host: &str,
        port: u16,
        until: Until,
        token: Option<&CancelToken>,
    ) -> Result<Arc<[IpAddr]>> {
        let host = lower(host);
        // Before literals, so that an address can be sent elsewhere too.
        if let Some(set) = self.hosts.get(&host, port) {
            return Ok(set);
        }
        if let Ok(literal) = host.parse::<IpAddr>() {
            return Ok([literal].into());
        }
        let found = self.names.lookup(&host, Instant::now(), until, token)?;
        if found.is_empty() { Err(unknown(&host, "it has no address")) } else { Ok(found) }
    }
}

/// Names compare without case (RFC 4343).
fn lower(host: &str) -> Box<str> {
    host.to_ascii_lowercase().into()
}

pub(super) fn unknown(host: &str, why: &str) -> Error {
    Error::new(Kind::Resolve, format!("{host} not found: {why}")).with_phase(Phase::Resolve)
}

impl fmt::Debug for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolution").field("hosts", &self.hosts).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c370_overrides_know_ports_and_ignore_case() {
        let mut hosts = Hosts::default();
        let address = |n| Arc::from([IpAddr::from([10, 0, 0, n])]);
        hosts.set("Example.com", None, address(1));
        hosts.set("example.COM", Some(8080), address(2));
        assert_eq!(hosts.get("example.com", 80), Some(address(1)));
        assert_eq!(hosts.get("example.com", 8080), Some(address(2)));
        assert_eq!(hosts.get("example.org", 80), None);
    }
}
