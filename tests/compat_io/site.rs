//! What the tests here share.

use maypole::compat::io::{Connector, Stream};
use maypole::net::{Roots, TlsConfig};

use crate::peer::{Conn, Peer, Tls, authority};

/// Trusts the peers of this process, and offers no protocol.
pub(crate) fn trusting() -> TlsConfig {
    TlsConfig::builder().roots(Roots::Only(authority().0.pem())).alpn([""; 0]).build().unwrap()
}

/// How a test connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Tcp,
    Tls,
    Unix,
}

pub(crate) const WAYS: [Way; 3] = [Way::Tcp, Way::Tls, Way::Unix];

impl Way {
    pub(crate) fn peer(self, script: Conn) -> Peer {
        match self {
            Way::Tcp => Peer::start([script]),
            Way::Tls => Peer::tls(&Tls::default(), [script], None),
            Way::Unix => Peer::unix(None, [script]),
        }
    }

    pub(crate) fn url(self, peer: &Peer) -> String {
        match self {
            Way::Tcp => format!("tcp://{}", peer.authority()),
            Way::Tls => format!("tls://localhost:{}", peer.port()),
            Way::Unix => format!("unix://{}", peer.path().display()),
        }
    }

    pub(crate) fn connect(self, peer: &Peer) -> Stream {
        Connector::new().tls(trusting()).connect(&self.url(peer)).unwrap()
    }
}
