//! The options of the way to a host, for a client and for a request.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;

use super::Proxies;
use crate::client::{ClientBuilder, RequestBuilder};
use crate::error::{Error, Kind, Phase, Result};
use crate::net::{AddressGuard, IpFamily, Proxy, Route, TlsConfig};

impl ClientBuilder {
    /// Sends everything through this proxy. Default: what the environment says; see [`Proxies::from_env`]. The last call
    /// of this, [`proxies`](Self::proxies) and [`no_proxy`](Self::no_proxy) counts.
    pub fn proxy(self, proxy: Proxy) -> Self {
        self.proxies(Proxies::all(proxy))
    }

    /// Which request goes through which proxy, in place of what the environment says. Default: the environment's rules.
    pub fn proxies(mut self, proxies: Proxies) -> Self {
        self.set.set("proxy", !proxies.is_none());
        self.set.set("no_proxy", proxies.is_none());
        self.policy.proxies = proxies;
        self.proxies_from_env = false;
        self
    }

    /// Uses no proxy, whatever the environment says. Default: what it says.
    pub fn no_proxy(self) -> Self {
        self.proxies(Proxies::none())
    }

    /// Whether the proxies are those of the environment, read when the client is built, for who has set none. Default
    /// yes, as for curl and most programs; a unit test should say no. Yes together with a proxy that was set is an error
    /// of [`build`](Self::build).
    pub fn proxy_from_env(mut self, read: bool) -> Self {
        self.set.set("proxy_from_env", read);
        self.proxies_from_env = read && !self.set.has("proxy") && !self.set.has("no_proxy");
        self
    }

    /// Connects to another host and port, `HOST1:PORT1:HOST2:PORT2`, as curl's `--connect-to`: an empty `HOST1` or
    /// `PORT1` is any, an empty `HOST2` or `PORT2` is the URL's own, an IPv6 address stands in brackets. Host header and
    /// TLS still name the URL's host. Calls add up; the first rule that fits decides. Default none.
    pub fn connect_to(mut self, rule: &str) -> Self {
        self.set.add("connect_to");
        let added = self.policy.connect_to.add(rule);
        self.note(added)
    }

    /// Connects only to what this lets through, on each hop of each request; [`Kind::Blocked`] otherwise. Default: to
    /// everything, since a client may talk to its own machine unless it is told otherwise.
    pub fn address_guard(mut self, guard: AddressGuard) -> Self {
        self.network = self.network.address_guard(guard);
        self.set.add("address_guard");
        self
    }

    /// The ports to connect from, tried in order until one is free; curl's `--local-port`. Default the system's choice.
    pub fn local_ports(mut self, ports: RangeInclusive<u16>) -> Self {
        let checked = check_ports(&ports);
        self.set.add("local_ports");
        self.tcp.local_ports = Some(ports);
        self.note(checked)
    }
}

impl<W> RequestBuilder<W> {
    /// Sends this request through this proxy, and not to a Unix socket of the client's. Default the client's rules.
    pub fn proxy(self, proxy: Proxy) -> Self {
        self.proxies(Proxies::all(proxy))
    }

    /// Which proxy this request, and each hop of its redirects, goes through. Default the client's rules.
    pub fn proxies(mut self, proxies: Proxies) -> Self {
        self.set.set("proxy", !proxies.is_none());
        let this = if proxies.is_none() || self.set.has("unix_socket") {
            self
        } else {
            self.with_route(|route| route.unix = None)
        };
        this.with_policy(|policy| policy.proxies = proxies)
    }

    /// Sends this request without a proxy. Default the client's rules.
    pub fn no_proxy(self) -> Self {
        self.proxies(Proxies::none())
    }

    /// Connects to another host and port, before the client's own rules; see
    /// [`ClientBuilder::connect_to`]. Default the client's.
    pub fn connect_to(mut self, rule: &str) -> Self {
        self.set.add("connect_to");
        let mut checked = Ok(());
        let this = self.with_policy(|policy| checked = policy.connect_to.add_first(rule));
        this.with_checked(checked, |_, ()| {})
    }

    /// Connects only to what this lets through as well, besides the client's guard. Default the client's alone.
    pub fn address_guard(mut self, guard: AddressGuard) -> Self {
        self.set.add("address_guard");
        self.with_route(|route| route.guard = Some(guard))
    }

    /// How this request's connection is secured. Default the client's. Connections are shared only with requests of an
    /// equal configuration.
    pub fn tls(self, config: TlsConfig) -> Self {
        self.with_route(|route| route.tls = Some(config))
    }

    /// The address to connect from. Default the client's.
    pub fn local_address(mut self, address: IpAddr) -> Self {
        self.set.add("local_address");
        self.with_route(|route| route.local_address = Some(address))
    }

    /// The ports to connect from, tried in order until one is free. Default the client's.
    pub fn local_ports(mut self, ports: RangeInclusive<u16>) -> Self {
        self.set.add("local_ports");
        let checked = check_ports(&ports);
        self.with_route(|route| route.local_ports = Some(ports)).with_checked(checked, |_, ()| {})
    }

    /// The network interface to connect through, such as `eth0`; Linux only. Default the client's.
    pub fn interface(mut self, name: impl Into<String>) -> Self {
        self.set.add("interface");
        let name = name.into();
        let checked = if name.is_empty() { Err(wrong("interface: the name is empty")) } else { Ok(()) };
        self.with_route(|route| route.interface = Some(name)).with_checked(checked, |_, ()| {})
    }

    /// Which addresses of a name to use. Default the client's.
    pub fn ip_family(mut self, family: IpFamily) -> Self {
        self.set.add("ip_family");
        self.with_route(|route| route.family = Some(family))
    }

    /// Connects this request to this Unix socket, without a proxy; the URL still gives host, path and scheme. Default
    /// the client's.
    pub fn unix_socket(mut self, path: impl Into<PathBuf>) -> Self {
        self.set.add("unix_socket");
        let this = self.with_route(|route| route.unix = Some(path.into()));
        this.with_policy(|policy| {
            policy.proxies = Proxies::none();
            policy.connect_to = Default::default();
        })
    }

    fn with_route(self, f: impl FnOnce(&mut Route)) -> Self {
        self.with_policy(|policy| {
            let mut route = policy.route.take().map(Arc::unwrap_or_clone).unwrap_or_default();
            f(&mut route);
            policy.route = (!route.is_plain()).then(|| Arc::new(route));
        })
    }
}

fn check_ports(ports: &RangeInclusive<u16>) -> Result<()> {
    if ports.is_empty() || *ports.start() == 0 {
        Err(wrong("local_ports: no port in the range, or port 0"))
    } else {
        Ok(())
    }
}

fn wrong(what: &'static str) -> Error {
    Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build)
}
