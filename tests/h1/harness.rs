//! The harness itself: a peer that does not notice a broken script would make every other test worthless.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::panic::catch_unwind;
use std::time::Duration;

use crate::peer::*;

fn say(peer: &Peer, bytes: &[u8]) -> (TcpStream, Vec<u8>) {
    let mut stream = TcpStream::connect(peer.address()).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = vec![0; 1000];
    let n = stream.read(&mut answer).unwrap();
    answer.truncate(n);
    (stream, answer)
}

const GET: &[u8] = b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n";

#[test]
fn a_followed_script_is_recorded() {
    let peer = Peer::start([conn([request("GET /x"), reply("one"), request("POST"), reply("two")])]);
    let (mut stream, answer) = say(&peer, GET);
    assert_eq!(answer, b"one");
    stream.write_all(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: 1\r\n\r\n").unwrap();
    peer.wait_requests(2);
    assert_eq!(client_sockets(peer.port()), 1);
    drop(stream);
    assert_eq!(peer.wait_end(0), End::ClientReset, "closed with unread bytes");
    let seen = peer.finish();
    let requests = seen.requests();
    assert_eq!(requests[0].header("HOST"), Some("h"));
    assert_eq!((requests[1].text(), requests[1].chunks.len(), requests[1].trailers.len()), ("abc", 1, 1));
    assert_eq!(seen.shape(), [2]);
}

#[test]
fn a_script_that_was_not_followed_fails_the_test() {
    for (script, text) in [
        (vec![conn([request("PUT"), reply("x")])], "got \"GET /x"),
        (vec![conn([any_request(), reply("x"), any_request()])], "step 2"),
        (vec![conn([any_request(), reply("x")]), conn([any_request()])], "1 connections came, the script has 2"),
        (vec![], "not in the script"),
    ] {
        let peer = Peer::start(script).patience(Duration::from_millis(50));
        let _ = catch_unwind(|| TcpStream::connect(peer.address()).unwrap()).map(|mut stream| {
            stream.write_all(GET).unwrap();
            let _ = stream.read(&mut [0; 10]);
        });
        let panic = catch_unwind(move || peer.finish()).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.contains(text), "{message}");
    }
}

#[test]
fn the_end_of_a_test_does_not_wait_for_idle_connections() {
    let peer = Peer::always(conn([serve(ok("a"))]));
    let (_stream, _) = say(&peer, GET);
    let (_other, _) = say(&peer, GET);
    assert_eq!(peer.finish().shape(), [1, 1]);
}

#[test]
fn a_blackhole_does_not_answer() {
    let hole = Blackhole::start();
    let limit = Duration::from_millis(100);
    assert!(TcpStream::connect_timeout(&hole.address(), limit).unwrap_err().kind() == std::io::ErrorKind::TimedOut);
    let refused = Refused::start();
    assert!(TcpStream::connect(refused.address()).unwrap_err().kind() == std::io::ErrorKind::ConnectionRefused);
}

#[test]
fn a_body_runs_in_both_places_and_its_panic_arrives() {
    let _ = catch_unwind(|| on_both(|| assert!(maypole::rt::is_coroutine(), "first here"))).unwrap_err();
    assert!(on_coroutine(maypole::rt::is_coroutine));
    assert!(!on_thread(maypole::rt::is_coroutine));
}
