//! Lines behind a body.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use maypole::error::{Kind, Phase};
use maypole::message::Version;
use maypole::{Body, Headers};

use crate::peer::*;
use crate::{quick, refused, seen};

fn lines(name: &'static str) -> impl Fn() -> Headers + Send + Sync + 'static {
    move || Headers::from_pairs([(name, "7")]).unwrap()
}

#[test]
fn trailers_are_made_when_the_body_has_gone() {
    on_both(|| {
        let taken = Arc::new(AtomicUsize::new(0));
        let counted = taken.clone();
        let pieces = (0..5).map(move |n| {
            counted.fetch_add(1, Relaxed);
            Ok(n.to_string())
        });
        let count = move || Headers::from_pairs([("X-Pieces", taken.load(Relaxed).to_string())]).unwrap();
        let r = seen(|request| request.header("Trailer", "X-Pieces").body(Body::chunks(pieces).with_trailers(count)));
        assert_eq!((r.text(), r.is_chunked(), r.header("trailer")), ("01234", true, Some("X-Pieces")));
        assert_eq!(r.trailers, [("X-Pieces".to_owned(), b"5".to_vec())]);
    });
}

#[test]
fn trailers_make_any_body_a_chunked_one() {
    on_both(|| {
        for (body, text) in [(Body::from("text"), "text"), (Body::from(""), ""), (Body::empty(), "")] {
            let r = seen(|request| request.body(body.with_trailers(lines("X-Sum"))));
            assert_eq!((r.text(), r.length(), r.is_chunked()), (text, None, true));
            assert_eq!(r.trailers.len(), 1);
        }
        let r = seen(|request| request.body(Body::from("x").gzip().with_trailers(lines("X-Sum"))));
        assert_eq!((r.header("content-encoding"), r.trailers.len()), (Some("gzip"), 1));
    });
}

#[test]
fn trailers_go_along_when_the_body_is_sent_again() {
    on_both(|| {
        let first = reply("HTTP/1.1 307 Temporary Redirect\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n");
        let peer = Peer::start([conn([any_request(), first, any_request(), reply(ok(""))])]);
        quick().put(peer.url("/")).body(Body::from("x").with_trailers(lines("X-Sum"))).send().unwrap();
        assert!(peer.finish().requests().iter().all(|request| request.trailers.len() == 1));
    });
}

#[test]
fn a_name_that_must_not_stand_behind_a_body_is_refused() {
    let peer = Peer::start([conn([head("POST / "), expect("1\r\nx\r\n")])]);
    let forbidden = Body::from("x").with_trailers(lines("Content-Length"));
    let error = quick().post(peer.url("/")).body(forbidden).send().unwrap_err();
    assert_eq!((error.kind(), error.phase()), (Kind::InvalidRequest, Some(Phase::Send)), "{error}");
    // The connection was closed as soon as the line was seen, perhaps before the peer had taken it.
    peer.wait_connections(1);
    peer.finish();
}

#[test]
fn http_1_0_has_no_trailers() {
    let body = Body::from("x").with_trailers(lines("X-Sum"));
    assert_eq!(refused(|request| request.version(Version::Http10).body(body)).kind(), Kind::InvalidRequest);
}
