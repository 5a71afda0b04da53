//! More callers than connections, cases 30, 31, 39 to 42, 60 to 62, sec-G7.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::time::Duration;

use maypole::HttpClient;
use maypole::deadline::Timeouts;
use maypole::error::{Kind, Phase};
use maypole::rt::{self, CancelToken};

use super::{coroutines, of_size};
use crate::ms;
use crate::peer::*;

#[test]
fn c30_c31_the_size_is_reached_and_never_exceeded() {
    on_thread(|| {
        for (callers, size) in [(5, 3), (12, 3)] {
            let come = AtomicUsize::new(0);
            let server = Server::start(move |_, to| {
                come.fetch_add(1, SeqCst);
                wait_until("as many as there are connections", || come.load(SeqCst) >= size);
                std::thread::sleep(ms(20));
                to.reply(ok("x"));
            });
            let (client, url) = (of_size(size), server.url("/"));
            let texts = coroutines(callers, move |_| client.get(&url).send().unwrap().text().unwrap());
            assert_eq!(texts, vec!["x"; callers]);
            assert_eq!((server.peak(), server.connections(), server.requests()), (size, size, callers));
        }
    });
}

/// Starts requests that wait for the only connection one after the other, then lets it go.
fn queue_up(client: &HttpClient, peer: &Peer, waiters: usize) -> Vec<rt::JoinHandle<Result<String, maypole::Error>>> {
    (0..waiters)
        .map(|n| {
            let (client2, url) = (client.clone(), peer.url(&format!("/{n}")));
            let handle = rt::spawn(move || client2.get(url).send().and_then(|r| r.text())).unwrap();
            wait_until("the request to wait", || client.stats().waiting == n + 1);
            handle
        })
        .collect()
}

#[test]
fn c31_sec_g7_waiters_are_served_in_order_of_arrival() {
    on_both(|| {
        let peer = Peer::start([conn([serve(ok("x"))])]);
        let client = of_size(1);
        let held = client.get(peer.url("/held")).send().unwrap();
        let waiters = queue_up(&client, &peer, 10);
        held.text().unwrap();
        waiters.into_iter().for_each(|w| assert_eq!(w.join().unwrap().unwrap(), "x"));
        let seen = peer.finish();
        let order: Vec<_> = seen.requests().iter().map(|r| r.target.clone()).collect();
        let expected: Vec<_> = std::iter::once("/held".to_owned()).chain((0..10).map(|n| format!("/{n}"))).collect();
        assert_eq!(order, expected);
    });
}

fn impatient(size: usize, limit: u64) -> HttpClient {
    let timeouts = Timeouts { checkout: Some(ms(limit)), ..Timeouts::default() };
    HttpClient::builder().max_per_host(size).timeouts(timeouts).build().unwrap()
}

#[test]
fn c39_c40_waiting_has_its_own_limit_and_the_error_says_what_for() {
    on_both(|| {
        let peer = Peer::start([conn([serve(ok("x"))])]);
        let client = impatient(1, 100);
        let unread = client.get(peer.url("/")).send().unwrap();
        let watch = Stopwatch::start();
        let e = client.get(peer.url("/")).send().unwrap_err();
        watch.within(100..350);
        assert_eq!((e.kind(), e.phase()), (Kind::Timeout, Some(Phase::Checkout)), "{e}");
        assert_eq!(e.limit(), Some(ms(100)));
        let text = e.to_string();
        assert!(text.contains("connection") && text.contains('1'), "names the cause: {text}");
        assert_eq!(unread.text().unwrap(), "x");
        client.get(peer.url("/")).send().unwrap();
    });
}

#[test]
fn c41_sec_g7_close_wakes_every_waiter() {
    on_both(|| {
        let peer = Peer::start([conn([serve(ok("x"))])]);
        let client = of_size(1);
        let _held = client.get(peer.url("/held")).send().unwrap();
        let waiters = queue_up(&client, &peer, 3);
        let watch = Stopwatch::start();
        client.close();
        for waiter in waiters {
            assert_eq!(waiter.join().unwrap().unwrap_err().kind(), Kind::Closed);
        }
        watch.within(0..200);
    });
}

#[test]
fn c42_requests_after_close() {
    on_both(|| {
        let peer = Peer::start([conn([serve(ok("x"))])]);
        let client = of_size(1);
        client.get(peer.url("/")).send().unwrap().text().unwrap();
        client.close();
        for _ in 0..2 {
            assert_eq!(client.get(peer.url("/")).send().unwrap_err().kind(), Kind::Closed);
        }
        peer.wait_released();
    });
}

#[test]
fn c60_stats_during_and_after() {
    on_both(|| {
        let peer = Peer::always(conn([serve(ok("x"))]));
        let client = of_size(2);
        let read = |r: maypole::Response| r.text().unwrap();
        let (a, b) = (client.get(peer.url("/")).send().unwrap(), client.get(peer.url("/")).send().unwrap());
        let during = client.stats();
        assert_eq!(
            (during.open, during.idle, during.in_use, during.created, during.reused),
            (2, 0, 2, 2, 0),
            "{during:?}"
        );
        let (client2, url) = (client.clone(), peer.url("/"));
        let third = rt::spawn(move || read(client2.get(url).send().unwrap())).unwrap();
        wait_until("the third to wait", || client.stats().waiting == 1);
        read(a);
        read(b);
        third.join().unwrap();
        let after = client.stats();
        assert_eq!((after.open, after.idle, after.in_use, after.waiting), (2, 2, 0, 0), "{after:?}");
        assert_eq!((after.created, after.reused), (2, 1), "{after:?}");
    });
}

#[test]
fn c61_many_coroutines_few_connections() {
    on_thread(|| {
        let server = Server::start(|_, to| to.reply(ok("x")));
        let (client, url) = (of_size(7), server.url("/"));
        // 10,000 in release builds would say no more and take ten times as long here.
        let texts = coroutines(1000, move |_| client.get(&url).send().unwrap().text().unwrap());
        assert!(texts.iter().all(|t| t == "x"));
        assert!(server.peak() <= 7 && server.connections() <= 7, "{} at once", server.peak());
    });
}

#[test]
fn c61_plain_threads_and_coroutines_share_a_pool() {
    on_thread(|| {
        let server = Server::start(|_, to| to.reply(ok("x")));
        let (client, url) = (of_size(3), server.url("/"));
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let (client, url) = (client.clone(), url.clone());
                std::thread::spawn(move || (0..20).for_each(|_| drop(client.get(&url).send().unwrap().text().unwrap())))
            })
            .collect();
        coroutines(40, move |_| (0..5).for_each(|_| drop(client.get(&url).send().unwrap().text().unwrap())));
        threads.into_iter().for_each(|t| t.join().unwrap());
        assert!(server.peak() <= 3 && server.requests() == 8 * 20 + 40 * 5);
    });
}

#[test]
fn c62_sec_g7_each_waiter_has_its_own_deadline() {
    on_both(|| {
        let peer = Peer::start([conn([serve(ok("x"))])]);
        let client = of_size(1);
        let held = client.get(peer.url("/")).send().unwrap();
        let token = CancelToken::new();
        let [longest, short, longer] = [60_000, 40, 100].map(|limit| {
            let (client, url, token) = (client.clone(), peer.url("/"), token.clone());
            rt::spawn(move || {
                let watch = Stopwatch::start();
                let e = client.get(url).timeout(ms(limit)).cancel(&token).send().unwrap_err();
                if e.kind() == Kind::Timeout {
                    watch.within(limit..limit + 250);
                }
                (e.kind(), e.phase())
            })
            .unwrap()
        });
        for waiter in [short, longer] {
            assert_eq!(waiter.join().unwrap(), (Kind::Timeout, Some(Phase::Checkout)));
        }
        assert!(!longest.is_done(), "it ended with the others");
        token.cancel();
        assert_eq!(longest.join().unwrap().0, Kind::Cancelled);
        assert_eq!(client.stats().waiting, 0);
        held.text().unwrap();
        client.get(peer.url("/")).send().unwrap();
    });
}

#[test]
fn sec_g7_a_waiter_that_gave_up_does_not_keep_the_slot() {
    on_both(|| {
        let peer = Peer::start([conn([serve(ok("x"))])]);
        let client = of_size(1);
        let held = client.get(peer.url("/")).send().unwrap();
        let token = CancelToken::new();
        let (client2, url, token2) = (client.clone(), peer.url("/"), token.clone());
        let gives_up = rt::spawn(move || client2.get(url).cancel(&token2).send().unwrap_err()).unwrap();
        wait_until("the first to wait", || client.stats().waiting == 1);
        let (client2, url, (done, result)) = (client.clone(), peer.url("/"), mpsc::channel());
        std::thread::spawn(move || done.send(client2.get(url).send().unwrap().text().unwrap()).unwrap());
        wait_until("the second to wait", || client.stats().waiting == 2);
        token.cancel();
        assert_eq!(gives_up.join().unwrap().kind(), Kind::Cancelled);
        held.text().unwrap();
        let mut text = None;
        wait_until("the second to be served", || {
            text = text.take().or(result.recv_timeout(Duration::ZERO).ok());
            text.is_some()
        });
        assert_eq!(text.as_deref(), Some("x"));
    });
}
