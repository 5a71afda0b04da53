//! Who holds a connection during an exchange, and where it goes behind it.

use std::ops::DerefMut;
use std::sync::Arc;

use super::connection::Connection;
use crate::net::Route;
use crate::pool::Lease;

/// A connection that is somebody's for one exchange. Dropping it closes the connection.
pub trait Hold: DerefMut<Target = Connection> {
    /// Leaves the connection for the next exchange. Never waits.
    fn give_back(self);

    /// Takes the connection, which has left HTTP, for good.
    fn take(self) -> Connection;

    /// Whether the connection was used before.
    fn is_reused(&self) -> bool;
}

/// What a connection is kept under: everything that decides whom it talks to. What a client fixes for all its requests
/// needs no place here, since pools are never shared by clients; what a request may change stands in the route.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Whether TLS secures it.
    pub secure: bool,
    /// Host as in the URL.
    pub host: Box<str>,
    /// Port.
    pub port: u16,
    /// How to get there; `None` is the network's plain way.
    pub route: Option<Arc<Route>>,
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "{scheme}://{open}{}{close}:{}", self.host, self.port)
    }
}

/// A pooled connection.
pub type Leased = Lease<Key, Connection>;

impl Hold for Leased {
    fn give_back(self) {
        self.give_back();
    }

    fn take(self) -> Connection {
        self.take()
    }

    fn is_reused(&self) -> bool {
        self.is_reused()
    }
}
