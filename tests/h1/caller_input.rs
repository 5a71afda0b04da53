//! What a caller may hand in: nothing that would mean something else on the wire leaves, sec-A.

use std::io::Cursor;

use maypole::HttpClient;
use maypole::error::{Error, Kind};
use maypole::message::Body;

use crate::peer::*;
use crate::quick;

/// Each of these requests fails before a byte is sent, or even connected.
#[track_caller]
fn never_sent(requests: impl Fn(&HttpClient, &str) -> Vec<Result<maypole::Response, Error>>) {
    let peer = Peer::start([]);
    for (n, result) in requests(&quick(), &peer.url("/")).into_iter().enumerate() {
        let e = match result {
            Ok(_) => panic!("request {n} was sent"),
            Err(e) => e,
        };
        assert!(matches!(e.kind(), Kind::InvalidRequest | Kind::InvalidUrl), "request {n}: {e:?}");
    }
    assert_eq!(peer.connections(), 0);
    peer.finish();
}

#[test]
fn c25_sec_a1_header_values() {
    on_both(|| {
        let values = ["a\rb", "a\nb", "a\0b", "a\r\nX: y", "\u{e9}\r\u{e9}", "a\x7fb", "a\x01b", "\na", "a\r\n"];
        never_sent(|client, url| values.map(|v| client.get(url).header("X", v).send()).into());
    });
}

#[test]
fn c25_sec_a2_header_names() {
    on_both(|| {
        let names = ["", "a b", "a:b", "a\r", "a\nb", "a\0", "\u{e9}", "a(b", " a", "a ", "X: y\r\nZ"];
        never_sent(|client, url| names.map(|n| client.get(url).header(n, "v").send()).into());
    });
}

#[test]
fn c25_c27_sec_a3_methods() {
    on_both(|| {
        let methods = ["GET / HTTP/1.1\r\nX: y", "get", "Get", "", "GE T", "GET\r", "GET\n", "G\0T", "GÉT", "GET,"];
        never_sent(|client, url| methods.map(|m| client.request(m, url).send()).into());
    });
}

#[test]
fn c25_sec_a4_targets() {
    on_both(|| {
        for path in ["/a\r\nX: y", "/a\nb", "/?q=a\r\nX: y", "/a b", "/a\0b", "/%0d%0aX:y", "/?%0d%0a"] {
            let peer = Peer::always(conn([serve(ok(""))]));
            let result = quick().get(peer.url(path)).send();
            let seen = peer.finish();
            for sent in seen.requests() {
                assert!(sent.target.bytes().all(|b| b.is_ascii_graphic()), "{path:?} as {:?}", sent.target);
                assert_eq!(sent.header("x"), None, "{path:?}");
                assert_eq!(path.contains("%0d"), sent.target.contains("%0d"), "{path:?} as {:?}", sent.target);
            }
            assert!(result.is_ok() || seen.requests().is_empty(), "{path:?}");
        }
    });
}

#[test]
fn sec_a5_host_header() {
    on_both(|| {
        let hosts = ["a\r\nX: y", "a/b", "a@b", "a b", "a\tb", "a?b", "a#b", "", "a,b"];
        never_sent(|client, url| hosts.map(|h| client.get(url).header("Host", h).send()).into());
        let peer = Peer::start([conn([any_request(), reply(ok(""))])]);
        quick().get(peer.url("/")).header("Host", "other.test:8080").send().unwrap();
        assert_eq!(peer.finish().requests()[0].all("host"), ["other.test:8080"]);
    });
}

#[test]
fn sec_a6_side_doors() {
    on_both(|| {
        for builder in [
            HttpClient::builder().user_agent("a\r\nX: y"),
            HttpClient::builder().default_header("X", "a\r\nY: z"),
            HttpClient::builder().default_header("X\r\nY", "z"),
        ] {
            let peer = Peer::start([]);
            let e = builder.build().and_then(|client| client.get(peer.url("/")).send()).unwrap_err();
            assert!(matches!(e.kind(), Kind::InvalidConfig | Kind::InvalidRequest), "{e:?}");
            assert_eq!(peer.connections(), 0);
        }
    });
}

#[test]
fn sec_a8_c236_lengths_that_contradict_the_body() {
    on_both(|| {
        never_sent(|client, url| {
            vec![
                client.post(url).header("Content-Length", "4").body("hello").send(),
                client.post(url).header("Content-Length", "6").body("hello").send(),
                client
                    .post(url)
                    .header("Content-Length", "5")
                    .header("Transfer-Encoding", "chunked")
                    .body("hello")
                    .send(),
                client.post(url).header("Content-Length", "-1").body("hello").send(),
                client.post(url).header("Content-Length", "5").header("Content-Length", "6").body("hello").send(),
                client.post(url).header("Transfer-Encoding", "gzip").body("hello").send(),
            ]
        });
    });
}

#[test]
fn sec_a8_sources_that_give_more_or_less_than_announced() {
    on_both(|| {
        for announced in [3, 10] {
            let peer = Peer::then_always([conn([head("POST"), Act::Swallow])], conn([serve(ok("own"))]));
            let client = quick();
            let body = Body::sized(Cursor::new(b"hello".to_vec()), announced);
            let e = client.post(peer.url("/")).body(body).send().unwrap_err();
            assert_eq!(e.kind(), Kind::Body, "{announced}: {e:?}");
            peer.wait_end(0);
            assert_eq!(client.get(peer.url("/")).send().unwrap().text().unwrap(), "own");
            let seen = peer.finish();
            let sent = seen.connections[0].received - seen.requests()[0].head.len() as u64;
            assert!(sent <= announced, "{sent} of {announced} bytes");
        }
    });
}

#[test]
fn sec_j6_passwords_stay_out_of_errors() {
    on_both(|| {
        let url = format!("http://user:s3cret@{}/", Refused::start().address());
        let e = quick().get(&url).send().unwrap_err();
        assert!(!format!("{e} {e:?}").contains("s3cret"), "{e:?}");
        let e = quick().get("http://user:s3cret@/").send().unwrap_err();
        assert!(!format!("{e} {e:?}").contains("s3cret"), "{e:?}");
        let e = quick().get("http://127.0.0.1/").header("Authorization", "s3cret\r\n").send().unwrap_err();
        assert!(!format!("{e} {e:?}").contains("s3cret"), "{e:?}");
    });
}

#[test]
fn sec_j6_the_servers_text_in_errors_has_no_control_characters() {
    on_both(|| {
        let peer = Peer::start([conn([any_request(), reply(b"\x1b[31mHTTP/1.1 200 OK\r\n\r\n".to_vec()), Act::Close])]);
        let e = quick().get(peer.url("/")).send().unwrap_err();
        assert_eq!(e.kind(), Kind::Protocol);
        assert!(!e.to_string().chars().any(char::is_control), "{:?}", e.to_string());
    });
}
