//! Whom to connect to.

use std::path::PathBuf;

/// The other end of a connection, as the request names it.
///
/// ```
/// use maypole::net::Target;
/// let target = Target::new("example.com", 443, true);
/// assert_eq!(target.host, "example.com");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Target {
    /// Host name or IP address, an IPv6 address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether TLS secures the connection.
    pub secure: bool,
    /// Connects to this Unix socket instead of resolving the host.
    pub unix: Option<PathBuf>,
    /// The name to ask for and verify instead of the host; [`TlsConfig`](super::TlsConfig)'s wins over it.
    pub server_name: Option<String>,
}

impl Target {
    /// A host by TCP.
    pub fn new(host: impl Into<String>, port: u16, secure: bool) -> Self {
        Self { host: host.into(), port, secure, unix: None, server_name: None }
    }
}
