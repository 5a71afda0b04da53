//! Framing cases where it matters when something comes, not only what.

use std::io::{BufRead, Read, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use maypole::HttpClient;
use maypole::client::Redirects;
use maypole::error::{Error, Kind, Phase};
use maypole::wire::h1::Head;

use crate::peer::*;
use crate::{ms, quick, tls_client};

#[test]
fn c96_body_until_close_arrives_before_the_close() {
    on_both(|| {
        let read = Gate::new();
        let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nHello World!";
        let peer = Peer::start([conn([any_request(), reply(head), hold(&read), Act::Close])]);
        let mut response = quick().get(peer.url("/")).send().unwrap();
        let mut body = [0; 12];
        response.read_exact(&mut body).unwrap();
        assert_eq!(&body, b"Hello World!");
        read.open();
        assert_eq!(response.read(&mut body).unwrap(), 0);
        peer.finish();
    });
}

#[test]
fn c101_stall_in_the_body_is_an_idle_timeout() {
    on_both(|| {
        let peer =
            Peer::start([conn([any_request(), reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), Act::Stall])]);
        let mut response = quick().get(peer.url("/")).idle_timeout(ms(60)).send().unwrap();
        let mut body = Vec::new();
        let e = Error::from_io(response.read_to_end(&mut body).unwrap_err());
        assert_eq!((e.kind(), e.phase(), e.bytes_received()), (Kind::Timeout, Some(Phase::Body), 3), "{e}");
        assert_eq!(body, b"abc");
        drop(response);
        peer.wait_end(0);
    });
}

#[test]
fn c103_stray_bytes_after_a_complete_response() {
    on_both(|| {
        let (go, sent) = (Gate::new(), Gate::new());
        let first = conn([any_request(), reply(ok("abc")), hold(&go), reply("xyz"), open(&sent), Act::Closed]);
        let peer = Peer::start([first, conn([request("GET /2"), reply(ok("own"))])]);
        let client = quick();
        assert_eq!(client.get(peer.url("/1")).send().unwrap().text().unwrap(), "abc");
        go.open();
        sent.wait();
        let second = client.get(peer.url("/2")).send().unwrap();
        assert!(!second.is_reused());
        assert_eq!(second.text().unwrap(), "own");
        peer.wait_end(0);
        peer.finish();
    });
}

#[test]
fn c107_tls_end_without_close_notify_truncates() {
    on_both(|| {
        let head = "HTTP/1.1 200 OK\r\n\r\nhello";
        let scripts = [conn([any_request(), reply(head), Act::Sever]), conn([any_request(), reply(head), Act::Close])];
        let peer = Peer::tls(&Tls::default(), scripts, None);
        let mut body = Vec::new();
        let severed = tls_client().get(peer.url("/")).send().unwrap().read_to_end(&mut body).unwrap_err();
        let e = Error::from_io(severed);
        assert_eq!((e.kind(), body.as_slice()), (Kind::Incomplete, b"hello".as_slice()), "{e}");
        assert_eq!(tls_client().get(peer.url("/")).send().unwrap().text().unwrap(), "hello");
        peer.finish();
    });
}

#[test]
fn c110_trailers_stand_apart_from_headers() {
    on_both(|| {
        let body = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Two: 2\r\nX-One: 1\r\n\r\n";
        let peer = Peer::start([conn([any_request(), reply(body)])]);
        let mut response = quick().get(peer.url("/")).send().unwrap();
        let mut text = String::new();
        response.read_to_string(&mut text).unwrap();
        let trailers: Vec<_> =
            response.trailers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!(trailers, [("X-Two".into(), b"2".to_vec()), ("X-One".into(), b"1".to_vec())]);
        assert_eq!(response.header("x-one"), None);
        peer.finish();
    });
}

const THREE_LINES: [&str; 4] = [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "5\r\none\r\n\r\n",
    "5\r\ntwo\r\n\r\n",
    "7\r\nthree\r\n\r\n",
];

#[test]
fn c112_lines_then_incomplete() {
    on_both(|| {
        let [head, a, b, c] = THREE_LINES.map(reply);
        let peer = Peer::start([conn([any_request(), head, a, pause(20), b, pause(20), c, Act::Close])]);
        assert_eq!(three_lines(&quick(), &peer), Some(Kind::Incomplete));
        peer.finish();
    });
}

#[test]
fn c113_lines_then_a_stall() {
    on_both(|| {
        let [head, a, b, c] = THREE_LINES.map(reply);
        let peer = Peer::always(conn([any_request(), head, a, pause(20), b, pause(20), c, Act::Stall]));
        let stalls = with_some_time(ms(100), |limit| {
            let client = HttpClient::builder().idle_timeout(limit).build().unwrap();
            three_lines(&client, &peer) == Some(Kind::Timeout)
        });
        assert!(stalls, "no timeout behind the third line");
    });
}

/// How it ends behind them, if all three come.
fn three_lines(client: &HttpClient, peer: &Peer) -> Option<Kind> {
    let mut response = client.get(peer.url("/")).send().unwrap();
    for expected in ["one\r\n", "two\r\n", "three\r\n"] {
        let mut line = String::new();
        BufRead::read_line(&mut response, &mut line).ok()?;
        assert_eq!(line, expected);
    }
    Some(Error::from_io(BufRead::read_line(&mut response, &mut String::new()).unwrap_err()).kind())
}

#[test]
fn c122_interim_responses_are_shown_to_who_asks() {
    on_both(|| {
        let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n";
        let peer = Peer::start([conn([any_request(), reply(hints), pause(10), reply(ok("x"))])]);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        let note =
            move |head: &Head| log.lock().unwrap().push((head.status, head.headers.get("link").unwrap().to_owned()));
        let response = quick().get(peer.url("/")).on_interim(note).send().unwrap();
        assert_eq!((response.status(), response.header("link")), (200, None));
        assert_eq!(*seen.lock().unwrap(), [(103, "</a>; rel=preload".to_owned())]);
    });
}

/// What was asked to become another protocol: bytes behind the head are kept, both directions are open, and the
/// connection is never used for a request again.
fn becomes_raw(method: &str, answer: &str) {
    let peer = Peer::then_always(
        [conn([any_request(), reply(format!("{answer}early ")), expect("ping"), reply("pong"), Act::Closed])],
        conn([serve(ok("own"))]),
    );
    let client = quick();
    let request = client.request(method, peer.url("/")).header("Connection", "upgrade").header("Upgrade", "raw");
    let mut raw = request.send().unwrap().into_upgraded().unwrap();
    raw.write_all(b"ping").unwrap();
    let mut all = [0; 10];
    raw.read_exact(&mut all).unwrap();
    assert_eq!(&all, b"early pong");
    assert!(!client.get(peer.url("/")).send().unwrap().is_reused());
    drop(raw);
    peer.wait_end(0);
    assert_eq!(client.stats().in_use, 0);
    peer.finish();
}

#[test]
fn c126_101_hands_the_connection_over() {
    on_both(|| becomes_raw("GET", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: raw\r\n\r\n"));
}

#[test]
fn c128_connect_hands_the_connection_over() {
    on_both(|| becomes_raw("CONNECT", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
}

#[test]
fn c126_an_upgrade_that_the_server_ignores() {
    on_both(|| {
        let peer = Peer::start([conn([serve(ok("x"))])]);
        let client = quick();
        let response =
            client.get(peer.url("/")).header("Connection", "upgrade").header("Upgrade", "raw").send().unwrap();
        assert_eq!(response.into_upgraded().unwrap_err().text().unwrap(), "x");
        assert!(client.get(peer.url("/")).send().unwrap().is_reused());
    });
}

#[test]
fn c123_interim_then_a_pause() {
    on_both(|| {
        let script = conn([
            request("GET /1"),
            reply("HTTP/1.1 100 Continue\r\n\r\n"),
            pause(50),
            reply(ok("first")),
            request("GET /2"),
            reply(ok("second")),
        ]);
        let peer = Peer::start([script]);
        let client = quick();
        assert_eq!(client.get(peer.url("/1")).send().unwrap().text().unwrap(), "first");
        assert_eq!(client.get(peer.url("/2")).send().unwrap().text().unwrap(), "second");
        assert_eq!(peer.finish().shape(), [2]);
    });
}

#[test]
fn c143_c144_closed_before_the_response() {
    on_both(|| {
        for script in [conn([Act::Close]), conn([any_request(), Act::Close])] {
            let peer = Peer::always(script);
            let e = quick().get(peer.url("/")).send().unwrap_err();
            // Closed with the request still unread, the system may report a reset instead.
            assert!(matches!(e.kind(), Kind::ClosedBeforeResponse | Kind::ConnectionLost), "{e:?}");
            assert!(e.attempts() >= 1, "{e:?}");
        }
        let peer = Peer::always(conn([any_request(), Act::Close]));
        assert_eq!(quick().get(peer.url("/")).send().unwrap_err().kind(), Kind::ClosedBeforeResponse);
    });
}

#[test]
fn c147_redirect_in_pieces_keeps_names_as_sent() {
    on_both(|| {
        let body = "x".repeat(218);
        let head =
            format!("HTTP/1.1 301 Moved Permanently\r\nLocation: /b\r\nX-cAsE: 1\r\nContent-Length: 218\r\n\r\n{body}");
        for size in [head.len(), 10] {
            let peer = Peer::start([conn([
                any_request(),
                pieces(head.clone(), size, Duration::from_micros(50)),
                serve(ok("")),
            ])]);
            let client = quick();
            let response = client.get(peer.url("/")).redirects(Redirects::none()).send().unwrap();
            assert_eq!((response.status(), response.reason()), (301, Some("Moved Permanently")));
            let names: Vec<_> = response.headers().iter().map(|(name, _)| name.to_owned()).collect();
            assert_eq!(names, ["Location", "X-cAsE", "Content-Length"]);
            assert_eq!(response.text().unwrap(), body);
            assert!(client.get(peer.url("/")).send().unwrap().is_reused());
            peer.finish();
        }
    });
}
