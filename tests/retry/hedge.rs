//! A second request beside a slow one: the first head wins, the other one ends at once.

use std::time::Duration;

use maypole::HttpClient;
use maypole::client::{Cache, Retry};
use maypole::error::Kind;
use maypole::rt;

use crate::peer::*;
use crate::{builder, ms};

/// May be given up before it is asked for anything.
fn stalls() -> Conn {
    conn([Act::Swallow])
}

fn answers(body: &str) -> Conn {
    conn([request("GET /x"), reply(ok(body))])
}

fn hedging() -> HttpClient {
    builder().hedge(ms(30)).build().unwrap()
}

#[test]
fn the_second_one_answers_and_the_first_is_closed() {
    on_both(|| {
        let peer = Peer::start([stalls(), answers("second")]);
        let client = hedging();
        let response = client.get(peer.url("/x")).send().unwrap();
        assert_eq!(response.text().unwrap(), "second");
        assert!(matches!(peer.wait_end(0), End::Client | End::ClientReset));
        wait_until("its place to be free", || client.stats().in_use == 0);
        peer.finish();
    });
}

#[test]
fn the_first_one_answers_and_the_second_is_closed() {
    on_both(|| {
        let second_came = Gate::new();
        let slow = conn([any_request(), hold(&second_came), reply(ok("first"))]);
        let peer = Peer::start([slow, conn([any_request(), open(&second_came), Act::Stall])]);
        let client = hedging();
        assert_eq!(client.get(peer.url("/x")).send().unwrap().text().unwrap(), "first");
        assert!(matches!(peer.wait_end(1), End::Client | End::ClientReset));
        wait_until("its place to be free", || client.stats().in_use == 0);
        peer.finish();
    });
}

#[test]
fn a_quick_answer_makes_no_second_request() {
    on_both(|| {
        let peer = Peer::start([conn([serve(ok("a"))])]);
        let client = builder().hedge(Duration::from_secs(5)).build().unwrap();
        for _ in 0..5 {
            assert_eq!(client.get(peer.url("/x")).send().unwrap().text().unwrap(), "a");
        }
        assert_eq!(peer.finish().shape(), [5]);
    });
}

#[test]
fn only_what_reads_and_has_no_body_is_hedged() {
    on_both(|| {
        let late = || conn([any_request(), pause(120), reply(ok("a"))]);
        for method in ["POST", "PUT", "DELETE"] {
            let peer = Peer::start([late()]);
            assert_eq!(hedging().request(method, peer.url("/x")).send().unwrap().text().unwrap(), "a");
            peer.finish();
        }
        let peer = Peer::start([late()]);
        let upgrade = hedging().get(peer.url("/x")).header("Connection", "Upgrade").header("Upgrade", "x");
        assert_eq!(upgrade.send().unwrap().text().unwrap(), "a");
        peer.finish();
        let peer = Peer::start([late()]);
        assert_eq!(hedging().get(peer.url("/x")).body("x").send().unwrap().text().unwrap(), "a");
        peer.finish();
    });
}

#[test]
fn an_error_of_one_waits_for_the_other() {
    on_both(|| {
        let second_came = Gate::new();
        let breaks = conn([any_request(), hold(&second_came), Act::Reset]);
        let peer = Peer::start([breaks, conn([any_request(), open(&second_came), pause(50), reply(ok("b"))])]);
        assert_eq!(hedging().get(peer.url("/x")).send().unwrap().text().unwrap(), "b");
        peer.finish();
        // Both: the first one's error. Before the second is due, at once.
        let peer = Peer::start([conn([any_request(), Act::Reset])]);
        let client = builder().hedge(Duration::from_secs(60)).build().unwrap();
        let watch = Stopwatch::start();
        let error = client.get(peer.url("/x")).send().unwrap_err();
        watch.within(0..5000);
        assert!(matches!(error.kind(), Kind::ConnectionLost | Kind::ClosedBeforeResponse), "{error:?}");
        peer.finish();
    });
}

#[test]
fn the_deadline_and_a_cancel_end_both() {
    on_both(|| {
        let peer = Peer::always(stalls());
        let client = hedging();
        let error = client.get(peer.url("/x")).timeout(ms(150)).send().unwrap_err();
        assert_eq!(error.kind(), Kind::Timeout);
        wait_until("the places to be free", || client.stats().in_use == 0);
        peer.finish();

        let asked = || conn([any_request(), Act::Stall]);
        let peer = Peer::start([asked(), asked()]);
        let token = rt::CancelToken::new();
        let request = client.get(peer.url("/x")).cancel(&token);
        let waiting = rt::spawn(move || request.send().unwrap_err().kind()).unwrap();
        peer.wait_requests(2);
        token.cancel();
        assert_eq!(waiting.join().unwrap(), Kind::Cancelled);
        wait_until("the places to be free", || client.stats().in_use == 0);
        peer.finish();

        let peer = Peer::always(stalls());
        let scoped = rt::scope::with_deadline(ms(150), || client.get(peer.url("/x")).send());
        assert_eq!(scoped.unwrap_err().kind(), Kind::Timeout);
        wait_until("the places to be free", || client.stats().in_use == 0);
        peer.finish();
    });
}

#[test]
fn hedges_are_paid_from_the_retry_budget() {
    on_both(|| {
        let late = || conn([any_request(), pause(120), reply(ok("a"))]);
        let peer = Peer::start([late()]);
        let client = builder().hedge(ms(30)).retry(Retry::standard().budget(0.0, 0)).build().unwrap();
        assert_eq!(client.get(peer.url("/x")).send().unwrap().text().unwrap(), "a");
        peer.finish();
    });
}

#[test]
fn places_are_not_lost_over_many_hedged_requests() {
    let server = Server::start(|request, to| {
        let n: usize = request.target[1..].parse().unwrap();
        std::thread::sleep(ms((n % 4) as u64 * 4));
        to.reply(ok("x"));
    });
    let client = builder().max_per_host(8).hedge(ms(5)).retry(Retry::standard().without_budget()).build().unwrap();
    let (shared, base) = (client.clone(), server.url("/"));
    let bodies =
        rt::Group::new(4).map(0..200, move |n| shared.get(format!("{base}{n}")).send().unwrap().text().unwrap());
    assert!(bodies.unwrap().iter().all(|body| body == "x"));
    wait_until("all places to be free", || client.stats().in_use == 0);
}

#[test]
fn a_cache_does_not_make_the_second_one_wait_for_the_first() {
    on_both(|| {
        let peer = Peer::start([stalls(), answers("second")]);
        let client = builder().hedge(ms(30)).cache(Cache::memory(1 << 20)).build().unwrap();
        let watch = Stopwatch::start();
        assert_eq!(client.get(peer.url("/x")).send().unwrap().text().unwrap(), "second");
        watch.within(0..5000);
        peer.finish();
    });
}
