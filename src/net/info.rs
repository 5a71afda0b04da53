//! What is known about a connection.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::proxy::Proxy;
use crate::wire::h1::Head;

/// What is known about a connection once it stands. Nothing here costs a system call to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionInfo {
    /// The address at the other end, of a proxy if there is one; none for a Unix socket.
    pub peer: Option<SocketAddr>,
    /// The address at this end; none for a Unix socket.
    pub local: Option<SocketAddr>,
    /// The path of a Unix socket.
    pub unix: Option<PathBuf>,
    /// What TLS agreed upon; none for plain text.
    pub tls: Option<Box<TlsInfo>>,
    /// The proxy it goes through.
    pub proxy: Option<Proxy>,
    /// Whether requests are handed to the proxy in absolute form, instead of being sent through a tunnel.
    pub forwarding: bool,
    /// What HTTP proxies answered to `CONNECT`, challenges included, in order.
    pub proxy_heads: Vec<Head>,
    /// What TLS with an `https` proxy agreed upon.
    pub proxy_tls: Option<Box<TlsInfo>>,
    /// How long each step of connecting took.
    pub timings: DialTimings,
}

impl ConnectionInfo {
    /// The other end as text, for messages: an address or a path.
    pub fn peer_text(&self) -> String {
        match (&self.unix, self.peer) {
            (Some(path), _) => path.display().to_string(),
            (None, Some(peer)) => peer.to_string(),
            (None, None) => String::new(),
        }
    }
}

/// What TLS agreed upon. Version and cipher are missing because `native-tls` does not tell them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsInfo {
    /// The protocol that the server chose by ALPN; none if it chose none.
    pub alpn: Option<String>,
    /// The server's certificate, DER.
    pub peer_certificate: Option<Vec<u8>>,
    /// The name that was asked for and, unless switched off, verified.
    pub server_name: String,
}

/// How long each step of connecting took; what was not needed is zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DialTimings {
    /// Name lookup.
    pub resolve: Duration,
    /// From the first attempt to the first connection that stood.
    pub connect: Duration,
    /// From the connection to the first proxy to the end of the way through the last one.
    pub proxy: Duration,
    /// TLS handshake with the host.
    pub tls: Duration,
}
