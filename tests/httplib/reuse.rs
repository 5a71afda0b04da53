//! Which connection a request goes out on, and when it is free for the next one.

use std::io::{BufRead, Read};

use maypole::compat::httplib::{Kind, NO_HEADERS};

use crate::peer::*;
use crate::{ask, fails, get, to};

#[test]
fn one_connection_carries_request_after_request() {
    on_both(|| {
        let peer = Peer::start([conn([serve(ok("x"))])]);
        let mut conn = to(&peer);
        for n in 0..20 {
            let mut response = ask(&mut conn, &format!("/{n}"));
            assert!(!response.will_close());
            assert_eq!(response.read_all().unwrap(), b"x");
            assert_eq!(response.url(), peer.url(&format!("/{n}")));
        }
        assert_eq!(conn.connection().unwrap().peer, Some(peer.address()));
        drop(conn);
        assert_eq!(peer.finish().shape(), [20]);
    });
}

#[test]
fn c347_a_second_request_while_the_first_is_read_is_an_error_and_nothing_is_mixed() {
    on_both(|| {
        let peer = Peer::start([conn([
            any_request(),
            pieces(ok("the first body"), 9, crate::ms(1)),
            any_request(),
            reply(ok("the second body")),
        ])]);
        let mut conn = to(&peer);
        let mut first = ask(&mut conn, "/1");
        assert_eq!(first.read_full(4).unwrap(), b"the ");
        let text = fails(conn.request("GET", "/2", (), NO_HEADERS), Kind::CannotSendRequest).to_string();
        assert!(text.contains("not read to its end") && text.contains("127.0.0.1"), "{text}");
        fails(conn.put_request("GET", "/2"), Kind::CannotSendRequest);
        fails(conn.get_response(), Kind::ResponseNotReady);
        assert!(first.fill_buf().unwrap().starts_with(b"first"[..1].as_ref()));
        fails(conn.put_request("GET", "/2"), Kind::CannotSendRequest);
        first.consume(0);
        assert_eq!(first.read_all().unwrap(), b"first body");
        assert_eq!(get(&mut conn, "/2"), b"the second body");
        drop((conn, first));
        assert_eq!(peer.finish().shape(), [2]);
    });
}

#[test]
fn a_response_dropped_early_leaves_no_trace() {
    on_both(|| {
        // What is left has come already: the connection goes on. What has not come yet goes with the connection.
        let peer = Peer::start([
            conn([
                any_request(),
                reply(ok("small")),
                head("GET /2"),
                reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nha"),
                Act::Stall,
            ]),
            conn([any_request(), reply(ok("third"))]),
        ]);
        let mut conn = to(&peer);
        drop(ask(&mut conn, "/1"));
        let mut second = ask(&mut conn, "/2");
        assert_eq!(second.read_full(2).unwrap(), b"ha");
        drop(second);
        peer.wait_end(0);
        assert_eq!(get(&mut conn, "/3"), b"third");
        drop(conn);
        assert_eq!(peer.finish().shape(), [2, 1]);
    });
}

#[test]
fn a_response_that_ends_its_connection_is_read_beside_the_next() {
    on_both(|| {
        for head in [
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 8\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.0 200 OK\r\nContent-Length: 8\r\n\r\n",
        ] {
            let gate = Gate::new();
            let peer = Peer::start([
                conn([any_request(), reply(head.to_owned() + "the "), hold(&gate), reply("last"), Act::Close]),
                conn([any_request(), reply(ok("other"))]),
            ]);
            let mut conn = to(&peer);
            let mut last = ask(&mut conn, "/1");
            assert!(last.will_close() && !conn.is_connected());
            assert_eq!(last.read_full(4).unwrap(), b"the ");
            assert_eq!(get(&mut conn, "/2"), b"other");
            drop(conn);
            gate.open();
            assert_eq!(last.read_all().unwrap(), b"last");
            drop(last);
            peer.finish();
        }
    });
}

#[test]
fn http_1_0_with_keep_alive_goes_on() {
    let keeps = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx";
    let peer = Peer::start([conn([any_request(), reply(keeps), any_request(), reply(keeps)])]);
    let mut conn = to(&peer);
    assert_eq!(get(&mut conn, "/"), b"x");
    assert!(!ask(&mut conn, "/").will_close());
    drop(conn);
    peer.finish();
}

#[test]
fn a_request_that_says_close_gets_the_last_response() {
    let peer = Peer::start([conn([any_request(), reply(ok("x")), Act::Closed]), conn([any_request(), reply(ok("y"))])]);
    let mut conn = to(&peer);
    conn.request("GET", "/", (), [("Connection", "close")]).unwrap();
    let mut response = conn.get_response().unwrap();
    assert!(response.will_close());
    assert_eq!(response.read_all().unwrap(), b"x");
    assert_eq!(get(&mut conn, "/"), b"y");
    drop((conn, response));
    peer.finish();
}

#[test]
fn a_connection_that_the_server_has_closed_between_requests_is_made_anew() {
    on_both(|| {
        let peer = Peer::start([
            conn([any_request(), reply(ok("1")), Act::Close]),
            conn([any_request(), reply(ok("2")), Act::Reset]),
            conn([any_request(), Act::Close]),
            conn([any_request(), reply(ok("4"))]),
        ]);
        let mut conn = to(&peer);
        assert_eq!(get(&mut conn, "/1"), b"1");
        peer.wait_end(0);
        assert_eq!(get(&mut conn, "/2"), b"2");
        peer.wait_end(1);
        // With the request sent it is an error, and nothing is sent twice.
        conn.request("POST", "/3", "once", NO_HEADERS).unwrap();
        let error = fails(conn.get_response(), Kind::RemoteDisconnected);
        assert!(!error.cause().is_retryable() && error.cause().bytes_sent() > 0, "{error:?}");
        assert!(!conn.is_connected());
        assert_eq!(get(&mut conn, "/4"), b"4");
        drop(conn);
        assert_eq!(peer.finish().shape(), [1, 1, 1, 1]);
    });
}

#[test]
fn a_body_that_breaks_ends_the_connection_and_not_the_object() {
    on_both(|| {
        let peer = Peer::start([
            conn([any_request(), reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nha"), Act::Close]),
            conn([any_request(), reply(ok("next"))]),
        ]);
        let mut conn = to(&peer);
        let mut response = ask(&mut conn, "/");
        fails(response.read_all(), Kind::IncompleteRead);
        assert!(response.is_closed());
        assert_eq!(get(&mut conn, "/"), b"next");
        drop((conn, response));
        peer.finish();
    });
}

#[test]
fn a_response_is_read_on_another_coroutine_or_thread() {
    let peer = Peer::start([conn([serve(ok("hello"))])]);
    let mut conn = to(&peer);
    for round in 0..4 {
        let mut response = ask(&mut conn, "/");
        let read = move || {
            let mut text = String::new();
            response.read_to_string(&mut text).unwrap();
            text
        };
        let text = if round % 2 == 0 { on_coroutine(read) } else { on_thread(read) };
        assert_eq!(text, "hello");
    }
    drop(conn);
    assert_eq!(peer.finish().shape(), [4]);
}

#[test]
fn a_second_connect_leaves_the_reader_alone() {
    on_both(|| {
        let gate = Gate::new();
        let peer = Peer::start([
            conn([
                any_request(),
                reply("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nthe "),
                hold(&gate),
                reply("last"),
            ]),
            conn([any_request(), reply(ok("other"))]),
        ]);
        let mut conn = to(&peer);
        let mut first = ask(&mut conn, "/1");
        conn.connect().unwrap();
        assert_eq!(get(&mut conn, "/2"), b"other");
        gate.open();
        assert_eq!(first.read_all().unwrap(), b"the last");
        drop((conn, first));
        peer.finish();
    });
}
