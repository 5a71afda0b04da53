//! What is offered, and what becomes of the body then.

use maypole::client::Decode;
use maypole::error::{Kind, Phase};
use maypole::{HttpClient, RequestBuilder};

use crate::peer::*;
use crate::samples::{gzip, text};
use crate::{coded, quick};

const OFFER: Option<&str> = Some("gzip, deflate, br, zstd");

/// What was offered, and whether the body came decoded, for each way to ask.
fn asked(client: &HttpClient, change: impl FnOnce(RequestBuilder) -> RequestBuilder) -> (Option<String>, bool) {
    let peer = Peer::start([conn([any_request(), reply(coded("gzip", gzip(&text())))])]);
    let response = change(client.get(peer.url("/"))).send().unwrap();
    let decoded = response.is_decoded();
    assert_eq!(response.header("Content-Encoding"), Some("gzip"), "headers stay as they came");
    assert_eq!(response.content_length().is_none(), decoded, "the declared length is that of the coded bytes");
    let body = response.bytes().unwrap();
    assert!(body == if decoded { text() } else { gzip(&text()) });
    (peer.finish().requests()[0].header("accept-encoding").map(str::to_owned), decoded)
}

#[test]
fn codings_are_offered_and_undone_unless_the_caller_says_otherwise() {
    on_both(|| {
        let (on, off) = (quick(), HttpClient::builder().decode(false).build().unwrap());
        let offered = (OFFER.map(str::to_owned), true);
        assert_eq!(asked(&on, |r| r), offered);
        assert_eq!(asked(&on, |r| r.decode(false)), (None, false));
        assert_eq!(asked(&off, |r| r), (None, false));
        assert_eq!(asked(&off, |r| r.decode(true)), offered);
        assert_eq!(asked(&off, |r| r.decode(Decode::default().max_ratio(7))), offered);
        // As with curl, a line of one's own means to see to it oneself.
        for own in ["gzip", "identity", "br;q=0.5"] {
            assert_eq!(asked(&on, |r| r.header("accept-encoding", own)), (Some(own.to_owned()), false));
        }
        let own = HttpClient::builder().default_header("Accept-Encoding", "gzip").build().unwrap();
        assert_eq!(asked(&own, |r| r), (Some("gzip".to_owned()), false));
        // Nothing is said, and a server that codes all the same is understood.
        assert_eq!(asked(&on, |r| r.without_header("Accept-Encoding")), (None, true));
        assert_eq!(asked(&on, |r| r.header("Range", "bytes=0-")), (None, true));
        let silent = HttpClient::builder().without_header("accept-encoding").build().unwrap();
        assert_eq!(asked(&silent, |r| r), (None, true));
    });
}

#[test]
fn c318_raw_before_the_first_read() {
    on_both(|| {
        let body = gzip(&text());
        let peer = Peer::always(conn([serve(coded("gzip", &body))]));
        let client = quick();
        let raw = client.get(peer.url("/")).send().unwrap().raw().unwrap();
        assert_eq!((raw.is_decoded(), raw.content_length()), (false, Some(body.len() as u64)));
        assert!(raw.bytes().unwrap() == body);
        let mut response = client.get(peer.url("/")).send().unwrap();
        assert_eq!(response.read_full(4).unwrap(), text()[..4]);
        let error = response.raw().unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::Decode, Some(Phase::Decode)));
        let mut twice = client.get(peer.url("/")).send().unwrap().raw().unwrap();
        assert_eq!(twice.read_full(2).unwrap(), body[..2]);
        assert!(twice.raw().unwrap().bytes().unwrap() == body[2..]);
        let plain = client.get(peer.url("/")).decode(false).send().unwrap().raw().unwrap();
        assert!(plain.bytes().unwrap() == body);
    });
}

#[test]
fn c322_an_unknown_coding_is_an_error_of_reading_and_raw_gives_its_bytes() {
    on_both(|| {
        for coding in ["compress", "gzip, x-new", "gzip, gzip, gzip, gzip, gzip, gzip", "utf-8"] {
            let peer = Peer::always(conn([serve(coded(coding, "abc"))]));
            let client = quick();
            let response = client.get(peer.url("/")).send().unwrap();
            assert_eq!(response.status(), 200);
            let error = response.bytes().unwrap_err();
            assert_eq!((error.kind(), error.phase()), (Kind::Decode, Some(Phase::Decode)), "{error}");
            assert!(error.to_string().contains("`raw` gives the coded bytes"), "{error}");
            assert_eq!(client.get(peer.url("/")).send().unwrap().raw().unwrap().text().unwrap(), "abc");
            assert_eq!(client.get(peer.url("/")).decode(false).send().unwrap().text().unwrap(), "abc");
        }
    });
}
