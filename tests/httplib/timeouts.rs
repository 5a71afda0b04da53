//! Waits that end: by the one timeout, by a phase's own, by the scope around.

use std::io::Read;
use std::net::SocketAddr;

use maypole::compat::httplib::{HttpConnection, Kind, NO_HEADERS};
use maypole::deadline::Timeouts;
use maypole::error::Phase;
use maypole::rt::{self, CancelToken, scope};

use crate::peer::*;
use crate::{fails, get, ms, to};

#[test]
fn one_timeout_for_every_wait() {
    on_both(|| {
        let hole = Blackhole::start();
        let mut conn = HttpConnection::new("127.0.0.1", hole.address().port()).unwrap();
        conn.set_timeout(ms(50));
        let error = fails(conn.request("GET", "/", (), NO_HEADERS), Kind::Timeout);
        assert_eq!((error.phase(), error.cause().limit()), (Some(Phase::Connect), Some(ms(50))));
        assert!(error.cause().url().is_some(), "{error}");

        let peer = Peer::always(conn_of([head("PUT"), Act::Stall]));
        let mut conn = to(&peer);
        conn.connect().unwrap();
        conn.set_timeout(ms(50));
        let body = maypole::Body::stream(std::io::repeat(b'x').take(100 << 20));
        assert_eq!(fails(conn.request("PUT", "/", body, NO_HEADERS), Kind::Timeout).phase(), Some(Phase::Send));
        assert!(!conn.is_connected());
        fails(conn.get_response(), Kind::ResponseNotReady);

        let peer =
            Peer::always(conn_of([Act::MayAsk, reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nha"), Act::Stall]));
        let in_body = with_some_time(ms(50), |limit| {
            let mut conn = to(&peer);
            conn.set_timeout(limit);
            let read = conn.request("GET", "/", (), NO_HEADERS).and_then(|()| conn.get_response()?.read_all());
            let error = fails(read, Kind::Timeout);
            (error.phase(), error.partial()) == (Some(Phase::Body), &b"ha"[..])
        });
        assert!(in_body, "the head came in time");
    });
}

fn conn_of<const N: usize>(acts: [Act; N]) -> Conn {
    conn(acts)
}

#[test]
fn after_a_timeout_the_response_can_be_waited_for_again() {
    on_both(|| {
        let gate = Gate::new();
        let late = [any_request(), reply("HTTP/1.1 200 O"), hold(&gate), reply("K\r\nContent-Length: 4\r\n\r\nlate")];
        let peer = Peer::start([conn_of(late)]);
        let mut conn = to(&peer);
        conn.connect().unwrap();
        conn.set_timeout(ms(30));
        conn.request("GET", "/", (), NO_HEADERS).unwrap();
        for _ in 0..3 {
            assert_eq!(fails(conn.get_response(), Kind::Timeout).phase(), Some(Phase::Head));
            fails(conn.put_request("GET", "/"), Kind::CannotSendRequest);
        }
        gate.open();
        let response = loop {
            match conn.get_response() {
                Err(error) if error.kind() == Kind::Timeout => {}
                response => break response,
            }
        };
        let mut response = response.unwrap();
        assert_eq!(response.reason(), "OK");
        assert_eq!(response.read_all().unwrap(), b"late");
        drop((conn, response));
        peer.finish();
    });
}

#[test]
fn a_body_that_was_not_sent_is_named_when_no_answer_comes() {
    let peer = Peer::start([conn_of([head("PUT"), Act::Stall])]);
    let mut conn = to(&peer);
    conn.connect().unwrap();
    conn.set_timeout(ms(30));
    conn.put_request("PUT", "/").unwrap();
    conn.put_header("Content-Length", "4").unwrap();
    conn.end_headers().unwrap();
    conn.send(b"bo").unwrap();
    let error = fails(conn.get_response(), Kind::Timeout);
    assert!(error.to_string().contains("was not sent"), "{error}");
    conn.send(b"dy").unwrap();
    conn.close();
    peer.finish();
}

#[test]
fn no_timeout_and_timeouts_by_phase() {
    on_both(|| {
        let peer = Peer::always(conn_of([any_request(), pause(150), reply(ok("slow")), Act::Swallow]));
        let mut conn = to(&peer);
        conn.set_timeout(None);
        assert_eq!(get(&mut conn, "/"), b"slow");
        let peer = Peer::always(conn_of([Act::Stall]));
        let mut conn = to(&peer);
        conn.set_timeouts(Timeouts { head: Some(ms(20)), ..Timeouts::default() });
        conn.request("GET", "/", (), NO_HEADERS).unwrap();
        assert_eq!(fails(conn.get_response(), Kind::Timeout).phase(), Some(Phase::Head));
        conn.close();
        conn.set_timeouts(Timeouts { total: Some(ms(20)), ..Timeouts::default() });
        let ends = conn.request("GET", "/", (), NO_HEADERS).and_then(|()| conn.get_response());
        assert_eq!(fails(ends, Kind::Timeout).cause().limit(), Some(ms(20)));
    });
}

#[test]
fn a_scope_ends_every_step() {
    on_both(|| {
        let peer = Peer::always(conn_of([Act::Stall]));
        let mut conn = to(&peer);
        scope::with_deadline(ms(30), || {
            fails(conn.request("GET", "/", (), NO_HEADERS).and_then(|()| conn.get_response()), Kind::Timeout);
        });
        conn.close();
        let token = CancelToken::new();
        let firing = token.clone();
        conn.request("GET", "/", (), NO_HEADERS).unwrap();
        rt::spawn(move || {
            rt::sleep(ms(20));
            firing.cancel();
        })
        .unwrap();
        scope::with_cancel(&token, || {
            fails(conn.get_response(), Kind::Cancelled);
            assert!(!conn.is_connected());
            fails(conn.request("GET", "/", (), NO_HEADERS), Kind::Cancelled);
        });
    });
}

#[test]
fn a_source_address_with_and_without_a_port() {
    on_both(|| {
        let peer = Peer::always(conn_of([serve(ok("x"))]));
        let mut conn = to(&peer);
        conn.set_source_address(([127, 0, 0, 2], 0));
        assert_eq!(get(&mut conn, "/"), b"x");
        let from: SocketAddr = peer.so_far().connections[0].from.parse().unwrap();
        assert_eq!(from.ip().to_string(), "127.0.0.2");
        assert_eq!(conn.connection().unwrap().local, Some(from));
        // A port that is free was one a moment ago.
        let free = std::net::TcpListener::bind("127.0.0.3:0").unwrap().local_addr().unwrap();
        conn.set_source_address(free);
        assert_eq!(get(&mut conn, "/"), b"x", "for the next connection, not for this one");
        conn.close();
        assert_eq!(get(&mut conn, "/"), b"x");
        assert_eq!(peer.so_far().connections[1].from, free.to_string());
    });
}

#[test]
fn what_cannot_be_connected_says_why() {
    on_both(|| {
        let refused = Refused::start();
        let mut conn = HttpConnection::new("127.0.0.1", refused.address().port()).unwrap();
        let error = fails(conn.connect(), Kind::Network);
        assert_eq!(error.cause().kind(), maypole::error::Kind::Connect);
        assert!(error.to_string().contains("refused"), "{error}");
        let mut conn = HttpConnection::new("no-such-host.invalid", 80).unwrap();
        let error = fails(conn.request("GET", "/", (), NO_HEADERS), Kind::Network);
        assert_eq!((error.cause().kind(), error.phase()), (maypole::error::Kind::Resolve, Some(Phase::Resolve)));
        let ours: maypole::Error = error.into();
        assert_eq!(ours.kind(), maypole::error::Kind::Resolve);
        fails(conn.request("GET", "/", (), NO_HEADERS), Kind::Network);
    });
}
