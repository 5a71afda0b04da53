//! How to get to a host, where that is not the network's plain way.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use super::guard::AddressGuard;
use super::proxy::Proxy;
use super::resolve::IpFamily;
use super::tls::TlsConfig;

/// How to get to a host when it is not the network's plain way. Part of a pool's key: two requests that differ in any
/// of it never share a connection.
///
/// ```
/// use maypole::net::{Proxy, Route};
/// let plain = Route::default();
/// assert!(plain.is_plain());
/// let through = Route { proxy: Some(Proxy::parse("http://proxy.test:3128")?), ..Route::default() };
/// assert!(through.forwards(false) && !through.forwards(true) && through != plain);
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// What is `None` is as the [`Network`](super::Network) has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Route {
    /// The proxy to go through. Default none: a network has no proxies.
    pub proxy: Option<Proxy>,
    /// How the connection to the host is secured; the one to a proxy has [its own](Proxy::tls).
    pub tls: Option<TlsConfig>,
    /// The address to connect from; only addresses of its family are then tried.
    pub local_address: Option<IpAddr>,
    /// The ports to connect from, tried in order.
    pub local_ports: Option<RangeInclusive<u16>>,
    /// The network interface to connect through, such as `eth0`. Linux only.
    pub interface: Option<String>,
    /// Connects to this Unix socket instead of resolving the host. A proxy is then not used.
    pub unix: Option<PathBuf>,
    /// Connects to this host and port instead, as curl's `--connect-to`. What is asked for, and TLS verifies, is still
    /// the target.
    pub connect_to: Option<(String, u16)>,
    /// The name to ask for and verify instead of the host; [`TlsConfig`]'s wins over it.
    pub server_name: Option<String>,
    /// Which addresses of a name to use.
    pub family: Option<IpFamily>,
    /// What may be connected to, besides what the network's own guard says.
    pub guard: Option<AddressGuard>,
}

impl Route {
    /// Whether it is the network's own way, so that [`Target::route`](super::Target::route) need not be set.
    pub fn is_plain(&self) -> bool {
        *self == Self::PLAIN
    }

    /// Whether a request is handed to a proxy, in absolute form and with
    /// [`Proxy-Authorization`](Proxy::authorization), instead of being sent through a tunnel (RFC 9112 §3.2.2). A
    /// request with another host to connect to is not: the proxy would connect to the one in the URL.
    pub fn forwards(&self, secure: bool) -> bool {
        self.unix.is_none()
            && self.connect_to.is_none()
            && self.proxy.as_ref().is_some_and(|proxy| proxy.forwards(secure))
    }

    pub(super) const PLAIN: Self = Self {
        proxy: None,
        tls: None,
        local_address: None,
        local_ports: None,
        interface: None,
        unix: None,
        connect_to: None,
        server_name: None,
        family: None,
        guard: None,
    };
}
