//! Case 245: `Expect: 100-continue` from a size on.

use maypole::deadline::Timeouts;
use maypole::message::Version;
use maypole::{Body, ClientBuilder, HttpClient, RequestBuilder};

use crate::ms;
use crate::peer::*;

fn client(options: impl FnOnce(ClientBuilder) -> ClientBuilder) -> HttpClient {
    let timeouts = Timeouts { expect_continue: ms(50), total: Some(ms(5000)), ..Timeouts::default() };
    options(HttpClient::builder().timeouts(timeouts)).build().unwrap()
}

/// One that waits long enough for what comes late.
fn patient(options: impl FnOnce(ClientBuilder) -> ClientBuilder) -> HttpClient {
    let timeouts = Timeouts { expect_continue: ms(20_000), total: Some(ms(30_000)), ..Timeouts::default() };
    options(HttpClient::builder().timeouts(timeouts)).build().unwrap()
}

/// Whether the peer was asked first.
fn asks(client: &HttpClient, with: impl FnOnce(RequestBuilder) -> RequestBuilder) -> bool {
    let peer = Peer::start([conn([any_request(), reply(ok(""))])]);
    with(client.post(peer.url("/"))).send().unwrap();
    peer.finish().requests()[0].header("expect") == Some("100-continue")
}

#[test]
fn c245_from_a_size_on_and_for_unknown_lengths() {
    on_both(|| {
        let above = client(|b| b.expect_continue_above(1000));
        assert!(!asks(&above, |r| r.body(vec![0; 1000])));
        assert!(asks(&above, |r| r.body(vec![0; 1001])));
        assert!(asks(&above, |r| r.body(Body::stream(std::io::Cursor::new("x")))));
        assert!(!asks(&above, |r| r));
        assert!(!asks(&above, |r| r.body(vec![0; 1001]).expect_continue_above(None)));
        // RFC 9110 §10.1.1: HTTP/1.0 does not know it.
        assert!(!asks(&above, |r| r.body(vec![0; 1001]).version(Version::Http10)));
        let never = client(|b| b);
        assert!(!asks(&never, |r| r.body(vec![0; 10 << 20])));
        assert!(asks(&never, |r| r.body("x").expect_continue_above(0)));
    });
}

#[test]
fn c245_a_refusal_withholds_the_body_and_a_redirect_without_it_does_not_ask() {
    on_both(|| {
        let refuses = "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n";
        let peer = Peer::start([conn([head("POST"), reply(refuses), Act::Closed])]);
        let above = patient(|b| b.expect_continue_above(1000));
        assert_eq!(above.post(peer.url("/")).body(vec![0; 5000]).send().unwrap().status(), 413);
        peer.wait_end(0);
        let moved = "HTTP/1.1 303 See Other\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n";
        let peer = Peer::then_always([conn([head("POST"), reply(moved), Act::Closed])], conn([serve(ok("x"))]));
        assert_eq!(above.post(peer.url("/")).body(vec![0; 5000]).send().unwrap().text().unwrap(), "x");
        let seen = peer.finish();
        assert_eq!((seen.requests()[1].method.as_str(), seen.requests()[1].header("expect")), ("GET", None));
    });
}

const REFUSED: &str = "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n";

#[test]
fn a_417_is_asked_once_more_without_the_expectation() {
    on_both(|| {
        let above = patient(|b| b.expect_continue_above(1000));
        for own in [false, true] {
            let body = vec![b'x'; if own { 10 } else { 5000 }];
            let peer =
                Peer::start([conn([head("POST"), reply(REFUSED), Act::Closed]), conn([any_request(), reply(ok("a"))])]);
            let post = above.post(peer.url("/")).body(body.clone());
            let post = if own { post.header("Expect", "100-continue") } else { post };
            assert_eq!(post.send().unwrap().text().unwrap(), "a");
            let seen = peer.finish();
            assert_eq!(
                (seen.requests()[0].header("expect"), seen.requests()[1].header("expect")),
                (Some("100-continue"), None)
            );
            assert_eq!(seen.requests()[1].body, body);
        }
        // Once: what says it again means something else.
        let peer =
            Peer::start([conn([head("POST"), reply(REFUSED), Act::Closed]), conn([any_request(), reply(REFUSED)])]);
        assert_eq!(above.post(peer.url("/")).body(vec![0; 5000]).send().unwrap().status(), 417);
        peer.finish();
    });
}

#[test]
fn a_417_that_no_repetition_can_mend_is_the_answer() {
    on_both(|| {
        let above = client(|b| b.expect_continue_above(1000));
        let peer = Peer::start([conn([any_request(), reply(REFUSED)])]);
        assert_eq!(above.post(peer.url("/")).body("never asked").send().unwrap().status(), 417);
        peer.finish();
        // The body has left with the wait for the 100, and cannot be had again.
        let peer = Peer::start([conn([any_request(), reply(REFUSED)])]);
        let body = Body::stream(std::io::Cursor::new(vec![0; 5000]));
        assert_eq!(above.post(peer.url("/")).body(body).send().unwrap().status(), 417);
        peer.finish();
    });
}
