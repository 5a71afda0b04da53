//! The options of a client's connections: names, addresses, sockets, TLS.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::ClientBuilder;
use crate::net::{IpFamily, Keepalive, Resolve, TlsConfig};

impl ClientBuilder {
    /// How connections to hosts are secured. Default [`TlsConfig::default`]: Mozilla's roots, TLS 1.2 or later, the same on
    /// every machine. The connection to a proxy has [its own](crate::net::Proxy::tls).
    pub fn tls(mut self, config: TlsConfig) -> Self {
        self.network = self.network.tls(config);
        self
    }

    /// Uses `address` for `host`, on its port, or on all ports if that is 0, instead of looking the name up: curl's
    /// `--resolve`. Host header and TLS still name the host. Default: every name is looked up. Calls add up; of two for
    /// the same host and port the later one counts.
    pub fn resolve(mut self, host: &str, port: u16, addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        self.set.add("resolve");
        let addresses: Vec<_> = addresses.into_iter().collect();
        let legal = !addresses.is_empty();
        self.network = self.network.host(host, (port > 0).then_some(port), addresses);
        self.require(legal, || format!("resolve `{host}`: no address"))
    }

    /// Looks names up with this. It may block: it has a thread of its own. Default the system's `getaddrinfo`, because
    /// people expect `/etc/hosts` and what else the system is set up for to count.
    pub fn resolver(mut self, resolver: impl Resolve + 'static) -> Self {
        self.network = self.network.resolver(resolver);
        self
    }

    /// How long a name's addresses are remembered; zero not at all. Default 10 s: a burst of connections should be one
    /// lookup, and `getaddrinfo` does not tell for how long an answer holds.
    pub fn remember_names(mut self, keep: Duration) -> Self {
        self.network = self.network.remember_names(keep);
        self
    }

    /// Which addresses of a name to use. Default both families, IPv6 first, the next after
    /// [`attempt_delay`](Self::attempt_delay) (RFC 8305).
    #[doc(alias = "disable_ipv6")]
    pub fn ip_family(mut self, family: IpFamily) -> Self {
        self.set.add("ip_family");
        self.family = family;
        self.network = self.network.ip_family(family);
        self
    }

    /// How long to wait for one address before the next is tried as well. Default 250 ms (RFC 8305 §5).
    #[doc(alias = "happy_eyeballs")]
    pub fn attempt_delay(mut self, delay: Duration) -> Self {
        self.network = self.network.attempt_delay(delay);
        self
    }

    /// The address to connect from; only addresses of its family are then tried. Default the system's choice, which knows
    /// its routes.
    pub fn local_address(mut self, address: IpAddr) -> Self {
        self.set.add("local_address");
        self.tcp.local_address = Some(address);
        self
    }

    /// The network interface to connect through, such as `eth0`; Linux only. Default the system's choice.
    ///
    /// # Errors
    /// An empty name is refused by [`build`](Self::build), one that does not exist by the request.
    pub fn interface(mut self, name: impl Into<String>) -> Self {
        self.set.add("interface");
        self.tcp.interface = Some(name.into());
        self
    }

    /// Sends small writes at once (`TCP_NODELAY`). Default on: requests leave in one write anyway, and the last piece of an
    /// upload would wait 40 ms for an acknowledgement.
    pub fn tcp_nodelay(mut self, nodelay: bool) -> Self {
        self.tcp.nodelay = nodelay;
        self
    }

    /// Probes idle connections (`SO_KEEPALIVE`), in whole seconds. Default off: they are checked before use, and reads have
    /// a deadline.
    pub fn tcp_keepalive(mut self, keepalive: Keepalive) -> Self {
        self.tcp.keepalive = Some(keepalive);
        self
    }

    /// Begins each connection with HAProxy's PROXY line, version 1; see
    /// [`TcpOptions::announce`](crate::net::TcpOptions::announce). Default off.
    pub fn haproxy_protocol(mut self, on: bool) -> Self {
        self.tcp.announce = on;
        self
    }

    /// Connects every request to this Unix socket; URLs still give host, path and scheme. Default none.
    ///
    /// # Errors
    /// [`build`](Self::build) refuses it together with what it leaves nothing to do: proxies, `connect_to`, `resolve`,
    /// `address_guard`, local address and ports, `interface`, `ip_family`.
    pub fn unix_socket(mut self, path: impl Into<PathBuf>) -> Self {
        self.set.add("unix_socket");
        self.unix = Some(path.into());
        self
    }
}
