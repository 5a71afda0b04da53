//! Whom to connect to.

use std::sync::Arc;

use super::route::Route;

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
    /// How to get there; `None` is the network's plain way.
    pub route: Option<Arc<Route>>,
}

impl Target {
    /// A host by TCP.
    pub fn new(host: impl Into<String>, port: u16, secure: bool) -> Self {
        Self { host: host.into(), port, secure, route: None }
    }

    /// The same host on this way.
    #[must_use]
    pub fn by(self, route: Route) -> Self {
        Self { route: (!route.is_plain()).then(|| Arc::new(route)), ..self }
    }

    pub(super) fn way(&self) -> &Route {
        static PLAIN: Route = Route::PLAIN;
        self.route.as_deref().unwrap_or(&PLAIN)
    }
}
