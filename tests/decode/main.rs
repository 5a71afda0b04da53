//! Content codings and charsets on the wire, from what is offered to what the caller reads.
#![cfg(all(feature = "compression", feature = "json"))]

#[path = "../peer/mod.rs"]
mod peer;
#[allow(dead_code, reason = "some of them are for the unit tests")]
#[path = "../../src/client/decode/tests/samples.rs"]
mod samples;

mod bodies;
mod bombs;
mod nginx;
mod offer;
mod text;

use std::time::Duration;

use maypole::{HttpClient, Response};
use peer::*;

/// A client whose every request ends within 10 s, so that a hang is reported by its own error.
fn quick() -> HttpClient {
    HttpClient::builder().timeout(Duration::from_secs(10)).build().unwrap()
}

/// A 200 with this body, its length and these further lines.
fn answer(lines: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut reply = format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    reply.extend_from_slice(body);
    reply
}

fn coded(coding: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    answer(&format!("Content-Encoding: {coding}\r\n"), body)
}

/// The same in chunks of this size.
fn in_chunks(coding: &str, body: &[u8], size: usize) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nTransfer-Encoding: chunked\r\n\r\n");
    let chunks = body.chunks(size).flat_map(|c| [format!("{:x}\r\n", c.len()).as_bytes(), c, b"\r\n"].concat());
    head.into_bytes().into_iter().chain(chunks).chain(*b"0\r\n\r\n").collect()
}

/// Sends `reply` and hands the response over; the server's end of the script is checked.
fn with<T>(reply_bytes: impl Into<Vec<u8>>, read: impl FnOnce(Response) -> T) -> T {
    let peer = Peer::start([conn([any_request(), reply(reply_bytes)])]);
    let client = quick();
    let read = read(client.get(peer.url("/")).send().unwrap());
    drop(client);
    peer.finish();
    read
}
