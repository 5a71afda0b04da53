//! Peers that send without end: each runs into a documented cap, sec-B.

use std::time::Duration;

use maypole::HttpClient;
use maypole::error::{Error, Kind};
use maypole::limits::Limits;

use crate::peer::*;
use crate::quick;

/// Sends `start` and then `more` for ever; the request must end with this error and the connection with it.
#[track_caller]
fn flooded(start: &str, more: &str) -> Error {
    let peer = Peer::start([conn([any_request(), reply(start), flood(more.repeat(64))])]);
    let error = fetch(&quick(), &peer).unwrap_err();
    peer.wait_end(0);
    let written = peer.so_far().connections[0].written;
    assert!(written < 16 << 20, "took {written} bytes of {more:?}");
    peer.finish();
    error
}

fn fetch(client: &HttpClient, peer: &Peer) -> Result<Vec<u8>, Error> {
    client.get(peer.url("/")).send()?.bytes().map(|bytes| bytes.to_vec())
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

#[test]
fn c142_sec_b19_header_bombs() {
    on_both(|| {
        let one_line = flooded("HTTP/1.1 200 OK\r\nX: ", "aaaaaaaaaaaaaaaa");
        assert_eq!(one_line.kind(), Kind::TooLarge, "{one_line}");
        let many = flooded("HTTP/1.1 200 OK\r\n", "A: b\r\n");
        assert_eq!(many.kind(), Kind::TooLarge, "{many}");
        let status = flooded("HTTP/1.1 200 ", "aaaaaaaaaaaaaaaa");
        assert_eq!(status.kind(), Kind::TooLarge, "{status}");
    });
}

/// The documented caps hold to the line: what stands at them is accepted, one more is not.
#[test]
fn c142_the_caps_of_a_head() {
    on_both(|| {
        let limits = Limits { head_lines: 10, head_bytes: 1000, ..Limits::default() };
        let client = HttpClient::builder().limits(limits).timeout(Duration::from_secs(5)).build().unwrap();
        let of_lines = |n: usize| format!("HTTP/1.1 204 No Content\r\n{}\r\n", "A: b\r\n".repeat(n));
        let of_bytes = |n: usize| format!("HTTP/1.1 204 No Content\r\nX: {}\r\n\r\n", "x".repeat(n - 32));
        assert_eq!(of_bytes(1000).len(), 1000);
        for (head, accepted) in
            [(of_lines(10), true), (of_lines(11), false), (of_bytes(1000), true), (of_bytes(1001), false)]
        {
            let peer = Peer::start([conn([any_request(), reply(head)])]);
            match client.get(peer.url("/")).send() {
                Ok(response) => assert!(accepted && response.status() == 204),
                Err(e) => assert!(!accepted && e.kind() == Kind::TooLarge, "{e:?}"),
            }
            peer.finish();
        }
    });
}

#[test]
fn sec_b10_endless_chunk_extension() {
    on_both(|| {
        assert_eq!(flooded(&format!("{CHUNKED}1;"), "aaaaaaaaaaaaaaaa").kind(), Kind::TooLarge);
        let slow = format!("1;{}\r\na\r\n", "x".repeat(1000));
        assert_eq!(flooded(CHUNKED, &slow).kind(), Kind::TooLarge);
    });
}

#[test]
fn sec_b12_trailer_floods() {
    on_both(|| {
        assert_eq!(flooded(&format!("{CHUNKED}0\r\n"), "A: b\r\n").kind(), Kind::TooLarge);
        assert_eq!(flooded(&format!("{CHUNKED}0\r\nA: "), "aaaaaaaaaaaaaaaa").kind(), Kind::TooLarge);
    });
}

#[test]
fn sec_b17_endless_interim_responses() {
    on_both(|| {
        for interim in ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"] {
            let e = flooded("", interim);
            assert!(matches!(e.kind(), Kind::TooLarge | Kind::Protocol), "{e}");
        }
        let e = flooded("", "\r\n");
        assert!(matches!(e.kind(), Kind::TooLarge | Kind::Protocol), "{e}");
    });
}

#[test]
fn sec_b20_a_long_head_byte_by_byte_costs_linear_time() {
    on_thread(|| {
        let head = format!("HTTP/1.1 204 No Content\r\nX: {}\r\n\r\n", "a".repeat(63 << 10));
        let slowly = pieces(head, 1, Duration::ZERO);
        let peer = Peer::start([conn([any_request(), slowly])]);
        // A parser that starts again at each read looks at 2 GB for this: a minute in a debug build.
        let client = HttpClient::builder().timeout(Duration::from_secs(20)).build().unwrap();
        assert!(fetch(&client, &peer).unwrap().is_empty());
        peer.finish();
    });
}

#[test]
fn sec_b21_a_declared_length_allocates_nothing() {
    on_both(|| {
        let reply_bytes = "HTTP/1.1 200 OK\r\nContent-Length: 9000000000000000000\r\n\r\nabc";
        let peer = Peer::always(conn([any_request(), reply(reply_bytes), Act::Close]));
        let unlimited = Limits { whole_body: u64::MAX, ..Limits::default() };
        let client = HttpClient::builder().limits(unlimited).build().unwrap();
        let e = client.get(peer.url("/")).send().unwrap().bytes().unwrap_err();
        assert_eq!((e.kind(), e.bytes_received()), (Kind::Incomplete, 3), "{e}");
        let e = quick().get(peer.url("/")).send().unwrap().bytes().unwrap_err();
        assert_eq!(e.kind(), Kind::TooLarge, "refused before reading: {e}");
    });
}

#[test]
fn c149_a_thousand_responses_leave_nothing_behind() {
    on_thread(|| {
        let server = Server::start(|_, to| to.reply(ok("hello")));
        let client = quick();
        for _ in 0..1000 {
            assert_eq!(client.get(server.url("/")).send().unwrap().text().unwrap(), "hello");
        }
        assert_eq!(server.connections(), 1);
        assert_eq!(client.stats().in_use, 0);
        drop(client);
        server.wait_open(0);
    });
}
