//! How a connection is made: to whom, through what, from where, within how long.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use super::error::{Error, Kind, Result};
use super::host::HostPort;
use crate::deadline::Timeouts;
use crate::exchange::Connection;
use crate::limits::Limits;
use crate::net::{DialTimeouts, Network, Proxy, Route, Stream, Target, TlsConfig};
use crate::rt::scope;
use crate::wire::Headers;

/// One for all connections that are not given another, so that a thousand of them to one host are one lookup.
static NETWORK: LazyLock<Network> = LazyLock::new(|| Network::builder().build());

#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) at: HostPort,
    pub(super) secure: bool,
    pub(super) timeouts: Timeouts,
    pub(super) limits: Limits,
    pub(super) source: Option<SocketAddr>,
    pub(super) tls: Option<TlsConfig>,
    pub(super) network: Option<Network>,
    tunnel: Option<Tunnel>,
}

/// Whom the host is asked to connect to.
#[derive(Clone, Debug)]
struct Tunnel {
    to: HostPort,
    proxy: Proxy,
}

impl Way {
    pub(super) fn new(host: &str, port: Option<u16>, secure: bool) -> Result<Self> {
        Ok(Self {
            at: HostPort::parse(host, port, default_port(secure))?,
            secure,
            timeouts: Timeouts::default(),
            limits: Limits::default(),
            source: None,
            tls: None,
            network: None,
            tunnel: None,
        })
    }

    /// Python's one timeout is for each call that waits.
    pub(super) fn set_timeout(&mut self, timeout: Option<Duration>) {
        let Timeouts { resolve, connect, tls, send, head, idle, .. } = &mut self.timeouts;
        for phase in [resolve, connect, tls, send, head, idle] {
            *phase = timeout;
        }
    }

    pub(super) fn set_tunnel(&mut self, host: &str, port: Option<u16>, lines: &Headers) -> Result<()> {
        let to = HostPort::parse(host, port, default_port(self.secure))?;
        let mut proxy = Proxy::parse(&format!("http://{}", self.at.authority()))?.tunnel(true);
        for (name, value) in lines {
            let added = proxy.header(name, value);
            proxy = added.map_err(|cause| Error::new(Kind::InvalidRequest, cause.to_string()))?;
        }
        self.tunnel = Some(Tunnel { to, proxy });
        Ok(())
    }

    /// Whom the requests are for: behind the tunnel, if there is one.
    pub(super) fn origin(&self) -> &HostPort {
        self.tunnel.as_ref().map_or(&self.at, |tunnel| &tunnel.to)
    }

    pub(super) fn host_header(&self) -> String {
        self.origin().header(default_port(self.secure))
    }

    pub(super) fn url(&self, target: &str) -> String {
        match target {
            absolute if absolute.contains("://") => crate::message::unparsed(absolute),
            _ => format!("{}://{}{target}", if self.secure { "https" } else { "http" }, self.host_header()),
        }
    }

    // Outlined, and all of it on the heap: nothing is ever deeper in its stack than while it connects.
    #[inline(never)]
    pub(super) fn dial(&self) -> Result<Box<Connection>> {
        let scope = scope::current();
        let route = Route {
            proxy: self.tunnel.as_ref().map(|tunnel| tunnel.proxy.clone()),
            tls: self.tls.clone(),
            local_address: self.source.map(|source| source.ip()),
            local_ports: self.source.map(|source| source.port()).filter(|port| *port > 0).map(|port| port..=port),
            ..Route::default()
        };
        let to = self.origin();
        let target = Box::new(Target::new(&*to.host, to.port, self.secure).by(route));
        let timeouts = Box::new(DialTimeouts::new(&self.timeouts, scope.until()));
        let network = self.network.as_ref().unwrap_or(&NETWORK);
        let stream = network.connect(&target, &timeouts, scope.token())?;
        check_protocol(&stream)?;
        Ok(Box::new(Connection::new(stream)))
    }
}

pub(super) fn default_port(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}

/// HTTP/1 is what is spoken here, whatever the configuration of TLS has offered.
fn check_protocol(stream: &Stream) -> Result<()> {
    let chosen = stream.info().tls.as_ref().and_then(|tls| tls.alpn.as_deref());
    match chosen.filter(|chosen| !chosen.starts_with("http/1")) {
        Some(chosen) => {
            let what = format!("the server chose the protocol `{chosen}`; leave it out of `TlsConfigBuilder::alpn`");
            Err(Error::new(Kind::UnknownProtocol, what))
        }
        None => Ok(()),
    }
}

/// What is known about a connection, which its response outlives.
pub(super) type Info = Arc<crate::net::ConnectionInfo>;
