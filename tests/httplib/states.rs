//! Every call in every state: what is due is done, what is not says what is.

use std::io::{Read, Write};
use std::net::TcpListener;

use maypole::compat::httplib::{HttpConnection, HttpResponse, Kind, NO_HEADERS, Result};

use crate::peer::*;
use crate::{ask, fails, get, to, to_port};

/// The states of a connection, and how to get there; a response is kept so that it stays unread.
type Reach = fn(&mut HttpConnection) -> Option<HttpResponse>;

const STATES: [(&str, Reach); 5] = [
    ("idle", |_| None),
    ("connected", |conn| {
        conn.connect().unwrap();
        None
    }),
    ("started", |conn| {
        conn.put_request("GET", "/").unwrap();
        None
    }),
    ("sent", |conn| {
        conn.put_request("PUT", "/").unwrap();
        conn.put_header("Content-Length", "1").unwrap();
        conn.end_headers().unwrap();
        None
    }),
    ("unread", |conn| {
        let mut response = ask(conn, "/");
        response.read_exact(&mut [0; 2]).unwrap();
        Some(response)
    }),
];

/// What each call comes to in each of the states, in their order.
type Call = (&'static str, fn(&mut HttpConnection) -> Result<()>, [Option<Kind>; 5]);

const BEGUN: Option<Kind> = Some(Kind::CannotSendRequest);
const HEAD: Option<Kind> = Some(Kind::CannotSendHeader);
const BODY: Option<Kind> = Some(Kind::CannotSendBody);
const UNREADY: Option<Kind> = Some(Kind::ResponseNotReady);
const OPEN: Option<Kind> = Some(Kind::AlreadyConnected);

const CALLS: [Call; 10] = [
    ("put_request", |conn| conn.put_request("GET", "/"), [None, None, BEGUN, BEGUN, BEGUN]),
    ("request", |conn| conn.request("GET", "/", (), NO_HEADERS), [None, None, BEGUN, BEGUN, BEGUN]),
    ("put_header", |conn| conn.put_header("A", "b"), [HEAD, HEAD, None, HEAD, HEAD]),
    ("end_headers", |conn| conn.end_headers(), [HEAD, HEAD, None, HEAD, HEAD]),
    ("end_headers_with", |conn| conn.end_headers_with(""), [HEAD, HEAD, None, HEAD, HEAD]),
    ("send", |conn| conn.send(b"x"), [BODY, BODY, BODY, None, BODY]),
    ("send_from", |conn| conn.send_from(&mut &b"x"[..]), [BODY, BODY, BODY, None, BODY]),
    ("get_response", |conn| conn.get_response().map(drop), [UNREADY, UNREADY, UNREADY, None, UNREADY]),
    ("connect", |conn| conn.connect(), [None, None, None, BEGUN, None]),
    ("set_tunnel", |conn| conn.set_tunnel("h", None, NO_HEADERS), [None, OPEN, None, OPEN, OPEN]),
];

/// Answers every head at once, whatever body it announces, and takes offence at nothing.
fn lenient() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut block = [0; 4096];
                while let Ok(n @ 1..) = stream.read(&mut block) {
                    if block[..n].ends_with(b"\r\n\r\n") && stream.write_all(&ok("hello")).is_err() {
                        break;
                    }
                }
            });
        }
    });
    port
}

#[test]
fn every_call_in_every_state() {
    on_both(|| {
        for (call, act, expected) in CALLS {
            for ((state, reach), expected) in STATES.into_iter().zip(expected) {
                let mut conn = to_port(lenient());
                let response = reach(&mut conn);
                let outcome = act(&mut conn).map_err(|error| error.kind()).err();
                assert_eq!(outcome, expected, "{call} where the connection is {state}");
                drop((conn, response));
            }
        }
    });
}

#[test]
fn an_order_that_is_wrong_changes_nothing_and_says_what_is_due() {
    on_both(|| {
        for (call, act, expected) in CALLS {
            for ((state, reach), expected) in STATES.into_iter().zip(expected) {
                let Some(expected) = expected.filter(|kind| kind.is_improper_state()) else { continue };
                let peer = Peer::always(conn([any_request(), reply(ok("hello")), any_request(), reply(ok("next"))]));
                let mut conn = to(&peer);
                let response = reach(&mut conn);
                let text = fails(act(&mut conn), expected).to_string();
                let due = match state {
                    "idle" | "connected" => "put_request",
                    "started" => "end_headers",
                    "sent" => "get_response",
                    _ if ["put_header", "end_headers", "end_headers_with", "send", "send_from"].contains(&call) => {
                        "put_request"
                    }
                    _ => "read",
                };
                assert!(text.contains(due), "{call} where the connection is {state}: {text}");
                // It goes on from where it was.
                match state {
                    "idle" | "connected" => assert_eq!(get(&mut conn, "/"), b"hello"),
                    "started" => {
                        conn.end_headers().unwrap();
                        assert_eq!(conn.get_response().unwrap().read_all().unwrap(), b"hello");
                    }
                    "sent" => {
                        conn.send(b"x").unwrap();
                        assert_eq!(conn.get_response().unwrap().read_all().unwrap(), b"hello");
                    }
                    _ => assert_eq!(response.unwrap().read_all().unwrap(), b"llo"),
                }
                assert_eq!(get(&mut conn, "/"), b"next");
                drop(conn);
                assert_eq!(peer.finish().shape(), [2]);
            }
        }
    });
}

#[test]
fn close_makes_every_state_ready_for_a_request() {
    on_both(|| {
        for (state, reach) in STATES {
            let port = lenient();
            let mut conn = to_port(port);
            let response = reach(&mut conn);
            conn.close();
            assert!(!conn.is_connected(), "{state}");
            wait_until("the connection to be closed", || client_sockets(port) == 0);
            assert_eq!(get(&mut conn, "/"), b"hello", "{state}");
            conn.close();
            conn.close();
            drop(response);
        }
    });
}

#[test]
fn without_auto_open_nothing_is_connected_unasked() {
    on_both(|| {
        let peer = Peer::always(conn([serve(ok("hello"))]));
        let mut conn = to(&peer);
        conn.set_auto_open(false);
        let error = fails(conn.request("GET", "/", (), NO_HEADERS), Kind::NotConnected);
        assert!(error.to_string().contains("connect"), "{error}");
        conn.connect().unwrap();
        assert!(conn.is_connected());
        assert_eq!(get(&mut conn, "/"), b"hello");
        assert_eq!(get(&mut conn, "/"), b"hello");
        conn.close();
        fails(conn.request("GET", "/", (), NO_HEADERS), Kind::NotConnected);
        conn.connect().unwrap();
        conn.connect().unwrap();
        assert_eq!(get(&mut conn, "/"), b"hello");
        drop(conn);
        assert_eq!(peer.finish().shape(), [2, 0, 1]);
    });
}
