//! Stale answers: while the server is asked, and when it fails (RFC 5861).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use maypole::HttpClient;
use maypole::client::{Cache, CacheStatus::*, Retry};
use maypole::error::Kind;

use crate::peer::*;
use crate::{answer, get, is, memory, with};

#[test]
fn c394_stale_while_revalidate_answers_at_once_and_asks_beside() {
    on_both(|| {
        let gate = Gate::new();
        let old = answer(200, &["Cache-Control: max-age=60, stale-while-revalidate=600", "Age: 100"], "old");
        let new = answer(200, &["Cache-Control: max-age=60"], "new");
        let second = [request("GET /x?y HTTP/1.1"), hold(&gate), reply(new)];
        let peer = Peer::start([[conn([any_request(), reply(old)]), conn(second)].concat()]);
        let cache = memory();
        let client = with(&cache);
        let url = peer.url("/x?y");
        let ask = || {
            let request = client.get(&url).header("X-Mine", "1").without_header("User-Agent").header("Cookie", "c=1");
            crate::read(request.send().unwrap())
        };
        assert_eq!(ask(), is(Miss, "old"));
        for _ in 0..5 {
            assert_eq!(ask(), is(Stale, "old"), "nobody waits for the server");
        }
        gate.open();
        wait_until("the new answer to be kept", || cache.stats().stored == 2);
        assert_eq!(ask(), is(Hit, "new"));
        let seen = peer.finish();
        let [first, refresh] = seen.requests()[..] else { panic!("{:?}", seen.shape()) };
        assert_eq!(refresh.header("X-Mine"), Some("1"));
        assert_eq!((refresh.all("Cookie"), refresh.header("User-Agent")), (vec!["c=1"], None));
        assert_eq!(refresh.all("Host"), first.all("Host"));
        assert_eq!(refresh.header("Cache-Control"), Some("max-age=0"));
    });
}

#[test]
fn refreshes_are_bounded_and_a_failed_one_leaves_the_answer_stale() {
    on_thread(|| {
        let (gate, down) = (Gate::new(), Arc::new(AtomicUsize::new(0)));
        let (held, counted) = (gate.clone(), down.clone());
        let server = Server::start(move |request, responder| {
            let lines = ["Cache-Control: max-age=60, stale-while-revalidate=600", "Age: 100", "ETag: \"a\""];
            if request.header("If-None-Match").is_some() {
                counted.fetch_add(1, SeqCst);
                held.wait();
                return responder.close();
            }
            responder.reply(answer(200, &lines, "old"));
        });
        let client = with(&memory());
        let urls: Vec<_> = (0..40).map(|n| server.url(&format!("/{n}"))).collect();
        urls.iter().for_each(|url| assert_eq!(get(&client, url), is(Miss, "old")));
        urls.iter().for_each(|url| assert_eq!(get(&client, url), is(Stale, "old")));
        wait_until("the pool to be full of refreshes", || down.load(SeqCst) == 10);
        assert!(server.peak() <= 10 + 1);
        gate.open();
        wait_until("the refreshes to fail", || down.load(SeqCst) >= 16);
        assert_eq!(get(&client, &urls[39]), is(Stale, "old"));
    });
}

#[test]
fn rfc5861_4_a_stale_answer_in_place_of_an_error() {
    on_both(|| {
        for (lines, cache, stands_in) in [
            ("max-age=60, stale-if-error=600", memory(), true),
            ("max-age=60", memory(), false),
            ("max-age=60", memory().stale_if_error(std::time::Duration::from_secs(600)), true),
            (
                "max-age=60, must-revalidate, stale-if-error=600",
                memory().stale_if_error(std::time::Duration::from_secs(600)),
                false,
            ),
        ] {
            let old = answer(200, &[&format!("Cache-Control: {lines}"), "Age: 100", "ETag: \"a\""], "old");
            let down = answer(503, &[], "down");
            let peer = Peer::start([conn([any_request(), reply(old), any_request(), reply(down)])]);
            let client = with(&cache);
            assert_eq!(get(&client, &peer.url("/")), is(Miss, "old"));
            if stands_in {
                assert_eq!(get(&client, &peer.url("/")), is(Stale, "old"), "{lines}: 503");
            } else {
                assert_eq!(get(&client, &peer.url("/")), is(Replaced, "down"), "{lines}: 503");
            }
            let address = peer.url("/");
            peer.finish();
            let outcome = client.get(&address).send();
            match (stands_in, outcome) {
                (true, Ok(response)) => assert_eq!(crate::read(response), is(Stale, "old"), "{lines}: nobody there"),
                (false, Err(error)) => assert_ne!(error.kind(), Kind::Timeout, "{lines}"),
                (_, outcome) => panic!("{lines}: {outcome:?}"),
            }
        }
    });
}

#[test]
fn max_stale_and_its_friends_of_the_request() {
    on_thread(|| {
        let sent = answer(200, &["Cache-Control: max-age=60", "Age: 100"], "x");
        let server = Server::start(move |_, responder| responder.reply(&sent));
        let client = with(&Cache::memory(1 << 20));
        let status = |control: &str| {
            let request = client.get(server.url("/")).header("Cache-Control", control);
            crate::read(request.send().unwrap()).0
        };
        assert_eq!(status("max-age=600"), Miss);
        assert_eq!(status("max-stale"), Stale);
        assert_eq!(status("max-stale=1000"), Stale);
        assert_eq!(status("max-stale=5"), Replaced);
        assert_eq!(status("max-stale, no-cache"), Replaced);
        assert_eq!(status("max-stale, no-store"), Stale, "what is there may be used");
        assert_eq!(server.requests(), 3);
    });
}

#[test]
fn a_cancel_is_no_failure_of_the_server() {
    on_both(|| {
        let old = answer(200, &["Cache-Control: max-age=60, stale-if-error=600", "Age: 100"], "old");
        let peer = Peer::start([conn([any_request(), reply(old), any_request(), Act::Stall])]);
        let client = with(&memory());
        let url = peer.url("/");
        assert_eq!(get(&client, &url), is(Miss, "old"));
        let token = maypole::rt::CancelToken::new();
        let request = client.get(&url).cancel(&token);
        let waiting = maypole::rt::spawn(move || request.send().map(|response| response.status())).unwrap();
        peer.wait_requests(2);
        token.cancel();
        assert_eq!(waiting.join().unwrap().unwrap_err().kind(), Kind::Cancelled);
        peer.finish();
    });
}

#[test]
fn a_stale_answer_says_nothing_of_the_tries_that_it_stands_in_for() {
    on_both(|| {
        let gone = answer(404, &["Cache-Control: max-age=60, stale-if-error=600", "Age: 100"], "gone");
        let down = answer(503, &[], "down");
        let peer = Peer::start([conn([any_request(), reply(gone), any_request(), reply(down.clone()), serve(down)])]);
        let retry = Retry::standard().retries(1).backoff(Duration::from_millis(1), Duration::from_millis(2));
        let client = HttpClient::builder().cache(memory()).retry(retry).build().unwrap();
        assert_eq!(get(&client, &peer.url("/")), is(Miss, "gone"));
        let stale = client.get(peer.url("/")).send().unwrap();
        assert_eq!(stale.cache_status(), Some(Stale));
        let error = stale.error_for_status().unwrap_err();
        assert!(error.to_string().contains("status 404"), "{error}");
        assert!(!error.to_string().contains("not tried again"), "{error}");
        assert_eq!(peer.finish().shape(), [3]);
    });
}
