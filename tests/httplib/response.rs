//! What a response says, and what it comes to when it is none.

use std::io::{BufRead, Read};

use maypole::compat::httplib::Kind;
use maypole::error::{Kind as Why, Phase};

use crate::peer::*;
use crate::{answered, answered_to, ask, fails, get, to};

#[test]
fn c343_a_bad_status_line() {
    on_both(|| {
        for (reply, line) in [
            ("boom\r\n\r\n", "boom"),
            ("HTTP/1.1\r\n\r\n", "HTTP/1.1"),
            ("HTTP/1.1 xyz OK\r\n\r\n", "HTTP/1.1 xyz OK"),
            ("HTTP/1.1 99 Low\r\n\r\n", "HTTP/1.1 99 Low"),
            ("HTTP/1.1 2000 High\r\n\r\n", "HTTP/1.1 2000 High"),
            ("ICY 200 OK\r\n\r\n", "ICY 200 "),
        ] {
            let error = fails(answered(reply), Kind::BadStatusLine);
            assert_eq!(error.line(), Some(line));
            assert_eq!((error.cause().kind(), error.phase()), (Why::Protocol, Some(Phase::Head)));
            assert!(error.cause().url().is_some_and(|url| url.starts_with("http://127.0.0.1:")), "{error}");
            assert_eq!(error.cause().addresses().len(), 1, "{error}");
        }
    });
}

#[test]
fn http_0_9_and_versions_that_nobody_speaks() {
    // HTTP/0.9 has no head: what comes is taken for none.
    fails(answered("<html>hello</html>"), Kind::BadStatusLine);
    for version in ["HTTP/0.9", "HTTP/2.0", "HTTP/3", "HTTP/1.2"] {
        fails(answered(format!("{version} 200 OK\r\n\r\n")), Kind::UnknownProtocol);
    }
}

#[test]
fn what_a_server_says_instead_of_a_response() {
    on_both(|| {
        fails(answered(""), Kind::RemoteDisconnected);
        fails(answered("HTTP/1.1 200 OK\r\nA: b\r\n"), Kind::IncompleteRead);
        fails(answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"), Kind::UnknownTransferEncoding);
        fails(answered("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), Kind::UnknownTransferEncoding);
        fails(answered("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"), Kind::Protocol);
        fails(answered("HTTP/1.1 200 OK\r\nA b\r\n\r\n"), Kind::Protocol);
        fails(answered(format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\n", "x".repeat(300_000))), Kind::LineTooLong);
        fails(answered(format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(300))), Kind::TooManyHeaders);
    });
}

#[test]
fn after_a_bad_answer_another_request_gets_another_connection() {
    on_both(|| {
        let peer = Peer::start([conn([any_request(), reply("boom\r\n\r\n")]), conn([any_request(), reply(ok("x"))])]);
        let mut conn = to(&peer);
        conn.request("GET", "/", (), crate::NO_HEADERS).unwrap();
        fails(conn.get_response(), Kind::BadStatusLine);
        fails(conn.get_response(), Kind::ResponseNotReady);
        assert_eq!(get(&mut conn, "/"), b"x");
        drop(conn);
        peer.finish();
    });
}

#[test]
fn c344_a_body_that_came_with_the_head_is_complete_at_once() {
    on_both(|| {
        let peer = Peer::start([conn([any_request(), reply(ok("Hello World!"))])]);
        let mut conn = to(&peer);
        let mut response = ask(&mut conn, "/");
        assert_eq!(response.remaining(), Some(12));
        let body = response.read_all().unwrap();
        assert_eq!((body.as_slice(), body.len()), (&b"Hello World!"[..], 12));
        assert!(response.is_closed() && !response.will_close());
        assert_eq!((response.remaining(), response.received()), (Some(0), 12));
        assert_eq!(response.read_all().unwrap(), b"", "behind the end there is nothing, and no error");
        drop((conn, response));
        peer.finish();
    });
}

#[test]
fn c345_two_lines_of_one_name() {
    let response = answered("HTTP/1.1 200 OK\r\nSet-Cookie: foo=bar\r\nSet-Cookie: baz=bar\r\n\r\n").unwrap();
    assert_eq!(response.get_header("set-cookie").as_deref(), Some("foo=bar, baz=bar"));
    let all: Vec<_> = response.get_headers().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(all, ["Set-Cookie=foo=bar", "Set-Cookie=baz=bar"]);
    assert_eq!(response.headers().get_all("SET-COOKIE").count(), 2);
}

#[test]
fn c348_version_status_reason_and_headers_are_those_that_were_sent() {
    on_both(|| {
        let reply = "HTTP/1.0 404 Not  Found \r\nServer: s\r\nX-Name: M\u{fc}ller\r\nX-Empty:\r\n\r\n";
        let mut bytes = reply.as_bytes().to_vec();
        let at = bytes.windows(2).position(|pair| pair == "ü".as_bytes()).unwrap();
        bytes.splice(at..at + 2, [0xfc]);
        let response = answered(bytes).unwrap();
        assert_eq!((response.version(), response.status()), (10, 404));
        assert_eq!(response.reason(), "Not  Found", "the phrase, without blanks at its ends");
        assert_eq!(response.get_header("server").as_deref(), Some("s"));
        assert_eq!(response.get_header_or("SERVER", "none"), "s");
        assert_eq!(response.get_header_or("X-None", "none"), "none");
        assert_eq!(response.get_header("x-none"), None);
        assert_eq!(response.get_header("x-name").as_deref(), Some("Müller"), "Latin-1");
        assert_eq!(response.get_header("x-empty").as_deref(), Some(""));
        assert_eq!(response.get_headers().len(), 3);
        assert_eq!(response.method(), "GET");
        assert!(response.peer_addr().is_some() && response.local_addr() != response.peer_addr());
        assert_eq!(
            answered("HTTP/1.1 299\r\n\r\n").map(|r| (r.version(), r.reason().to_owned())).unwrap(),
            (11, "".into())
        );
    });
}

#[test]
fn c349_a_read_after_close_is_an_error() {
    on_both(|| {
        for closes in ["", "Connection: close\r\n"] {
            let answer = format!("HTTP/1.1 200 OK\r\n{closes}Content-Length: 4\r\n\r\nbody");
            let peer = Peer::always(conn([any_request(), reply(answer), Act::Stall]));
            let mut conn = to(&peer);
            // All of the body is here already, and the response was closed by itself.
            let mut response = ask(&mut conn, "/");
            response.close();
            assert!(response.is_closed());
            let error = fails(response.read_all(), Kind::ResponseClosed);
            assert!(error.to_string().contains("before"), "{error}");
            fails(response.read_full(1), Kind::ResponseClosed);
            fails(response.read_into(&mut [0]), Kind::ResponseClosed);
            fails(response.read_line(&mut String::new()), Kind::ResponseClosed);
            let error = response.read(&mut [0]).unwrap_err();
            fails::<()>(Err(error.into()), Kind::ResponseClosed);
            let error = response.fill_buf().unwrap_err();
            fails::<()>(Err(error.into()), Kind::ResponseClosed);
            assert_eq!(conn.is_connected(), closes.is_empty(), "the rest had come, so that the connection goes on");
        }
    });
}

#[test]
fn c349_closing_the_connection_closes_its_response_unless_it_was_the_last() {
    on_both(|| {
        let peer = Peer::always(conn([any_request(), reply(ok("body")), Act::Stall]));
        let mut conn = to(&peer);
        let mut response = ask(&mut conn, "/");
        assert_eq!(response.read_full(1).unwrap(), b"b");
        assert_eq!(response.fill_buf().unwrap(), b"ody");
        response.consume(1);
        conn.close();
        peer.wait_end(0);
        fails(response.read_all(), Kind::ResponseClosed);

        let last = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody";
        let peer = Peer::always(conn_of(last));
        let mut conn = to(&peer);
        let mut response = ask(&mut conn, "/");
        assert!(response.will_close());
        conn.close();
        assert_eq!(response.read_all().unwrap(), b"body");
        conn.close();
        assert_eq!(response.read_all().unwrap(), b"", "what was read to its end cannot be closed too early");
        // One that was read to its end outlives its connection's close too.
        let peer = Peer::always(crate::peer::conn([serve(ok("body"))]));
        let mut conn = to(&peer);
        let mut response = ask(&mut conn, "/");
        response.read_all().unwrap();
        conn.close();
        assert_eq!(response.read_full(7).unwrap(), b"");
    });
}

fn conn_of(answer: &str) -> Conn {
    conn([any_request(), reply(answer)])
}

#[test]
fn answers_without_a_body_give_the_connection_back_at_once() {
    on_both(|| {
        for (method, head) in [
            ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"),
            ("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
            ("GET", "HTTP/1.1 204 No Content\r\n\r\n"),
            ("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n"),
            ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        ] {
            let peer = Peer::start([conn([any_request(), reply(head), any_request(), reply(ok("next"))])]);
            let mut conn = to(&peer);
            conn.request(method, "/", (), crate::NO_HEADERS).unwrap();
            let mut response = conn.get_response().unwrap();
            assert!(response.is_closed(), "{head}");
            // Where Python's `putrequest` succeeds and `getresponse` fails, since nobody has called `read`.
            assert_eq!(get(&mut conn, "/"), b"next");
            assert_eq!(response.read_all().unwrap(), b"");
            drop((conn, response));
            peer.finish();
        }
    });
}

#[test]
fn interim_answers_are_passed_over() {
    on_both(|| {
        let peer = Peer::start([conn([
            any_request(),
            reply("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nA: b\r\n\r\n"),
            reply("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"),
        ])]);
        let mut conn = to(&peer);
        let mut response = ask(&mut conn, "/");
        assert_eq!((response.status(), response.headers().len()), (200, 1));
        assert_eq!(response.read_all().unwrap(), b"x");
        drop((conn, response));
        peer.finish();
        fails(answered("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"), Kind::Protocol);
        assert_eq!(answered_to("HEAD", "HTTP/1.1 200 OK\r\n\r\n").unwrap().status(), 200);
    });
}
