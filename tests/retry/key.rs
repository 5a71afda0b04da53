//! `Idempotency-Key`: a POST that may be sent twice, because the server can tell.

use maypole::error::Kind;

use crate::peer::*;
use crate::{builder, eager, retrying};

fn keys(seen: &Transcript) -> Vec<String> {
    seen.requests().iter().map(|request| request.header("Idempotency-Key").unwrap_or_default().to_owned()).collect()
}

#[test]
fn every_try_has_the_same_key() {
    on_both(|| {
        let lost = || conn([request("POST"), Act::Reset]);
        let peer = Peer::start([lost(), lost(), conn([request("POST"), reply(ok("a"))])]);
        let client = retrying(eager());
        let response = client.post(peer.url("/")).body("x").idempotency_key("order-7").send().unwrap();
        assert_eq!(response.attempts(), 3);
        assert_eq!(keys(&peer.finish()), ["order-7"; 3]);

        let peer = Peer::start([lost(), conn([request("POST"), reply(ok("a")), request("POST"), reply(ok("b"))])]);
        let auto = |body: &'static str| client.post(peer.url("/")).body(body).idempotency_key_auto().send().unwrap();
        auto("x").text().unwrap();
        auto("y").text().unwrap();
        let keys = keys(&peer.finish());
        assert!(keys[0] == keys[1] && keys[1] != keys[2] && keys[0].len() == 36, "{keys:?}");
    });
}

#[test]
fn without_retries_a_key_is_a_header_and_no_more() {
    on_both(|| {
        let peer = Peer::start([conn([request("POST"), Act::Reset])]);
        let client = builder().build().unwrap();
        let sent = client.post(peer.url("/")).body("x").idempotency_key("k").send();
        assert_eq!(sent.unwrap_err().attempts(), 1);
        peer.finish();
        let wrong = client.post("http://127.0.0.1:1/").idempotency_key("a\r\nb").send().unwrap_err();
        assert_eq!(wrong.kind(), Kind::InvalidRequest);
    });
}
