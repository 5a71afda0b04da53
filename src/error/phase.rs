//! Phases of a request.

use std::fmt;

/// The phase of a request in which it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Before anything was sent: options, URL, headers.
    Build,
    /// Waiting for credentials, such as a token that is fetched.
    Authenticate,
    /// Waiting for a free connection of the pool.
    Checkout,
    /// Name lookup.
    Resolve,
    /// Connecting.
    Connect,
    /// Reaching a proxy, and being let through.
    Proxy,
    /// TLS handshake.
    Tls,
    /// Sending head or body.
    Send,
    /// From the end of the request to the end of the response head.
    Head,
    /// Reading the body.
    Body,
    /// Undoing the body's content coding, or turning it into text or a value.
    Decode,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Build => "request",
            Phase::Authenticate => "authentication",
            Phase::Checkout => "waiting for a free connection",
            Phase::Resolve => "name lookup",
            Phase::Connect => "connect",
            Phase::Proxy => "proxy",
            Phase::Tls => "TLS handshake",
            Phase::Send => "send",
            Phase::Head => "response head",
            Phase::Body => "response body",
            Phase::Decode => "decoding",
        })
    }
}
