//! TCP: the options of a socket, all set before it connects.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use socket2::{SockAddr, TcpKeepalive};

use super::os;
use crate::error::{Error, Kind};
use crate::rt::{CancelToken, Socket};

/// Options of TCP sockets. What is `None` stays as the system has it.
///
/// ```
/// use maypole::net::TcpOptions;
/// let here = TcpOptions { local_address: Some([127, 0, 0, 1].into()), ..TcpOptions::default() };
/// assert!(here.nodelay);
/// ```
///
/// An option that the system refuses fails the connection before it is made, with an error of kind
/// [`InvalidConfig`](crate::error::Kind::InvalidConfig) that names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TcpOptions {
    /// Sends small writes at once instead of waiting for the acknowledgement of the last one. Default on: requests
    /// leave in one write anyway, and with it off the last piece of an upload may wait 40 ms.
    pub nodelay: bool,
    /// Probes an idle connection so that a peer that vanished is noticed. Default off: idle connections are checked
    /// before use, and reads have a deadline.
    pub keepalive: Option<Keepalive>,
    /// The address to connect from; only addresses of its family are then tried.
    pub local_address: Option<IpAddr>,
    /// The ports to connect from, tried in order until one is free; curl's `--local-port`.
    pub local_ports: Option<RangeInclusive<u16>>,
    /// The network interface to connect through, such as `eth0` (`SO_BINDTODEVICE`). Linux only.
    pub interface: Option<String>,
    /// Begins each connection with a line that says who speaks, `PROXY TCP4 …` (HAProxy's PROXY protocol, version 1),
    /// before TLS and after any tunnel; curl's `--haproxy-protocol`. Default off: only servers that expect it
    /// understand it.
    pub announce: bool,
    /// Bytes of the send buffer. The system grows it by itself, and stops doing so once it is set.
    pub send_buffer: Option<usize>,
    /// Bytes of the receive buffer. The system grows it by itself, and stops doing so once it is set.
    pub receive_buffer: Option<usize>,
}

impl Default for TcpOptions {
    fn default() -> Self {
        Self {
            nodelay: true,
            keepalive: None,
            local_address: None,
            local_ports: None,
            interface: None,
            announce: false,
            send_buffer: None,
            receive_buffer: None,
        }
    }
}

/// When an idle connection is probed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Keepalive {
    /// Idle time before the first probe, in whole seconds.
    pub idle: Duration,
    /// Time between probes, in whole seconds. `None` is the system's (75 s on Linux).
    pub interval: Option<Duration>,
    /// Probes without an answer before the connection is given up. `None` is the system's (9 on Linux).
    pub probes: Option<u32>,
}

impl Keepalive {
    /// Probes after `idle` without traffic, then as the system does.
    pub fn after(idle: Duration) -> Self {
        Self { idle, interval: None, probes: None }
    }

    fn parameters(&self) -> TcpKeepalive {
        let parameters = TcpKeepalive::new().with_time(self.idle);
        let parameters = self.interval.map_or(parameters.clone(), |interval| parameters.with_interval(interval));
        self.probes.map_or(parameters.clone(), |probes| parameters.with_retries(probes))
    }
}

impl TcpOptions {
    pub(super) fn connect(
        &self,
        address: SocketAddr,
        at: Option<Instant>,
        token: Option<&CancelToken>,
    ) -> io::Result<Socket> {
        Socket::connect(&SockAddr::from(address), |socket| self.apply(socket, address), at, token)
    }

    fn apply(&self, socket: &socket2::Socket, peer: SocketAddr) -> io::Result<()> {
        named("tcp_nodelay", socket.set_tcp_nodelay(self.nodelay))?;
        if let Some(keepalive) = &self.keepalive {
            named("tcp_keepalive", socket.set_tcp_keepalive(&keepalive.parameters()))?;
        }
        if let Some(bytes) = self.send_buffer {
            named("send_buffer", socket.set_send_buffer_size(bytes))?;
        }
        if let Some(bytes) = self.receive_buffer {
            named("receive_buffer", socket.set_recv_buffer_size(bytes))?;
        }
        if let Some(interface) = &self.interface {
            named(&format!("interface` `{interface}"), os::bind_device(socket, interface))?;
        }
        self.bind(socket, peer)
    }

    fn bind(&self, socket: &socket2::Socket, peer: SocketAddr) -> io::Result<()> {
        let any: IpAddr = if peer.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        let at = |port| socket.bind(&SockAddr::from(SocketAddr::new(self.local_address.unwrap_or(any), port)));
        match (&self.local_ports, self.local_address) {
            (Some(ports), _) => {
                let taken = |bound: &io::Result<()>| matches!(bound, Err(e) if e.kind() == io::ErrorKind::AddrInUse);
                let bound = ports.clone().map(at).find(|bound| !taken(bound));
                let bound = bound.unwrap_or_else(|| Err(io::ErrorKind::AddrInUse.into()));
                named(&format!("local_ports` `{}-{}", ports.start(), ports.end()), bound)
            }
            (None, Some(local)) => named(&format!("local_address` `{local}"), at(0)),
            (None, None) => Ok(()),
        }
    }
}

fn named(option: &str, result: io::Result<()>) -> io::Result<()> {
    result.map_err(|error| {
        let kind = match error.kind() {
            // Every port of that address is taken: no fault of the option.
            io::ErrorKind::AddrInUse => Kind::Exhausted,
            io::ErrorKind::Unsupported => Kind::Unsupported,
            _ => Kind::InvalidConfig,
        };
        Error::new(kind, format!("option `{option}` cannot be set: {error}")).with_source(error).into()
    })
}
