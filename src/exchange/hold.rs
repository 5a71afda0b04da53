//! Who holds a connection during an exchange, and where it goes behind it.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::DerefMut;
use std::sync::Arc;
use std::time::Instant;

use super::connection::Connection;
use crate::message::Url;
use crate::net::Route;
use crate::pool::Lease;

/// A connection that is somebody's for one exchange. Dropping it closes the connection.
pub trait Hold: DerefMut<Target = Connection> {
    /// Leaves the connection for the next exchange, now. Never waits.
    fn give_back(self, now: Instant);

    /// Takes the connection, which has left HTTP, for good.
    fn take(self) -> Connection;

    /// Whether the connection was used before.
    fn is_reused(&self) -> bool;
}

/// What a connection is kept under: everything that decides whom it talks to. What a client fixes for all its requests
/// needs no place here, since pools are never shared by clients; what a request may change stands in the route.
#[derive(Debug)]
pub struct Key {
    /// Its scheme, host and port count, and nothing else. It costs no copy of the host.
    pub url: Url,
    /// How to get there; `None` is the network's plain way.
    pub route: Option<Arc<Route>>,
}

impl Key {
    fn parts(&self) -> (bool, &str, Option<&Route>) {
        // A scheme's own port never stands in a URL.
        (self.url.is_secure(), self.url.host_header(), self.route.as_deref())
    }
}

/// What a pool keeps: path, query and login, which may be long and secret, are not for as long as there are connections.
impl Clone for Key {
    fn clone(&self) -> Self {
        Self { url: self.url.to_root(), route: self.route.clone() }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The scheme is left to the comparison: hosts without a port that are asked by both are few, and each write into
        // the hasher costs.
        let (_, host, route) = self.parts();
        host.hash(state);
        if let Some(route) = route {
            route.hash(state);
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.url.scheme(), self.url.authority())
    }
}

/// A pooled connection.
pub type Leased = Lease<Key, Connection>;

impl Hold for Leased {
    fn give_back(self, now: Instant) {
        self.give_back_at(now);
    }

    fn take(self) -> Connection {
        self.take()
    }

    fn is_reused(&self) -> bool {
        self.is_reused()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::{BuildHasher, RandomState};

    fn key(url: &str, route: Option<Route>) -> Key {
        Key { url: Url::parse(url).unwrap(), route: route.map(Arc::new) }
    }

    #[test]
    fn origin_and_route_decide_and_nothing_else() {
        let state = RandomState::new();
        let same = |a: &Key, b: &Key| {
            let same = a == b;
            assert!(!same || state.hash_one(a) == state.hash_one(b), "{a} {b}");
            same
        };
        let at = |path: &str| Some(Route { unix: Some(path.into()), ..Route::default() });
        let first = key("http://h/", None);
        for alike in ["http://h:80/x?y#z", "HTTP://u:p@H/", "http://h"] {
            assert!(same(&first, &key(alike, None)), "{alike}");
        }
        for other in ["https://h/", "http://h:443/", "https://h:80/", "http://h./", "http://h@i/", "http://i/h"] {
            assert!(!same(&first, &key(other, None)), "{other}");
        }
        assert!(!same(&first, &key("http://h/", at("/a"))));
        assert!(!same(&key("http://h/", at("/a")), &key("http://h/", at("/b"))));
        assert!(same(&key("http://h/a", at("/a")), &key("http://h/b", at("/a"))));
    }

    #[test]
    fn what_a_pool_keeps_holds_no_secret() {
        for (url, kept) in [
            ("http://user:hunter2@h/?token=hunter2#hunter2", "http://h/"),
            ("https://hunter2@[::1]:8443/hunter2", "https://[::1]:8443/"),
        ] {
            let asked = key(url, None);
            let clone = asked.clone();
            assert_eq!((clone.url.as_str(), &clone), (kept, &asked));
            assert_eq!((clone.to_string(), clone.url.path()), (asked.to_string(), "/"));
            assert!(!format!("{clone:?} {clone}").contains("hunter2"));
        }
    }
}
