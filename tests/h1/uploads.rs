//! Request bodies: what announces them, how they are cut, and what ends them early, cases 228 to 246.

use std::io::{self, Cursor, Read};
use std::sync::mpsc;

use maypole::HttpClient;
use maypole::deadline::Timeouts;
use maypole::error::{Error, Kind, Phase};
use maypole::message::{Body, Version};

use crate::peer::*;
use crate::{ms, quick};

/// The request that the peer sees for what `send` does.
fn seen(send: impl FnOnce(&HttpClient, &str) -> Result<maypole::Response, Error>) -> Request {
    let peer = Peer::start([conn([any_request(), reply(ok(""))])]);
    send(&quick(), &peer.url("/")).unwrap();
    peer.finish().requests()[0].clone()
}

const OCTETS: Option<&str> = Some("application/octet-stream");
const TEXT: Option<&str> = Some("text/plain; charset=utf-8");

#[test]
fn c228_a_file() {
    on_both(|| {
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, b"123456789").unwrap();
        io::Seek::rewind(&mut file).unwrap();
        let r = seen(|client, url| client.post(url).body(file).send());
        assert_eq!((r.text(), r.length(), r.header("content-type")), ("123456789", Some(9), OCTETS));
    });
}

#[test]
fn c229_c230_c231_bytes_and_text() {
    on_both(|| {
        let r = seen(|client, url| client.post(url).body(b"12345".to_vec()).send());
        assert_eq!((r.text(), r.length(), r.header("content-type")), ("12345", Some(5), OCTETS));
        let r = seen(|client, url| client.post(url).body("12345").send());
        assert_eq!((r.text(), r.length(), r.header("content-type")), ("12345", Some(5), TEXT));
        let r = seen(|client, url| client.post(url).body("ä€").send());
        assert_eq!((r.text(), r.length(), r.header("content-type")), ("ä€", Some(5), TEXT));
    });
}

#[test]
fn c232_other_methods_with_a_body() {
    on_both(|| {
        for method in ["PUT", "PATCH", "DELETE", "GET", "REPORT"] {
            let r = seen(|client, url| client.request(method, url).body("12345").send());
            assert_eq!((r.method.as_str(), r.text(), r.length()), (method, "12345", Some(5)));
        }
    });
}

#[test]
fn c233_an_empty_body() {
    on_both(|| {
        for method in ["POST", "PUT", "PATCH"] {
            assert_eq!(seen(|client, url| client.request(method, url).send()).length(), Some(0), "{method}");
            assert_eq!(seen(|client, url| client.request(method, url).body("").send()).length(), Some(0), "{method}");
        }
        for method in ["GET", "HEAD", "DELETE", "OPTIONS"] {
            assert_eq!(seen(|client, url| client.request(method, url).send()).length(), None, "{method}");
        }
    });
}

#[test]
fn c234_c235_forms() {
    on_both(|| {
        let pairs = [("a", "1 2"), ("b&", "ä"), ("a", "3")];
        let r = seen(|client, url| client.post(url).form(pairs).send());
        assert_eq!(
            (r.text(), r.header("content-type")),
            ("a=1+2&b%26=%C3%A4&a=3", Some("application/x-www-form-urlencoded"))
        );
        let r = seen(|client, url| client.post(url).header("Content-Type", "text/x-own").form(pairs).send());
        assert_eq!(r.all("content-type"), ["text/x-own"]);
    });
}

#[test]
fn c237_a_reader_of_unknown_length() {
    on_both(|| {
        let bytes: Vec<u8> = (0..100_000_u32).map(|n| n as u8).collect();
        let body = Body::stream(Cursor::new(bytes.clone()));
        let r = seen(|client, url| client.post(url).body(body).send());
        assert!(r.is_chunked() && r.length().is_none() && r.body == bytes);
        let r = seen(|client, url| client.post(url).body(Body::sized(Cursor::new(bytes.clone()), 100_000)).send());
        assert!(!r.is_chunked() && r.length() == Some(100_000) && r.body == bytes);
        let r = seen(|client, url| client.post(url).body(Body::stream(io::empty())).send());
        assert!(r.body.is_empty());
    });
}

#[test]
fn c237_version_1_0_has_no_chunks() {
    on_both(|| {
        let peer = Peer::start([]);
        let body = Body::stream(Cursor::new("hello"));
        let e = quick().post(peer.url("/")).version(Version::Http10).body(body).send().unwrap_err();
        assert_eq!(e.kind(), Kind::InvalidRequest, "{e:?}");
        let r = seen(|client, url| client.post(url).version(Version::Http10).body("hello").send());
        assert_eq!((r.version.as_str(), r.text(), r.length()), ("HTTP/1.0", "hello", Some(5)));
    });
}

#[test]
fn c238_a_generator_is_sent_as_it_yields() {
    on_both(|| {
        let (arrived, done) = (Gate::new(), Gate::new());
        let script = [
            head("POST"),
            expect("5\r\nfirst\r\n"),
            open(&arrived),
            expect("6\r\nsecond\r\n0\r\n\r\n"),
            reply(ok("")),
            open(&done),
        ];
        let peer = Peer::start([conn(script)]);
        let mut turn = 0;
        let items = std::iter::from_fn(move || {
            turn += 1;
            match turn {
                1 => Some(io::Result::Ok(b"first".to_vec())),
                2 => {
                    arrived.wait();
                    Some(Ok(b"second".to_vec()))
                }
                _ => None,
            }
        });
        quick().post(peer.url("/")).body(Body::chunks(items)).send().unwrap();
        done.wait();
        peer.finish();
    });
}

/// Gives some bytes, then does what it is told.
struct Source<F>(Cursor<Vec<u8>>, F);

impl<F: FnMut() -> io::Result<usize>> Read for Source<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => (self.1)(),
            n => Ok(n),
        }
    }
}

#[test]
fn c239_c45_a_source_that_fails_half_way() {
    on_both(|| {
        let peer = Peer::then_always([conn([head("POST"), Act::Swallow])], conn([serve(ok("own"))]));
        let client = HttpClient::builder().max_per_host(1).timeout(ms(5000)).build().unwrap();
        let source = Source(Cursor::new(vec![b'x'; 100_000]), || Err(io::Error::other("disk on fire")));
        let e = client.post(peer.url("/")).body(Body::sized(source, 200_000)).send().unwrap_err();
        assert_eq!(e.kind(), Kind::Body, "{e:?}");
        assert!(format!("{e:?}").contains("disk on fire"), "{e:?}");
        peer.wait_end(0);
        assert_eq!(client.get(peer.url("/")).send().unwrap().text().unwrap(), "own");
        assert_eq!(client.stats().in_use, 0);
        assert_eq!(peer.finish().connections.len(), 2, "one attempt");
    });
}

#[test]
fn c45_a_source_that_panics() {
    on_both(|| {
        let peer = Peer::then_always([conn([head("POST"), Act::Swallow])], conn([serve(ok("own"))]));
        let client = HttpClient::builder().max_per_host(1).timeout(ms(5000)).build().unwrap();
        let source = Source(Cursor::new(vec![b'x'; 1000]), || panic!("a source that panics, on purpose"));
        let request = client.post(peer.url("/")).body(Body::stream(source));
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || request.send().map(|_| ())));
        assert!(!matches!(outcome, Ok(Ok(()))));
        peer.wait_end(0);
        assert_eq!(client.get(peer.url("/")).send().unwrap().text().unwrap(), "own");
        peer.finish();
    });
}

#[test]
fn c243_sec_g8_answer_during_an_upload_that_is_no_longer_read() {
    on_both(|| {
        for status in ["413 Too Large", "401 Unauthorized"] {
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nno");
            let stopped = Gate::new();
            let refuses = conn([head("POST"), Act::Discard(100_000), reply(answer), hold(&stopped), Act::Swallow]);
            let peer = Peer::then_always([refuses], conn([serve(ok("own"))]));
            let client = quick();
            let body = Body::sized(io::repeat(b'x'), 100 << 20);
            let response = client.post(peer.url("/")).body(body).send().unwrap();
            assert_eq!(format!("{} {}", response.status(), response.reason().unwrap()), status);
            assert_eq!(response.text().unwrap(), "no");
            peer.wait_released();
            stopped.open();
            peer.wait_end(0);
            assert_eq!(client.get(peer.url("/")).send().unwrap().text().unwrap(), "own");
            assert_eq!(peer.finish().shape(), [1, 1], "one attempt, and its connection is not used again");
        }
    });
}

#[test]
fn c244_answer_and_close_before_the_body() {
    on_both(|| {
        let answer = "HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno";
        // Read on after the answer, as a server does that wants its answer to arrive (RFC 9112 §9.6).
        let peer = Peer::start([conn([head("POST"), reply(answer), Act::HalfClose, Act::Swallow])]);
        let body = Body::sized(io::repeat(b'x'), 20 << 20);
        let response = quick().post(peer.url("/")).body(body).send().unwrap();
        assert_eq!((response.status(), response.text().unwrap().as_str()), (401, "no"));
        peer.finish();
    });
}

#[test]
fn c245_sec_b18_expect_100_continue() {
    on_both(|| {
        let go = "HTTP/1.1 100 Continue\r\n\r\n";
        let sent = conn([head("POST"), reply(go), Act::Body, reply(ok("sent")), serve(ok("second"))]);
        let silent = conn([head("POST"), Act::Body, reply(ok("sent")), serve(ok("second"))]);
        for (script, reused) in [(sent, true), (silent, true)] {
            let peer = Peer::start([script]);
            let client = HttpClient::builder()
                .timeouts(Timeouts { expect_continue: ms(50), ..Timeouts::default() })
                .build()
                .unwrap();
            let response = client.post(peer.url("/")).body("hello").expect_continue().send().unwrap();
            assert_eq!(response.text().unwrap(), "sent");
            assert_eq!(client.get(peer.url("/")).send().unwrap().is_reused(), reused);
            let seen = peer.finish();
            assert_eq!(seen.requests()[0].header("expect"), Some("100-continue"));
            assert_eq!(seen.requests()[0].text(), "hello");
        }
    });
}

#[test]
fn c245_sec_b18_answers_that_withhold_the_body() {
    on_both(|| {
        for status in [413, 200, 302] {
            let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 2\r\n\r\nno");
            let peer = Peer::then_always([conn([head("POST"), reply(answer), Act::Closed])], conn([serve(ok("own"))]));
            // Longer than an answer may be late.
            let timeouts = Timeouts { expect_continue: ms(20_000), total: Some(ms(30_000)), ..Timeouts::default() };
            let client = HttpClient::builder().timeouts(timeouts).build().unwrap();
            let response = client.post(peer.url("/")).body("hello").expect_continue().send().unwrap();
            assert_eq!((response.status(), response.text().unwrap().as_str()), (status, "no"));
            // The body was announced and never sent: what comes next would be read as that body.
            assert!(!client.get(peer.url("/")).send().unwrap().is_reused(), "{status}");
            peer.finish();
        }
    });
}

#[test]
fn c246_a_body_is_rewound_for_a_retry_or_not_retried() {
    on_both(|| {
        // A PUT over a connection that the server closes at that moment: idempotent, so that it may be repeated.
        let dying = conn([request("GET"), reply(ok("a")), head("PUT"), Act::Close]);
        let peer = Peer::start([dying.clone(), conn([request("PUT"), reply(ok("put"))])]);
        let client = quick();
        client.get(peer.url("/")).send().unwrap().text().unwrap();
        assert_eq!(client.put(peer.url("/")).body("hello").send().unwrap().text().unwrap(), "put");
        assert_eq!(peer.finish().requests()[2].text(), "hello");

        let peer = Peer::start([dying]);
        client.get(peer.url("/")).send().unwrap().text().unwrap();
        let (send, receive) = mpsc::channel::<io::Result<Vec<u8>>>();
        send.send(Ok(b"hello".to_vec())).unwrap();
        drop(send);
        let once = Body::chunks(std::iter::from_fn(move || receive.try_recv().ok()));
        let e = client.put(peer.url("/")).body(once).send().unwrap_err();
        assert!(matches!(e.kind(), Kind::ClosedBeforeResponse | Kind::ConnectionLost), "{e:?}");
        assert!(matches!(e.phase(), Some(Phase::Send | Phase::Head)), "{e:?}");
        peer.finish();
    });
}
