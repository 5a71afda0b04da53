//! The steps of `http.client` on the wire: what is sent for each call, what comes back, and what a wrong order says.
//!
//! One binary for all of it, so that the crate is linked once. A case's id stands in the name of its test.

#[path = "../peer/mod.rs"]
mod peer;

mod bodies;
mod hostile;
mod oracle;
mod pooled;
mod response;
mod reuse;
mod states;
mod steps;
mod timeouts;
mod tls;
mod tunnel;

use std::time::Duration;

use maypole::compat::httplib::{Error, HttpConnection, HttpResponse, Kind, NO_HEADERS, Result};
use peer::*;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// A connection to the peer whose every wait ends within 5 s, so that a hang is reported by its own error.
fn to(peer: &Peer) -> HttpConnection {
    to_port(peer.port())
}

fn to_port(port: u16) -> HttpConnection {
    let mut conn = HttpConnection::new("127.0.0.1", port).unwrap();
    conn.set_timeout(ms(5000));
    conn
}

/// A whole request, and its response unread.
#[track_caller]
fn ask(conn: &mut HttpConnection, target: &str) -> HttpResponse {
    conn.request("GET", target, (), NO_HEADERS).unwrap();
    conn.get_response().unwrap()
}

/// A whole request and the body of its response.
#[track_caller]
fn get(conn: &mut HttpConnection, target: &str) -> Vec<u8> {
    ask(conn, target).read_all().unwrap()
}

#[track_caller]
fn fails<T>(result: Result<T>, kind: Kind) -> Error {
    let error = result.map(drop).unwrap_err();
    assert_eq!(error.kind(), kind, "{error:?}");
    error
}

/// What one request to a peer with this answer comes to.
fn answered(reply: impl Into<Vec<u8>>) -> Result<HttpResponse> {
    answered_to("GET", reply)
}

fn answered_to(method: &str, answer: impl Into<Vec<u8>>) -> Result<HttpResponse> {
    let peer = Peer::start([conn([any_request(), reply(answer), Act::Close])]);
    let mut conn = to(&peer);
    conn.request(method, "/", (), NO_HEADERS).unwrap();
    let response = conn.get_response();
    // All of it has come before the test looks at it.
    peer.wait_end(0);
    response
}
