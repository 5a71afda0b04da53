//! Request bodies of several parts, compressed, watched: on the wire, as a scripted peer sees them.
//!
//! One binary for all of it, so that the crate is linked once. A case's id stands in the name of its test.

#[path = "../peer/mod.rs"]
mod peer;

mod coded;
mod multipart;
mod oracle;
mod parse;
mod progress;
mod trailers;

use std::time::Duration;

use maypole::error::Error;
use maypole::{HttpClient, RequestBuilder};
use peer::*;

/// A client whose every request ends within 5 s, so that a hang is reported by its own error.
fn quick() -> HttpClient {
    HttpClient::builder().timeout(Duration::from_secs(5)).build().unwrap()
}

/// The request that the peer sees for a POST of this.
fn seen(with: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Request {
    let peer = Peer::start([conn([any_request(), reply(ok(""))])]);
    with(quick().post(peer.url("/"))).send().unwrap();
    peer.finish().requests()[0].clone()
}

/// The error of a request that must not leave.
fn refused(with: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Error {
    let peer = Peer::start([]);
    let error = with(quick().post(peer.url("/"))).send().unwrap_err();
    peer.finish();
    error
}
