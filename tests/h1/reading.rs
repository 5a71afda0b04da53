//! Reading a body: `Read`, `BufRead`, separators, pieces and whole, cases 64 to 83.

use std::io::{BufRead, Read};
use std::time::Duration;

use maypole::HttpClient;
use maypole::Response;
use maypole::error::{Error, Kind};
use maypole::limits::Limits;

use crate::peer::*;
use crate::{ms, quick};

const UNTIL_CLOSE: &str = "HTTP/1.1 200 OK\r\n\r\n";
const MICRO: Duration = Duration::from_micros(30);

/// Sends `body` until close, in pieces of this size, and hands the response over.
fn in_pieces(body: impl Into<Vec<u8>>, size: usize, read: impl FnOnce(Response)) {
    let peer = Peer::start([conn([any_request(), reply(UNTIL_CLOSE), pieces(body, size, MICRO), Act::Close])]);
    read(quick().get(peer.url("/")).send().unwrap());
    peer.finish();
}

fn separated(response: &mut Response, separator: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    loop {
        let mut line = Vec::new();
        if response.read_until(separator, &mut line).unwrap() == 0 {
            return lines;
        }
        lines.push(String::from_utf8(line).unwrap());
    }
}

fn hundred(separator: &str) -> Vec<String> {
    (0..100).map(|n| format!("{{\"a\": {n}}}{separator}")).collect()
}

#[test]
fn c64_c65_a_hundred_lines_in_ten_byte_pieces() {
    on_both(|| {
        for separator in ["\n", "\r\n"] {
            let lines = hundred(separator);
            in_pieces(lines.concat(), 10, |mut r| assert_eq!(separated(&mut r, separator.as_bytes()), lines));
        }
    });
}

#[test]
fn c64_read_buffer_of_one_byte() {
    on_both(|| {
        let lines = hundred("\n");
        in_pieces(lines.concat(), 10, |mut r| {
            let (mut all, mut byte) = (Vec::new(), [0]);
            while r.read(&mut byte).unwrap() == 1 {
                all.push(byte[0]);
            }
            assert_eq!(all, lines.concat().as_bytes());
        });
    });
}

#[test]
fn c66_separator_cut_by_a_pause() {
    on_both(|| {
        let parts = ["{\"a\":1}\r", "\n{\"a\":2}\r\n{\"a\":3}\r\n"].map(reply);
        let [first, rest] = parts;
        let peer = Peer::start([conn([any_request(), reply(UNTIL_CLOSE), first, pause(30), rest, Act::Close])]);
        let mut response = quick().get(peer.url("/")).send().unwrap();
        assert_eq!(separated(&mut response, b"\r\n"), ["{\"a\":1}\r\n", "{\"a\":2}\r\n", "{\"a\":3}\r\n"]);
    });
}

#[test]
fn c67_pieces_by_iterator() {
    on_both(|| {
        let peer = Peer::start([conn([any_request(), reply(ok("0123456789"))])]);
        let mut response = quick().get(peer.url("/")).send().unwrap();
        let mut chunks = response.chunks(4);
        let mut all = chunks.next().unwrap().unwrap();
        for chunk in chunks {
            let chunk = chunk.unwrap();
            assert!(chunk.len() <= 4);
            all.extend_from_slice(&chunk);
        }
        assert_eq!(all, b"0123456789");
    });
}

#[test]
fn c68_long_separators_cut_at_each_byte() {
    on_thread(|| {
        let text = "one<-->two<--><-x->three<-<-->";
        for size in 1..8 {
            in_pieces(text, size, |mut r| {
                assert_eq!(separated(&mut r, b"<-->"), ["one<-->", "two<-->", "<-x->three<-<-->"], "pieces of {size}");
            });
        }
    });
}

#[test]
fn c69_separator_across_two_transfer_chunks() {
    on_both(|| {
        let body = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\r\n6\r\n\ntwo\r\n\r\n0\r\n\r\n";
        let peer = Peer::start([conn([any_request(), reply(body.replace("one\r\n6", "one\r\r\n6"))])]);
        let mut response = quick().get(peer.url("/")).send().unwrap();
        assert_eq!(separated(&mut response, b"\r\n"), ["one\r\n", "two\r\n"]);
    });
}

#[test]
fn c70_c71_empty_lines_and_an_unterminated_tail() {
    on_both(|| {
        in_pieces("one\n\ntail", 3, |mut r| assert_eq!(separated(&mut r, b"\n"), ["one\n", "\n", "tail"]));
        in_pieces("one\n\ntail", 3, |r| {
            let lines: Vec<String> = BufRead::lines(r).map(Result::unwrap).collect();
            assert_eq!(lines, ["one", "", "tail"]);
        });
        in_pieces("one\r\n\r\ntail", 3, |r| {
            let lines: Vec<String> = Response::lines(r).map(Result::unwrap).collect();
            assert_eq!(lines, ["one", "", "tail"]);
        });
    });
}

#[test]
fn c72_lines_longer_than_the_limit() {
    on_both(|| {
        let peer = Peer::start([conn([any_request(), reply(UNTIL_CLOSE), flood("x".repeat(1000))])]);
        let limits = Limits { line_bytes: 10_000, ..Limits::default() };
        let client = HttpClient::builder().limits(limits).timeout(ms(5000)).build().unwrap();
        let mut response = client.get(peer.url("/")).send().unwrap();
        let mut line = Vec::new();
        let e = response.read_until(b"\n", &mut line).unwrap_err();
        assert_eq!(e.kind(), Kind::TooLarge, "{e}");
        assert!(!line.is_empty() && line.len() <= 10_000 + (64 << 10), "{} bytes of the line", line.len());
        drop(response);
        peer.wait_end(0);
    });
}

#[test]
fn c73_c74_read_full() {
    on_both(|| {
        in_pieces("0123456789", 3, |mut r| {
            assert!(r.read_full(0).unwrap().is_empty());
            let sizes: Vec<_> = (0..5).map(|_| r.read_full(4).unwrap().len()).collect();
            assert_eq!(sizes, [4, 4, 2, 0, 0]);
            assert!(r.read_full(0).unwrap().is_empty());
        });
    });
}

#[test]
fn c75_c76_what_is_there_is_returned_at_once() {
    on_both(|| {
        let (read, peer_head) = (Gate::new(), "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
        let peer = Peer::start([conn([any_request(), reply(peer_head), hold(&read), reply("def")])]);
        let mut response = quick().get(peer.url("/")).send().unwrap();
        let mut buffer = [0; 100];
        assert_eq!(response.read(&mut buffer).unwrap(), 3, "the peer sends the rest only after this");
        read.open();
        assert_eq!(response.read(&mut buffer).unwrap(), 3);
        assert_eq!(response.read(&mut buffer).unwrap(), 0);
    });
}

#[test]
fn c76_iteration_over_what_comes() {
    on_both(|| {
        let read = Gate::new();
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc";
        let peer = Peer::start([conn([any_request(), reply(head), hold(&read), reply("def")])]);
        let mut response = quick().get(peer.url("/")).send().unwrap();
        let mut items = Vec::new();
        for chunk in response.chunks(100) {
            items.push(chunk.unwrap().len());
            read.open();
        }
        assert_eq!(items, [3, 3]);
    });
}

#[test]
fn c77_read_available_never_waits() {
    on_both(|| {
        let (go, sent) = (Gate::new(), Gate::new());
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n";
        let peer = Peer::start([conn([
            any_request(),
            reply(head),
            hold(&go),
            reply("abc"),
            open(&sent),
            hold(&go),
            reply("def"),
        ])]);
        let mut response = quick().get(peer.url("/")).send().unwrap();
        let mut buffer = [0; 10];
        assert_eq!(response.read_available(&mut buffer).unwrap(), None);
        go.open();
        let mut total = 0;
        wait_until("six bytes to be there", || {
            total += response.read_available(&mut buffer).unwrap().unwrap_or(0);
            total == 6
        });
        assert_eq!(response.read_available(&mut buffer).unwrap(), Some(0), "the end");
    });
}

#[test]
fn c78_events_arrive_when_they_are_sent() {
    on_both(|| {
        let next = Gate::new();
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let event = |n: u8| reply(format!("8\r\ndata: {n}\n\r\n"));
        let script = [any_request(), reply(head), pause(20), event(1), hold(&next), event(2), reply("0\r\n\r\n")];
        let peer = Peer::start([conn(script)]);
        let mut response = quick().get(peer.url("/")).send().unwrap();
        let mut line = String::new();
        BufRead::read_line(&mut response, &mut line).unwrap();
        assert_eq!(line, "data: 1\n", "the second one is sent only after this");
        next.open();
        BufRead::read_line(&mut response, &mut line).unwrap();
        assert_eq!(line, "data: 1\ndata: 2\n");
    });
}

#[test]
fn c79_the_error_stays() {
    on_both(|| {
        let peer =
            Peer::start([conn([any_request(), reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), Act::Close])]);
        let mut response = quick().get(peer.url("/")).send().unwrap();
        let mut body = Vec::new();
        for _ in 0..3 {
            let e = Error::from_io(response.read_to_end(&mut body).unwrap_err());
            assert_eq!((e.kind(), e.bytes_received(), body.len()), (Kind::Incomplete, 3, 3), "{e}");
        }
    });
}

#[test]
fn c80_a_timeout_stays() {
    on_both(|| {
        let (late, head) = (Gate::new(), "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
        let peer = Peer::start([conn([any_request(), reply(head), hold(&late), reply("def"), Act::Closed])]);
        let mut response = quick().get(peer.url("/")).idle_timeout(ms(50)).send().unwrap();
        let mut body = Vec::new();
        for _ in 0..2 {
            let e = Error::from_io(response.read_to_end(&mut body).unwrap_err());
            assert_eq!((e.kind(), e.bytes_received(), body.as_slice()), (Kind::Timeout, 3, b"abc".as_slice()), "{e}");
            late.open();
            wait_until("the rest to be sent", || {
                peer.so_far().connections[0].written == 44 || peer.so_far().connections[0].end.is_some()
            });
        }
    });
}

#[test]
fn c82_whole_bodies_have_a_cap() {
    on_both(|| {
        let limits = Limits { whole_body: 10_000, ..Limits::default() };
        let client = HttpClient::builder().limits(limits).timeout(ms(5000)).build().unwrap();
        let peer = Peer::then_always(
            [conn([any_request(), reply(UNTIL_CLOSE), flood("x".repeat(1000))])],
            conn([serve(ok("x".repeat(10_001)))]),
        );
        for _ in 0..2 {
            let e = client.get(peer.url("/")).send().unwrap().text().unwrap_err();
            assert_eq!(e.kind(), Kind::TooLarge, "{e}");
        }
        peer.wait_end(0);
        assert_eq!(
            client.get(peer.url("/")).send().unwrap().read_full(20_000).unwrap().len(),
            10_001,
            "only whole reads"
        );
        let mut response = client.get(peer.url("/")).send().unwrap();
        response.read_full(1).unwrap();
        assert_eq!(response.bytes().unwrap().len(), 10_000, "what is left is within it");
        peer.finish();
    });
}

#[test]
fn c83_a_streaming_reader_parses_while_it_arrives() {
    on_both(|| {
        let parsed = Gate::new();
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n";
        let peer = Peer::start([conn([any_request(), reply(head), reply("{\"a\": 1}"), hold(&parsed), reply(" [2]")])]);
        let response = quick().get(peer.url("/")).send().unwrap();
        let mut values = serde_json::Deserializer::from_reader(response).into_iter::<serde_json::Value>();
        assert_eq!(values.next().unwrap().unwrap()["a"], 1);
        parsed.open();
        assert_eq!(values.next().unwrap().unwrap()[0], 2);
        assert!(values.next().is_none());
    });
}

#[test]
fn whole_bodies_of_declared_lengths_whatever_was_read_before() {
    for length in [1, 4095, (64 << 10) - 1, 64 << 10, (64 << 10) + 1, 300_000] {
        let body: Vec<u8> = (0..length).map(|at| at as u8).collect();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
        for before in [0, 1, 5000, length] {
            let before = before.min(length);
            let answer = [head.as_bytes(), &body].concat();
            let peer = Peer::start([conn([any_request(), reply(answer), any_request(), reply(head.clone())])]);
            let client = quick();
            let mut response = client.get(peer.url("/")).send().unwrap();
            assert_eq!(response.read_full(before).unwrap(), body[..before]);
            assert_eq!(response.bytes().unwrap(), body[before..], "{length} {before}");
            // And the connection is free; what a HEAD declares takes no memory.
            let none = client.head(peer.url("/")).send().unwrap();
            assert!(none.is_reused() && none.content_length() == Some(length as u64));
            assert_eq!(none.text().unwrap().capacity(), 0);
            peer.finish();
        }
    }
}
