//! What must never reach the wire, whoever hands it in.

use maypole::Body;
use maypole::compat::httplib::{HttpConnection, HttpsConnection, Kind, NO_HEADERS};

use crate::peer::*;
use crate::{fails, get, to};

#[test]
fn methods_targets_and_headers_with_a_line_end_or_blank_are_refused() {
    on_both(|| {
        let peer = Peer::always(conn([serve(ok("x"))]));
        let mut conn = to(&peer);
        for method in ["", "GE T", "GET\r\nX: y", "GET\n", "G\0T", "get", "GET /x HTTP/1.1\r\n\r\nGET"] {
            fails(conn.request(method, "/", (), NO_HEADERS), Kind::InvalidRequest);
            fails(conn.put_request(method, "/"), Kind::InvalidRequest);
        }
        for target in [" ", "/a b", "/\r\nX: y", "/\n", "/\t", "/\0", "/ü", "/#f", "/\x7f", "/ HTTP/1.1\r\n\r\nGET /"]
        {
            fails(conn.request("GET", target, (), NO_HEADERS), Kind::InvalidUrl);
            fails(conn.put_request("GET", target), Kind::InvalidUrl);
        }
        let lines = [("", "v"), ("a b", "v"), ("a:b", "v"), ("a\r\nb", "v"), ("ä", "v"), (" a", "v")];
        let values = ["v\r\nX: y", "v\n", "v\r", "v\0", "v\r\n folded", "\x1b[31m"].map(|value| ("a", value));
        for line in lines.into_iter().chain(values) {
            fails(conn.request("GET", "/", (), [line]), Kind::InvalidRequest);
            conn.put_request("GET", "/").unwrap();
            fails(conn.put_header(line.0, line.1), Kind::InvalidRequest);
            conn.close();
        }
        assert!(peer.connections() == 0, "nothing was even connected");
        assert_eq!(get(&mut conn, "/"), b"x");
        drop(conn);
        assert_eq!(peer.finish().shape(), [1]);
    });
}

#[test]
fn hosts_ports_and_tunnels_that_are_none_are_refused() {
    for host in ["", "a b", "h\r\nX: y", "h/p", "u@h", "h:x", "h:99999", "h\0", "h%0a"] {
        fails(HttpConnection::new(host, None), Kind::InvalidUrl);
        fails(HttpsConnection::new(host, None), Kind::InvalidUrl);
        fails(HttpConnection::new("h", 1).unwrap().set_tunnel(host, None, NO_HEADERS), Kind::InvalidUrl);
    }
    let mut conn = HttpConnection::new("h", 1).unwrap();
    for line in [("a b", "v"), ("a", "v\r\nX: y"), ("Host", "x"), ("Content-Length", "1")] {
        fails(conn.set_tunnel("h", None, [line]), Kind::InvalidRequest);
    }
}

#[test]
fn bytes_behind_the_announced_body_are_refused_before_they_are_sent() {
    on_both(|| {
        let smuggled = b"GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
        let peer = Peer::always(conn([Act::Swallow]));
        let mut conn = to(&peer);
        let start = |conn: &mut HttpConnection, line: Option<(&str, &str)>| {
            conn.put_request("POST", "/").unwrap();
            line.into_iter().for_each(|(name, value)| conn.put_header(name, value).unwrap());
            conn.end_headers().unwrap();
        };
        start(&mut conn, None);
        fails(conn.send(smuggled), Kind::InvalidRequest);
        start(&mut conn, Some(("Content-Length", "4")));
        conn.send(b"body").unwrap();
        fails(conn.send(smuggled), Kind::InvalidRequest);
        start(&mut conn, Some(("Content-Length", "4")));
        fails(conn.send(&[b"body", &smuggled[..]].concat()), Kind::InvalidRequest);
        start(&mut conn, Some(("Transfer-Encoding", "chunked")));
        conn.send(b"1\r\nx\r\n0\r\n\r\n").unwrap();
        fails(conn.send(smuggled), Kind::InvalidRequest);
        start(&mut conn, Some(("Transfer-Encoding", "chunked")));
        fails(conn.send(b"no chunk"), Kind::InvalidRequest);
        let long = Body::stream(&b"body and more"[..]);
        fails(conn.request("POST", "/", long, [("Content-Length", "4")]), Kind::InvalidRequest);
        peer.wait_released();
        assert!(!conn.is_connected(), "what was begun is over");
        let seen = peer.finish();
        assert!(seen.connections.iter().all(|c| !String::from_utf8_lossy(&c.bytes).contains("smuggled")), "{seen:?}");
    });
}

#[test]
fn bytes_that_nobody_asked_for_are_no_response() {
    on_both(|| {
        let stray = [ok("first"), ok("stray")].concat();
        let peer =
            Peer::start([conn([any_request(), reply(stray), Act::Stall]), conn([any_request(), reply(ok("second"))])]);
        let mut conn = to(&peer);
        assert_eq!(get(&mut conn, "/1"), b"first");
        assert_eq!(get(&mut conn, "/2"), b"second");
        drop(conn);
        peer.finish();
    });
}

#[test]
fn secrets_are_in_no_text() {
    let peer = Peer::start([conn([any_request(), reply("HTTP/1.1 200 OK\r\nSet-Cookie: s3cret\r\n\r\n")])]);
    let mut conn = to(&peer);
    conn.put_request("GET", "http://me:s3cret@h/").unwrap();
    conn.put_header("Authorization", "Basic s3cret").unwrap();
    let began = format!("{conn:?}");
    conn.end_headers().unwrap();
    let sent = format!("{conn:?}");
    let busy = fails(conn.put_request("GET", "/"), Kind::CannotSendRequest);
    let response = conn.get_response().unwrap();
    let all = format!("{began} {sent} {busy} {busy:?} {response:?} {}", response.url());
    assert!(!all.contains("s3cret"), "{all}");
}
