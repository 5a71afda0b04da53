//! The same bytes by steps as at once.

use maypole::Body;
use maypole::compat::httplib::{HttpConnection, Kind, NO_HEADERS, Skip};

use crate::peer::*;
use crate::{fails, get, to};

const NO_CONTENT: &str = "HTTP/1.1 204 No Content\r\n\r\n";

/// What the peer receives for each of these.
fn sent(acts: &[fn(&mut HttpConnection)]) -> Vec<String> {
    let peer = Peer::always(conn([serve(NO_CONTENT)]));
    for act in acts {
        let mut conn = to(&peer);
        act(&mut conn);
        assert_eq!(conn.get_response().unwrap().status(), 204);
    }
    let seen = peer.finish();
    let port = |bytes: &[u8], from: &str| String::from_utf8_lossy(bytes).replace(from, "PEER");
    seen.connections.iter().map(|c| port(&c.bytes, c.requests[0].header("host").unwrap_or("-"))).collect()
}

#[track_caller]
fn same(acts: &[fn(&mut HttpConnection)], expected: &str) {
    for sent in sent(acts) {
        assert_eq!(sent, expected);
    }
}

#[test]
fn c346_step_by_step_sends_the_same_bytes_as_one_call() {
    on_both(|| {
        same(
            &[
                |conn| conn.request("GET", "/a?b=c", (), [("X-One", "1")]).unwrap(),
                |conn| {
                    conn.put_request("GET", "/a?b=c").unwrap();
                    conn.put_header("X-One", "1").unwrap();
                    conn.end_headers().unwrap();
                },
                |conn| {
                    conn.connect().unwrap();
                    conn.put_request_with("GET", "/a?b=c", Skip { host: true, accept_encoding: true }).unwrap();
                    conn.put_header("Host", conn.host().to_owned() + ":" + &conn.port().to_string()).unwrap();
                    conn.put_header("Accept-Encoding", "identity").unwrap();
                    conn.put_header("X-One", "1").unwrap();
                    conn.end_headers().unwrap();
                },
            ],
            "GET /a?b=c HTTP/1.1\r\nHost: PEER\r\nAccept-Encoding: identity\r\nX-One: 1\r\n\r\n",
        );
    });
}

#[test]
fn c346_a_body_by_steps_is_the_same_body() {
    on_both(|| {
        same(
            &[
                |conn| conn.request("POST", "/", "hello", NO_HEADERS).unwrap(),
                |conn| conn.request("POST", "/", Body::sized(&b"hello"[..], 5), NO_HEADERS).unwrap(),
                |conn| {
                    conn.put_request("POST", "/").unwrap();
                    conn.put_header("Content-Length", "5").unwrap();
                    conn.end_headers_with("hello").unwrap();
                },
                |conn| {
                    conn.put_request("POST", "").unwrap();
                    conn.put_header("Content-Length", "5").unwrap();
                    conn.end_headers_with("he").unwrap();
                    conn.send(b"ll").unwrap();
                    conn.send(b"").unwrap();
                    conn.send_from(&mut &b"o"[..]).unwrap();
                },
            ],
            "POST / HTTP/1.1\r\nHost: PEER\r\nAccept-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello",
        );
    });
}

#[test]
fn c346_chunks_by_hand_and_chunks_made_here() {
    on_both(|| {
        same(
            &[
                |conn| conn.request("PUT", "/", Body::chunks(["may", "", "pole"].map(Ok)), NO_HEADERS).unwrap(),
                |conn| {
                    let body = Body::chunks(["may", "pole"].map(Ok));
                    conn.request_chunked("PUT", "/", body, [("Transfer-Encoding", "chunked")]).unwrap();
                },
                |conn| {
                    let chunks = "3\r\nmay\r\n4\r\npole\r\n0\r\n\r\n";
                    conn.request("PUT", "/", chunks, [("Transfer-Encoding", "chunked")]).unwrap();
                },
                |conn| {
                    conn.put_request("PUT", "/").unwrap();
                    conn.put_header("Transfer-Encoding", "chunked").unwrap();
                    conn.end_headers_chunked(Body::chunks(["may", "pole"].map(Ok))).unwrap();
                },
                |conn| {
                    conn.put_request("PUT", "/").unwrap();
                    conn.put_header("Transfer-Encoding", "chunked").unwrap();
                    conn.end_headers().unwrap();
                    for piece in ["3\r\nm", "ay\r\n", "4\r\npole\r", "\n0\r\n\r\n"] {
                        conn.send(piece.as_bytes()).unwrap();
                    }
                },
            ],
            "PUT / HTTP/1.1\r\nHost: PEER\r\nAccept-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n\
             3\r\nmay\r\n4\r\npole\r\n0\r\n\r\n",
        );
    });
}

#[test]
fn lengths_are_those_of_http_client() {
    let head = |method: &str, line: &str| {
        format!("{method} / HTTP/1.1\r\nHost: PEER\r\nAccept-Encoding: identity\r\n{line}\r\n")
    };
    same(&[|conn| conn.request("POST", "/", (), NO_HEADERS).unwrap()], &head("POST", "Content-Length: 0\r\n"));
    same(&[|conn| conn.request("PATCH", "/", (), NO_HEADERS).unwrap()], &head("PATCH", "Content-Length: 0\r\n"));
    same(&[|conn| conn.request("DELETE", "/", (), NO_HEADERS).unwrap()], &head("DELETE", ""));
    same(&[|conn| conn.request("GET", "/", "", NO_HEADERS).unwrap()], &head("GET", "Content-Length: 0\r\n"));
    same(&[|conn| conn.request("GET", "/", "x", NO_HEADERS).unwrap()], &(head("GET", "Content-Length: 1\r\n") + "x"));
}

#[test]
fn the_callers_host_and_coding_replace_those_of_http_client() {
    let peer = Peer::always(conn([serve(NO_CONTENT)]));
    let mut conn = to(&peer);
    let own = [("Accept-Encoding", "gzip"), ("HOST", "other.test")];
    conn.request("GET", "/", (), own).unwrap();
    conn.get_response().unwrap();
    conn.put_request_with("GET", "/", Skip { host: true, ..Skip::default() }).unwrap();
    conn.end_headers().unwrap();
    conn.get_response().unwrap();
    // As a proxy is asked that forwards: the host of the target, without the user.
    conn.request("GET", "http://me:secret@origin.test:81/x", (), NO_HEADERS).unwrap();
    let response = conn.get_response().unwrap();
    assert!(!response.url().contains("secret"), "{}", response.url());
    let seen = peer.finish();
    let requests = seen.requests();
    assert_eq!(requests[0].head_text(), "GET / HTTP/1.1\r\nAccept-Encoding: gzip\r\nHOST: other.test\r\n\r\n");
    assert_eq!(requests[1].head_text(), "GET / HTTP/1.1\r\nAccept-Encoding: identity\r\n\r\n");
    assert_eq!(requests[2].header("host"), Some("origin.test:81"));
    assert_eq!(seen.shape(), [3]);
}

#[test]
fn hosts_and_ports_in_the_host_line() {
    let peer = Peer::always(conn([serve(NO_CONTENT)]));
    let name = format!("LocalHost:{}", peer.port());
    let mut conn = HttpConnection::new(&name, None).unwrap();
    get(&mut conn, "/");
    assert_eq!((conn.host(), conn.port()), ("LocalHost", peer.port()));
    assert_eq!(peer.finish().requests()[0].header("host"), Some(&*name), "in the case that it was given in");
}

#[test]
fn a_head_that_contradicts_itself_is_refused_before_anything_is_connected() {
    type Steps = fn(&mut HttpConnection) -> maypole::compat::httplib::Result<()>;
    let cases: [(&str, Steps); 9] = [
        ("Content-Length and Transfer-Encoding", |conn| {
            conn.request("PUT", "/", "x", [("Content-Length", "1"), ("Transfer-Encoding", "chunked")])
        }),
        ("says 2", |conn| conn.request("PUT", "/", "x", [("Content-Length", "2")])),
        ("Content-Length", |conn| conn.request("PUT", "/", "x", [("Content-Length", "one")])),
        ("Content-Length", |conn| conn.request("PUT", "/", "x", [("Content-Length", "1"), ("Content-Length", "2")])),
        ("only `chunked`", |conn| conn.request("PUT", "/", "x", [("Transfer-Encoding", "gzip, chunked")])),
        ("second Host", |conn| {
            conn.put_request("GET", "/")?;
            let second = conn.put_header("host", "other.test");
            conn.end_headers()?;
            conn.get_response()?;
            second
        }),
        ("Host", |conn| conn.request("GET", "/", (), [("Host", "a/b")])),
        ("needs a line", |conn| {
            conn.put_request("PUT", "/")?;
            conn.end_headers_with("x")
        }),
        ("chunks needs a line", |conn| {
            conn.put_request("PUT", "/")?;
            conn.put_header("Content-Length", "1")?;
            conn.end_headers_chunked("x")
        }),
    ];
    let peer = Peer::always(conn([serve(NO_CONTENT)]));
    for (text, steps) in cases {
        let mut conn = to(&peer);
        let error = fails(steps(&mut conn), Kind::InvalidRequest);
        assert!(error.to_string().contains(text), "{error}");
        get(&mut conn, "/next");
    }
    let seen = peer.finish();
    assert!(seen.requests().iter().all(|request| ["/", "/next"].contains(&&*request.target)), "{seen:?}");
    assert_eq!(seen.requests().iter().filter(|request| request.target == "/").count(), 1, "of the second Host");
}
