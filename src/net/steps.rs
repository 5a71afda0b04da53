//! The steps of connecting, for whichever hop of the way needs one.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::guard::AddressGuard;
use super::info::{ConnectionInfo, DialTimings, TlsInfo};
use super::resolve::IpFamily;
use super::route::Route;
use super::secure::secured;
use super::settings::Settings;
use super::tcp::TcpOptions;
use super::timeouts::DialTimeouts;
use super::tls::TlsConfig;
use super::transport::Transport;
use super::{eyeballs, unix};
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase, Result};
use crate::rt::{CancelToken, Socket};

pub(super) struct Steps<'a> {
    pub(super) network: &'a Settings,
    pub(super) route: &'a Route,
    pub(super) timeouts: &'a DialTimeouts,
    pub(super) token: Option<&'a CancelToken>,
}

/// What an address is for, which decides about whether it may be used.
#[derive(Clone, Copy)]
pub(super) struct Use {
    /// This side connects to it, and may be bound to an address of one family.
    pub(super) here: bool,
    /// The guards judge it. The address of a proxy they do not: the program's own configuration names it.
    pub(super) guarded: bool,
}

impl Steps<'_> {
    // Outlined, as are the steps below: pages that a stack has touched stay resident as long as the coroutine waits for
    // its response.
    #[inline(never)]
    pub(super) fn by_path(&self, path: &Path, info: &mut ConnectionInfo) -> Result<Socket> {
        let start = Instant::now();
        let socket = unix::connect(path, self.connect_until(start), self.token)?;
        info.timings.connect = start.elapsed();
        info.unix = Some(path.to_path_buf());
        Ok(socket)
    }

    /// The addresses of `host` that may be used, in the order in which to try them.
    #[inline(never)]
    pub(super) fn addresses(&self, host: &str, port: u16, to: Use, timings: &mut DialTimings) -> Result<Vec<IpAddr>> {
        let start = Instant::now();
        let until = self.timeouts.total.or_sooner(start, self.timeouts.resolve);
        let all = self.network.resolution.addresses(host, port, until, self.token)?;
        timings.resolve += start.elapsed();
        let mut usable: Vec<IpAddr> = all.iter().copied().filter(|address| self.is_usable(*address, to)).collect();
        if usable.is_empty() {
            let what = format!("{host} has no address of the family that was asked for");
            return Err(Error::new(Kind::Resolve, what).with_phase(Phase::Resolve));
        }
        if to.guarded {
            self.guarded(&mut usable).map_err(|error| error.with_address(host))?;
        }
        Ok(eyeballs::interleave(&usable))
    }

    fn is_usable(&self, address: IpAddr, to: Use) -> bool {
        let family = self.route.family.unwrap_or(self.network.family);
        // A socket bound to an address of one family cannot connect to one of the other.
        let local = match self.route.local_address.or(self.network.tcp.local_address) {
            None => IpFamily::Any,
            Some(IpAddr::V4(_)) => IpFamily::V4,
            Some(IpAddr::V6(_)) => IpFamily::V6,
        };
        family.contains(address) && (!to.here || local.contains(address))
    }

    /// Leaves out what the guards refuse. A name with addresses inside and outside is used with those outside.
    fn guarded(&self, addresses: &mut Vec<IpAddr>) -> Result<()> {
        let mut refused = None;
        for guard in self.guards() {
            addresses.retain(|address| guard.check_address(*address).map_err(|error| refused = Some(error)).is_ok());
        }
        match refused {
            Some(error) if addresses.is_empty() => Err(error),
            _ => Ok(()),
        }
    }

    pub(super) fn guards(&self) -> impl Iterator<Item = &AddressGuard> {
        self.network.guard.iter().chain(&self.route.guard)
    }

    #[inline(never)]
    pub(super) fn by_address(&self, ips: Vec<IpAddr>, port: u16, info: &mut ConnectionInfo) -> Result<Socket> {
        let start = Instant::now();
        let until = self.connect_until(start);
        let tcp = self.tcp();
        let dial: Arc<eyeballs::Dial> = Arc::new(move |address, at, token| tcp.connect(address, at, token));
        let addresses = ips.into_iter().map(|address| SocketAddr::new(address, port)).collect();
        let (peer, socket) = eyeballs::connect(dial, addresses, self.network.delay, until, self.token)?;
        info.timings.connect += start.elapsed();
        info.peer = Some(peer);
        info.local = socket.get_ref().local_addr().ok().and_then(|local| local.as_socket());
        Ok(socket)
    }

    /// The network's options with the route's in their place.
    fn tcp(&self) -> Arc<TcpOptions> {
        let Route { local_address, local_ports, interface, .. } = self.route;
        if local_address.is_none() && local_ports.is_none() && interface.is_none() {
            return self.network.tcp.clone();
        }
        self.own_tcp()
    }

    #[inline(never)]
    fn own_tcp(&self) -> Arc<TcpOptions> {
        let Route { local_address, local_ports, interface, .. } = self.route;
        let mut tcp = TcpOptions::clone(&self.network.tcp);
        tcp.local_address = local_address.or(tcp.local_address);
        tcp.local_ports = local_ports.clone().or(tcp.local_ports);
        tcp.interface = interface.clone().or(tcp.interface);
        Arc::new(tcp)
    }

    /// TLS with whoever is at the other end of `transport`, which must be `name`.
    #[inline(never)]
    pub(super) fn secured(
        &self,
        transport: Transport,
        config: &TlsConfig,
        name: &str,
        peer: &str,
    ) -> Result<(Transport, TlsInfo)> {
        let until = self.timeouts.total.or_sooner(Instant::now(), self.timeouts.tls);
        secured(transport, config, name, until, self.token).map_err(|error| error.with_address(peer))
    }

    /// When connecting must have ended that begins now.
    pub(super) fn connect_until(&self, start: Instant) -> Until {
        self.timeouts.total.or_sooner(start, self.timeouts.connect)
    }
}
