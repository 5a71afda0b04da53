//! Decoded bodies by every way of reading, and the connection under them.

use std::io::{BufRead, Read};

use maypole::error::{Error, Kind, Phase};
use maypole::{HttpClient, Response};

use crate::peer::*;
use crate::samples::{BROTLI, BROTLI_FLUSHED, deflate, gzip, hex, text, zlib, zstd};
use crate::{coded, in_chunks, quick, with};

fn codings() -> Vec<(&'static str, Vec<u8>)> {
    let text = text();
    vec![
        ("gzip", gzip(&text)),
        ("X-GZIP", gzip(&text)),
        ("deflate", zlib(&text)),
        ("deflate", deflate(&text)),
        ("br", hex(BROTLI)),
        ("zstd", zstd(&text)),
        ("gzip, identity", gzip(&text)),
        ("gzip, br, zstd, deflate, gzip".replace("br, ", "gzip, ").leak(), { gzip(&zlib(&zstd(&gzip(&gzip(&text))))) }),
    ]
}

type Reader = (&'static str, fn(Response) -> Vec<u8>);

const READERS: &[Reader] = &[
    ("bytes", |r| r.bytes().unwrap().to_vec()),
    ("text", |r| r.text().unwrap().into_bytes()),
    ("read_to_end", |mut r| {
        let mut all = Vec::new();
        r.read_to_end(&mut all).unwrap();
        all
    }),
    ("one byte at a time", |r| Read::bytes(r).map(Result::unwrap).collect()),
    ("copy_to", |mut r| {
        let mut all = Vec::new();
        assert_eq!(r.copy_to(&mut all).unwrap(), r.received());
        all
    }),
    ("chunks", |mut r| r.chunks(7).flat_map(Result::unwrap).collect()),
    ("read_full", |mut r| r.read_full(1 << 20).unwrap()),
    ("lines", |r| r.lines().flat_map(|line| format!("{}\n", line.unwrap()).into_bytes()).collect()),
    ("BufRead::lines", |r| BufRead::lines(r).flat_map(|line| format!("{}\n", line.unwrap()).into_bytes()).collect()),
    ("read_line", |mut r| {
        let mut all = String::new();
        while Response::read_line(&mut r, &mut all).unwrap() > 0 {}
        all.into_bytes()
    }),
    ("read_until", |mut r| {
        let mut all = Vec::new();
        while Response::read_until(&mut r, b"fox", &mut all).unwrap() > 0 {}
        all
    }),
    ("read_available", |mut r| {
        let (mut all, mut piece) = (Vec::new(), [0; 50]);
        loop {
            match r.read_available(&mut piece).unwrap() {
                Some(0) => return all,
                Some(n) => all.extend_from_slice(&piece[..n]),
                None => maypole::rt::yield_io(),
            }
        }
    }),
];

#[test]
fn c317_c319_c322_every_coding_by_every_way_of_reading() {
    on_both(|| {
        for (coding, body) in codings() {
            for (name, read) in READERS {
                for reply in [coded(coding, &body), in_chunks(coding, &body, 11)] {
                    let all = with(reply, |r| {
                        assert!(r.is_decoded() && r.content_length().is_none());
                        read(r)
                    });
                    assert!(all == text(), "{coding} by {name}: {}", String::from_utf8_lossy(&all));
                }
            }
        }
    });
}

#[test]
fn c319_bytes_that_come_one_by_one_and_cut_anywhere() {
    on_both(|| {
        for (coding, body) in codings() {
            let pause = std::time::Duration::from_micros(20);
            let peer = Peer::start([conn([any_request(), pieces(in_chunks(coding, &body, 100), 1, pause)])]);
            assert!(quick().get(peer.url("/")).send().unwrap().bytes().unwrap() == text(), "{coding}");
            peer.finish();
        }
    });
}

#[test]
fn the_connection_serves_the_next_request_after_the_last_byte() {
    on_both(|| {
        for (coding, body) in codings() {
            for reply in [coded(coding, &body), in_chunks(coding, &body, 100)] {
                let peer = Peer::start([conn([serve(reply)])]);
                let client = quick();
                for turn in 0..4 {
                    let mut response = client.get(peer.url("/")).send().unwrap();
                    assert_eq!(response.is_reused(), turn > 0);
                    // No further than the last byte: with a length, the end behind it is seen without a look; in
                    // chunks, the checksum may stand in the next one, and dropping the response passes it by.
                    assert!(response.read_full(text().len()).unwrap() == text());
                    assert!(response.is_complete() || response.headers().contains("transfer-encoding"), "{coding}");
                }
                drop(client);
                peer.finish();
            }
        }
    });
}

#[test]
fn c78_events_are_delivered_as_they_come() {
    on_both(|| {
        let [one, two, end] = BROTLI_FLUSHED.map(hex);
        let gate = Gate::new();
        let head = "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n";
        let first = reply([head.as_bytes(), &one].concat());
        let peer = Peer::start([conn([any_request(), first, hold(&gate), reply(two), reply(end), Act::Close])]);
        let mut response = quick().get(peer.url("/")).send().unwrap();
        let mut event = Vec::new();
        response.read_until("\n\n", &mut event).unwrap();
        assert_eq!(event, b"data: one\n\n", "while the second one is held back");
        assert_eq!(response.read_available(&mut [0; 10]).unwrap(), None);
        gate.open();
        assert_eq!(response.text().unwrap(), "data: two\n\n");
        peer.finish();
    });
}

fn fails(reply: Vec<u8>) -> (Vec<u8>, Error) {
    with(reply, |mut response| {
        let mut all = Vec::new();
        let error = Error::from_io(response.read_to_end(&mut all).unwrap_err());
        let again = Error::from_io(response.read(&mut [0; 10]).unwrap_err());
        assert_eq!((again.kind(), again.phase()), (error.kind(), error.phase()));
        assert!(!response.is_complete());
        (all, error)
    })
}

#[test]
fn c320_c321_sec_c4_sec_c5_members_cuts_checksums_and_garbage() {
    on_both(|| {
        let double = [gzip(&text()), gzip(b"and more")].concat();
        assert_eq!(with(coded("gzip", double), |r| r.bytes().unwrap()), [&text()[..], b"and more"].concat());
        for (coding, body) in codings() {
            // A right Content-Length: the message is complete, what is in it is not.
            for cut in [0, 1, body.len() / 2, body.len() - 1] {
                let (all, error) = fails(coded(coding, &body[..cut]));
                assert_eq!((error.kind(), error.phase()), (Kind::Decode, Some(Phase::Decode)), "{coding}: {error}");
                assert!(text().starts_with(&all));
            }
            let (all, error) = fails(coded(coding, [&body, &b"garbage"[..]].concat()));
            assert_eq!((error.kind(), all == text()), (Kind::Decode, true), "{coding}: {error}");
        }
        let mut wrong = gzip(&text());
        let checksum = wrong.len() - 6;
        wrong[checksum] ^= 1;
        let (all, error) = fails(coded("gzip", wrong));
        assert!(all == text() && error.to_string().contains("gzip: incorrect data check (at byte "), "{error}");
        // The connection ended before the message did: that is the nearer truth.
        let half = coded("gzip", gzip(&text()));
        let peer = Peer::start([conn([any_request(), reply(&half[..half.len() - 20]), Act::Close])]);
        let error = quick().get(peer.url("/")).send().unwrap().bytes().unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::Incomplete, Some(Phase::Body)), "{error}");
    });
}

#[test]
fn sec_c3_a_thousand_codings() {
    on_both(|| {
        let many = format!("Content-Encoding: {}\r\n", vec!["gzip"; 1000].join(", "));
        let lines = "Content-Encoding: gzip\r\n".repeat(200);
        for lines in [many, lines] {
            let error = with(crate::answer(&lines, gzip(b"x")), |r| r.bytes().unwrap_err());
            assert!(error.to_string().contains("more than 5 codings"), "{error}");
        }
    });
}

#[test]
fn sec_c7_bodies_that_are_none_or_a_part() {
    on_both(|| {
        let lines = "Content-Encoding: gzip\r\nContent-Length: 1000\r\n";
        for (method, status) in [("HEAD", 200), ("GET", 304), ("HEAD", 206)] {
            let head = format!("HTTP/1.1 {status} X\r\n{lines}\r\n");
            let peer = Peer::start([conn([any_request(), reply(head)])]);
            let response = quick().request(method, peer.url("/")).send().unwrap();
            assert_eq!((response.is_decoded(), response.content_length()), (false, Some(1000)));
            assert_eq!(response.bytes().unwrap().len(), 0);
            peer.finish();
        }
        let none = with("HTTP/1.1 204 No\r\nContent-Encoding: gzip\r\n\r\n", |r| r.bytes().unwrap());
        assert!(none.is_empty());
        let part = &gzip(&text())[10..30];
        let reply = [&b"HTTP/1.1 206 Part\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\n"[..], part].concat();
        let (decoded, body) = with(reply, |r| (r.is_decoded(), r.bytes().unwrap()));
        assert!(!decoded && body == part, "a part cannot be decoded: its bytes, and a flag");
    });
}

#[test]
fn c323_c326_c327_c328_json_and_empty_bodies() {
    on_both(|| {
        let json = br#"{"name": "maypole", "list": [1, 2]}"#;
        for (coding, body) in [("gzip", gzip(json)), ("zstd", zstd(json)), ("identity", json.to_vec())] {
            let value: serde_json::Value = with(coded(coding, &body), |r| r.json().unwrap());
            assert_eq!(value["list"][1], 2);
            let value: serde_json::Value = with(coded(coding, &body), |r| serde_json::from_reader(r).unwrap());
            assert_eq!(value["name"], "maypole");
            assert_eq!(with(coded(coding, &body), |r| r.text().unwrap()).as_bytes(), json);
        }
        for reply in [ok(""), coded("gzip", gzip(b""))] {
            let error = with(reply.clone(), |r| r.json::<serde_json::Value>().unwrap_err());
            assert_eq!(error.kind(), Kind::Decode);
            assert!(error.to_string().contains("the body is empty, not JSON"), "{error}");
            let error = with(reply, |r| r.error_for_empty().unwrap_err());
            assert!(error.to_string().starts_with("the body is empty"), "{error}");
            assert_eq!(error.take_response().unwrap().status(), 200);
        }
        assert_eq!(with(coded("gzip", gzip(b"x")), |r| r.error_for_empty().unwrap().text().unwrap()), "x");
    });
}

#[test]
fn sec_c2_nothing_is_decoded_that_nobody_reads() {
    on_both(|| {
        // Broken: whoever decodes it notices.
        let broken = coded("gzip", b"no gzip at all");
        let peer = Peer::always(conn([serve(broken)]));
        let client = HttpClient::builder().max_per_host(1).build().unwrap();
        for turn in 0..3 {
            let response = client.get(peer.url("/")).send().unwrap();
            assert_eq!(response.is_reused(), turn > 0, "dropped with all of it there: the connection is kept");
            drop(response);
        }
        let moved = "HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc";
        let peer = Peer::start([conn([request("GET /first"), reply(moved), request("GET /next"), reply(ok("there"))])]);
        assert_eq!(quick().get(peer.url("/first")).send().unwrap().text().unwrap(), "there");
        peer.finish();
    });
}
