//! The order of connecting, one step after the other.
//!
//! ```text
//!   Unix path ──────────────────────────────┐
//!   name ─▶ addresses ─▶ Happy Eyeballs ────┴─▶ TLS ─▶ Stream
//! ```

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use super::info::{ConnectionInfo, DialTimings};
use super::network::{DialTimeouts, Settings};
use super::resolve::IpFamily;
use super::route::Route;
use super::stream::Stream;
use super::target::Target;
use super::tcp::TcpOptions;
use super::tls::{self, TlsConfig};
use super::transport::Transport;
use super::{eyeballs, unix};
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase, Result};
use crate::rt::{self, CancelToken, Socket};

/// Until the last step only TCP or TLS has been spoken: trying again cannot make the server act twice.
pub(super) fn connect(
    network: &Arc<Settings>,
    target: &Target,
    timeouts: &DialTimeouts,
    token: Option<&CancelToken>,
) -> Result<Stream> {
    let dial = Dial { network, target, route: target.way(), timeouts, token };
    dial.run().map_err(|error| {
        let again = matches!(error.kind(), Kind::Resolve | Kind::Connect | Kind::ConnectionLost | Kind::Timeout);
        error.with_retryable(again)
    })
}

struct Dial<'a> {
    network: &'a Arc<Settings>,
    target: &'a Target,
    route: &'a Route,
    timeouts: &'a DialTimeouts,
    token: Option<&'a CancelToken>,
}

impl Dial<'_> {
    fn run(&self) -> Result<Stream> {
        // 0. A token fired before the start must not depend on whether anything has to be waited for.
        if self.token.is_some_and(CancelToken::is_cancelled) {
            return Err(Error::cancelled(Phase::Connect));
        }
        if self.route.proxy.is_some() {
            return Err(Error::new(Kind::Unsupported, "proxies are not part of this build").with_phase(Phase::Connect));
        }
        let mut info = ConnectionInfo::default();
        let socket = match &self.route.unix {
            // 1. A path is an address already: no name, no race.
            Some(path) => self.by_path(path, &mut info)?,
            None => {
                // 2. Names first, and all of them at once: connecting to a name would resolve on the worker and try
                //    one address only.
                let addresses = self.addresses(&mut info.timings)?;
                // 3. Then TCP, to whichever address answers first.
                self.by_address(addresses, &mut info)?
            }
        };
        // 4. TLS last, next to the request: whatever stands between here and the origin sees nothing of it.
        let transport = self.secured(Transport::Socket(socket), &mut info)?;
        Ok(Stream::new(transport, info))
    }

    // Outlined, as are the steps below: pages that a stack has touched stay resident as long as the coroutine waits for
    // its response.
    #[inline(never)]
    fn by_path(&self, path: &std::path::Path, info: &mut ConnectionInfo) -> Result<Socket> {
        let start = Instant::now();
        let socket = unix::connect(path, self.timeouts.total.or_sooner(start, self.timeouts.connect), self.token)?;
        info.timings.connect = start.elapsed();
        info.unix = Some(path.to_path_buf());
        Ok(socket)
    }

    #[inline(never)]
    fn addresses(&self, timings: &mut DialTimings) -> Result<Vec<SocketAddr>> {
        let start = Instant::now();
        let until = self.timeouts.total.or_sooner(start, self.timeouts.resolve);
        let (host, port) = match &self.route.connect_to {
            Some((host, port)) => (host, *port),
            None => (&self.target.host, self.target.port),
        };
        let all = self.network.resolution.addresses(host, port, until, self.token)?;
        timings.resolve = start.elapsed();
        let usable: Vec<IpAddr> = all.iter().copied().filter(|address| self.may_use(*address)).collect();
        if usable.is_empty() {
            let what = format!("{host} has no address of the family that was asked for");
            return Err(Error::new(Kind::Resolve, what).with_phase(Phase::Resolve));
        }
        let at_port = |address| SocketAddr::new(address, port);
        Ok(eyeballs::interleave(&usable).into_iter().map(at_port).collect())
    }

    /// A socket bound to an address of one family cannot connect to one of the other.
    fn may_use(&self, address: IpAddr) -> bool {
        let local = match self.route.local_address.or(self.network.tcp.local_address) {
            None => IpFamily::Any,
            Some(IpAddr::V4(_)) => IpFamily::V4,
            Some(IpAddr::V6(_)) => IpFamily::V6,
        };
        self.route.family.unwrap_or(self.network.family).contains(address) && local.contains(address)
    }

    /// The network's options with the route's in their place.
    fn tcp(&self) -> Arc<TcpOptions> {
        let Route { local_address, local_ports, interface, .. } = self.route;
        if local_address.is_none() && local_ports.is_none() && interface.is_none() {
            return self.network.tcp.clone();
        }
        let mut tcp = TcpOptions::clone(&self.network.tcp);
        tcp.local_address = local_address.or(tcp.local_address);
        tcp.local_ports = local_ports.clone().or(tcp.local_ports);
        tcp.interface = interface.clone().or(tcp.interface);
        Arc::new(tcp)
    }

    #[inline(never)]
    fn by_address(&self, addresses: Vec<SocketAddr>, info: &mut ConnectionInfo) -> Result<Socket> {
        let start = Instant::now();
        let until = self.timeouts.total.or_sooner(start, self.timeouts.connect);
        let tcp = self.tcp();
        let dial: Arc<eyeballs::Dial> = Arc::new(move |address, at, token| tcp.connect(address, at, token));
        let (peer, socket) = eyeballs::connect(dial, addresses, self.network.delay, until, self.token)?;
        info.timings.connect = start.elapsed();
        info.peer = Some(peer);
        info.local = socket.get_ref().local_addr().ok().and_then(|local| local.as_socket());
        Ok(socket)
    }

    #[inline(never)]
    fn secured(&self, transport: Transport, info: &mut ConnectionInfo) -> Result<Transport> {
        if !self.target.secure {
            return Ok(transport);
        }
        let start = Instant::now();
        let until: Until = self.timeouts.total.or_sooner(start, self.timeouts.tls);
        let (name, config, token) = (self.server_name()?.to_owned(), self.tls().clone(), self.token.cloned());
        // OpenSSL goes 9 KiB deep.
        let (session, tls) = rt::aside(move || tls::handshake(transport, &config, &name, until, token.as_ref()))?
            .map_err(|error| error.with_address(info.peer_text()))?;
        info.timings.tls = start.elapsed();
        info.tls = Some(tls);
        Ok(Transport::Tls(Box::new(session)))
    }

    fn tls(&self) -> &TlsConfig {
        self.route.tls.as_ref().unwrap_or(&self.network.tls)
    }

    /// The name set in the TLS options wins over the request's, and that over the host. A trailing dot belongs to
    /// lookup, not to certificates (RFC 6066 §3).
    fn server_name(&self) -> Result<&str> {
        let set = self.tls().server_name().or(self.route.server_name.as_deref());
        let name = set.unwrap_or(&self.target.host);
        let name = name.strip_suffix('.').unwrap_or(name);
        if tls::is_name(name) {
            return Ok(name);
        }
        Err(Error::new(Kind::InvalidRequest, format!("`{name}` is not a name to verify")).with_phase(Phase::Build))
    }
}
