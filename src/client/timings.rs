//! How long each phase of a request took.

use std::time::Duration;

/// How long each phase took; what was not needed is zero, such as connecting on a reused connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timings {
    /// Waiting for a free connection.
    pub checkout: Duration,
    /// Name lookup.
    pub resolve: Duration,
    /// Connecting.
    pub connect: Duration,
    /// From the connection to the first proxy to the end of the way through the last one.
    pub proxy: Duration,
    /// TLS handshake.
    pub tls: Duration,
    /// Sending the request.
    pub send: Duration,
    /// From the end of the request to the end of the response head.
    pub wait: Duration,
    /// From `send()` to the last byte of the body, or until now while there is more of it.
    pub total: Duration,
}
