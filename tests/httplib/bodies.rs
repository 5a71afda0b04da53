//! Bodies both ways: in parts, cut short, answered early, refused.

use std::io::{BufRead, Read};

use maypole::compat::httplib::{Kind, NO_HEADERS};
use maypole::limits::Limits;
use maypole::{Body, error};

use crate::peer::*;
use crate::{answered, ask, fails, get, ms, to};

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

#[test]
fn a_body_in_parts_whole_and_by_lines_is_the_same_bytes() {
    on_both(|| {
        for (answer, cut) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\none\ntwo\nthr\nee".to_owned(), true),
            (CHUNKED.to_owned() + "4\r\none\n\r\n6;x=y\r\ntwo\nth\r\n4\r\nr\nee\r\n0\r\nT: 1\r\n\r\n", true),
            ("HTTP/1.0 200 OK\r\n\r\none\ntwo\nthr\nee".to_owned(), false),
        ] {
            let readers: [fn(&mut maypole::compat::httplib::HttpResponse) -> Vec<u8>; 7] = [
                |response| response.read_all().unwrap(),
                |response| {
                    let first = response.read_full(5).unwrap();
                    assert_eq!(first, b"one\nt");
                    [first, response.read_full(100).unwrap()].concat()
                },
                |response| {
                    let mut out = [0; 9];
                    assert_eq!(response.read_into(&mut out).unwrap(), 9);
                    let mut rest = [0; 9];
                    let n = response.read_into(&mut rest).unwrap();
                    [&out[..], &rest[..n]].concat()
                },
                |response| {
                    let mut lines = String::new();
                    while response.read_line(&mut lines).unwrap() > 0 {}
                    lines.into()
                },
                |response| response.by_ref().bytes().map(Result::unwrap).collect(),
                |response| response.by_ref().split(b'\n').map(Result::unwrap).collect::<Vec<_>>().join(&b'\n'),
                |response| {
                    let mut out = Vec::new();
                    response.read_to_end(&mut out).unwrap();
                    out
                },
            ];
            for read in readers {
                let mut script = vec![any_request(), pieces(answer.clone(), 7, ms(1))];
                if !cut {
                    script.push(Act::Close);
                }
                let peer = Peer::start([script]);
                let mut conn = to(&peer);
                let mut response = ask(&mut conn, "/");
                assert_eq!(response.will_close(), !cut);
                assert_eq!(response.is_chunked(), answer.contains("chunked"));
                assert_eq!(read(&mut response), b"one\ntwo\nthr\nee");
                assert!(response.is_closed(), "{response:?}");
                assert_eq!(response.read_full(1).unwrap(), b"");
                assert_eq!(response.trailers().get("t"), answer.contains("T: 1").then_some("1"));
                drop((conn, response));
                peer.finish();
            }
        }
    });
}

#[test]
fn a_body_that_is_cut_short_is_incomplete_and_what_came_can_be_had() {
    on_both(|| {
        let sized = || answered("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf").unwrap();
        let error = fails(sized().read_all(), Kind::IncompleteRead);
        assert_eq!((error.partial(), error.expected()), (&b"half"[..], Some(996)));
        assert!(error.to_string().ends_with("(4 bytes read, 996 more expected)"), "{error}");
        assert_eq!(error.cause().kind(), error::Kind::Incomplete);
        assert_eq!(error.into_partial(), b"half");
        let error = fails(sized().read_full(10), Kind::IncompleteRead);
        assert_eq!(error.partial(), b"half");
        assert_eq!(sized().read_full(4).unwrap(), b"half", "what was asked for has come");
        let mut out = [0; 10];
        let error = fails(sized().read_into(&mut out), Kind::IncompleteRead);
        assert_eq!((&out[..4], error.partial()), (&b"half"[..], &b"half"[..]));
        let mut line = String::new();
        let error = fails(sized().read_line(&mut line), Kind::IncompleteRead);
        assert_eq!((line.as_str(), error.partial()), ("", &b"half"[..]));
        let mut out = Vec::new();
        let error = sized().read_to_end(&mut out).unwrap_err();
        assert_eq!((error.kind(), out.as_slice()), (std::io::ErrorKind::UnexpectedEof, &b"half"[..]));
        fails::<()>(Err(error.into()), Kind::IncompleteRead);

        let mut chunked = answered(CHUNKED.to_owned() + "4\r\nhalf\r\n5\r\nh").unwrap();
        let error = fails(chunked.read_all(), Kind::IncompleteRead);
        assert_eq!(error.partial(), b"halfh");
        let error = fails(chunked.read_all(), Kind::IncompleteRead);
        assert_eq!(error.partial(), b"", "an error stays, and a part never passes for the whole");
        fails(answered(CHUNKED.to_owned() + "4\r\nhalf\r\nxyz").unwrap().read_all(), Kind::Protocol);
    });
}

#[test]
fn a_whole_body_has_a_cap_and_a_stream_has_none() {
    on_both(|| {
        let limits = Limits { whole_body: 10, line_bytes: 10, ..Limits::default() };
        for answer in [ok("0123456789a"), (CHUNKED.to_owned() + "b\r\n0123456789a\r\n0\r\n\r\n").into_bytes()] {
            let peer = Peer::always(conn([serve(answer)]));
            let mut conn = to(&peer);
            conn.set_limits(limits);
            fails(ask(&mut conn, "/").read_all(), Kind::TooLarge);
            fails(ask(&mut conn, "/").read_line(&mut String::new()), Kind::TooLarge);
            let mut out = String::new();
            ask(&mut conn, "/").read_to_string(&mut out).unwrap();
            assert_eq!(out, "0123456789a");
            conn.close();
        }
        let peer = Peer::start([conn([serve(ok("0123456789"))])]);
        let mut conn = to(&peer);
        conn.set_limits(limits);
        assert_eq!(get(&mut conn, "/").len(), 10, "the cap itself passes");
    });
}

#[test]
fn lines_that_are_not_text() {
    let mut response = answered(ok(b"\xff\xfe\nnext\n")).unwrap();
    let mut line = String::new();
    let error = fails(response.read_line(&mut line), Kind::Protocol);
    assert_eq!(error.partial(), b"\xff\xfe\n");
    assert_eq!((response.read_line(&mut line).unwrap(), line.as_str()), (5, "next\n"));
}

#[test]
fn an_upload_of_any_size_from_any_source() {
    on_both(|| {
        let file = || {
            let mut file = tempfile::tempfile().unwrap();
            std::io::Write::write_all(&mut file, &[b'f'; 200_000]).unwrap();
            std::io::Seek::rewind(&mut file).unwrap();
            file
        };
        let peer = Peer::always(conn([serve(ok("done"))]));
        let mut conn = to(&peer);
        let bodies: [(Body, bool); 5] = [
            (vec![b'x'; 200_000].into(), false),
            (file().into(), false),
            (Body::stream(std::io::repeat(b'x').take(200_000)), true),
            (Body::sized(std::io::repeat(b'x').take(200_000), 200_000), false),
            (Body::chunks((0..100).map(|_| Ok(vec![b'x'; 2000]))), true),
        ];
        let chunked: Vec<_> = bodies.iter().map(|(_, chunked)| *chunked).collect();
        for (body, _) in bodies {
            conn.request("PUT", "/", body, NO_HEADERS).unwrap();
            assert_eq!(conn.get_response().unwrap().read_all().unwrap(), b"done");
        }
        // By hand, with a length that is only known to the caller.
        let body = Body::stream(std::io::repeat(b'x').take(200_000));
        conn.request("PUT", "/", body, [("Content-Length", "200000")]).unwrap();
        assert_eq!(conn.get_response().unwrap().read_all().unwrap(), b"done");
        drop(conn);
        let seen = peer.finish();
        assert!(seen.requests().iter().all(|request| request.body.len() == 200_000));
        let chunks: Vec<_> = seen.requests().iter().map(|request| request.is_chunked()).collect();
        assert_eq!((&chunks[..5], chunks[5]), (&chunked[..], false));
        assert_eq!(seen.shape(), [6], "one connection for all of them");
    });
}

#[test]
fn a_source_that_fails_or_ends_too_early_ends_the_connection_too() {
    on_both(|| {
        let broken = || std::iter::once(Ok("part")).chain([Err(std::io::Error::other("disk"))]);
        let peer = Peer::always(conn([Act::Swallow]));
        let mut conn = to(&peer);
        fails(conn.request("PUT", "/", Body::chunks(broken()), NO_HEADERS), Kind::Body);
        let short = Body::stream(&b"short"[..]);
        let error = fails(conn.request("PUT", "/", short, [("Content-Length", "6")]), Kind::Body);
        assert!(error.to_string().contains("before the end"), "{error}");
        fails(conn.request("PUT", "/", Body::sized(&b"short"[..], 6), NO_HEADERS), Kind::Body);
        conn.put_request("PUT", "/").unwrap();
        conn.put_header("Content-Length", "6").unwrap();
        conn.end_headers().unwrap();
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("disk"))
            }
        }
        let error = fails(conn.send_from(&mut Broken), Kind::Body);
        assert!(error.to_string().contains("disk"), "{error}");
        peer.wait_released();
        assert!(!conn.is_connected());
        fails(conn.get_response(), Kind::ResponseNotReady);
    });
}

#[test]
fn an_answer_during_the_upload_is_the_answer() {
    on_both(|| {
        let refusal = "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno";
        let early = Gate::new();
        let peer = Peer::always(conn([head("PUT"), reply(refusal), open(&early), Act::Swallow]));
        let mut conn = to(&peer);
        conn.request("PUT", "/", Body::stream(std::io::repeat(b'x').take(100 << 20)), NO_HEADERS).unwrap();
        let mut response = conn.get_response().unwrap();
        assert_eq!((response.status(), response.read_all().unwrap()), (413, b"no".to_vec()));
        assert!(response.will_close(), "the rest of the body was not sent");
        assert!(peer.so_far().connections[0].received < 50 << 20);

        conn.put_request("PUT", "/").unwrap();
        conn.put_header("Content-Length", "1000000000").unwrap();
        conn.end_headers().unwrap();
        for _ in 0..1000 {
            conn.send(&[b'x'; 100_000]).unwrap();
        }
        assert_eq!(conn.get_response().unwrap().status(), 413);
    });
}

#[test]
fn expect_waits_for_the_servers_word() {
    on_both(|| {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        let lines = [("Expect", "100-continue")];
        let peer = Peer::always(conn([
            head("PUT"),
            reply("HTTP/1.1 100 Continue\r\n\r\n"),
            Act::Body,
            reply(answer),
            head("PUT"),
            reply("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n"),
            Act::Closed,
        ]));
        let mut conn = to(&peer);
        conn.request("PUT", "/", "body", lines).unwrap();
        assert_eq!(conn.get_response().unwrap().status(), 200);
        conn.put_request("PUT", "/").unwrap();
        conn.put_header("Content-Length", "4").unwrap();
        conn.put_header(lines[0].0, lines[0].1).unwrap();
        conn.end_headers().unwrap();
        conn.send(b"body").unwrap();
        let response = conn.get_response().unwrap();
        assert_eq!((response.status(), response.will_close()), (417, true));
        drop((conn, response));
        assert_eq!(peer.finish().requests()[0].text(), "body");
    });
}
