//! Equal requests at the same time (C393, Q9 to Q11).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use maypole::client::{Cache, CacheStatus::*};
use maypole::error::Kind;
use maypole::rt::{self, CancelToken, Group};

use crate::peer::*;
use crate::{answer, get, is, memory, with};

fn held(gate: &Gate, reply: String) -> Server {
    let gate = gate.clone();
    Server::start(move |_, responder| {
        gate.wait();
        responder.reply(&reply);
    })
}

#[test]
fn c393_a_hundred_equal_requests_make_one() {
    for lines in [&["Cache-Control: max-age=60"][..], &[], &["ETag: \"a\"", "Cache-Control: max-age=1", "Age: 50"]] {
        for on_disk in [false, true] {
            let make_one = with_some_time(Duration::from_millis(50), |pause| {
                let folder = tempfile::tempdir().unwrap();
                let cache = if on_disk { Cache::disk(folder.path(), 1 << 20).unwrap() } else { memory() };
                let requests = a_hundred(&cache, lines, pause);
                assert!(requests > 1 || cache.stats().collapsed + cache.stats().hits == 99, "{cache:?}");
                requests == 1
            });
            assert!(make_one, "{lines:?}");
        }
    }
}

/// A hundred equal requests, answered a moment after all have begun; how many the server has seen.
fn a_hundred(cache: &Cache, lines: &[&str], pause: Duration) -> usize {
    let gate = Gate::new();
    let server = Arc::new(held(&gate, answer(200, lines, "one")));
    let client = with(cache);
    let begun = Arc::new(AtomicUsize::new(0));
    let (opening, counted) = (server.clone(), begun.clone());
    std::thread::spawn(move || {
        opening.wait_requests(1);
        wait_until("all to have begun", || counted.load(SeqCst) == 100);
        // From there to the line of those who wait they have nothing to be seen by.
        std::thread::sleep(pause);
        gate.open();
    });
    let url = server.url("/");
    let all = Group::new(100).map(0..100, move |_| {
        begun.fetch_add(1, SeqCst);
        get(&client, &url)
    });
    assert!(all.unwrap().iter().all(|(_, body)| body == "one"));
    server.requests()
}

#[test]
fn large_answers_are_shared_through_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::disk(folder.path().join("cache"), 64 << 20).unwrap();
    let body = "0123456789abcdef".repeat(1 << 16);
    let gate = Gate::new();
    let server = Arc::new(held(&gate, answer(200, &["Cache-Control: max-age=60"], &body)));
    let client = with(&cache);
    let opening = server.clone();
    std::thread::spawn(move || {
        opening.wait_requests(1);
        std::thread::sleep(Duration::from_millis(100));
        gate.open();
    });
    let url = server.url("/");
    let all = Group::new(20).map(0..20, move |_| get(&client, &url).1).unwrap();
    assert!(all.into_iter().all(|found| found == body));
    assert_eq!(server.requests(), 1);
}

#[test]
fn who_joins_while_the_body_is_read_has_it_too() {
    on_both(|| {
        let folder = tempfile::tempdir().unwrap();
        let body = "x".repeat(1 << 20);
        let sent = answer(200, &["Cache-Control: max-age=60"], &body);
        let server = Server::start(move |_, responder| responder.reply(&sent));
        let mut files = 0;
        let joins = with_some_time(Duration::from_millis(50), |pause| {
            files += 1;
            let client = with(&Cache::disk(folder.path().join(files.to_string()), 64 << 20).unwrap());
            let (asked, url) = (server.requests(), server.url("/"));
            let first = client.get(&url).send().unwrap();
            let second = client.clone();
            let follower = rt::spawn(move || get(&second, &url)).unwrap();
            // A follower that begins late finds it in the cache.
            rt::sleep(pause);
            assert_eq!(first.text().unwrap().len(), 1 << 20);
            let (status, found) = follower.join().unwrap();
            assert!(found == body && server.requests() == asked + 1, "{status:?}");
            status == Collapsed
        });
        assert!(joins, "it never waited for the first one");
    });
}

#[test]
fn what_may_not_be_shared_is_asked_for_by_each() {
    for lines in
        [&["Cache-Control: no-store"][..], &["Vary: *"], &["Cache-Control: no-cache"], &["Cache-Control: max-age=0"]]
    {
        let gate = Gate::new();
        let server = Arc::new(held(&gate, answer(200, lines, "own")));
        let client = with(&memory());
        let opening = server.clone();
        std::thread::spawn(move || {
            opening.wait_requests(1);
            std::thread::sleep(Duration::from_millis(50));
            gate.open();
        });
        let url = server.url("/");
        let all = Group::new(10).map(0..10, move |_| get(&client, &url).1).unwrap();
        assert!(all.into_iter().all(|found| found == "own"));
        assert_eq!(server.requests(), 10, "{lines:?}");
    }
}

#[test]
fn requests_that_differ_in_a_line_are_not_equal() {
    let gate = Gate::new();
    let server = Arc::new(held(&gate, answer(200, &["Cache-Control: public, max-age=60"], "x")));
    let client = with(&memory());
    let url = server.url("/");
    let all = rt::spawn(move || {
        Group::new(4).map(0..4, move |n| {
            let response = client.get(&url).header("X-User", n.to_string()).send().unwrap();
            response.cache_status().unwrap()
        })
    })
    .unwrap();
    server.wait_requests(4);
    gate.open();
    assert!(all.join().unwrap().unwrap().into_iter().all(|status| status == Miss));
}

#[test]
fn q10_the_leaders_error_is_the_followers_or_one_of_them_asks_again() {
    for retry in [false, true] {
        let expected = if retry { 10 } else { 1 };
        let shows = with_some_time(Duration::from_millis(50), |pause| {
            let gate = Gate::new();
            let held = gate.clone();
            let server = Arc::new(Server::start(move |_, responder| {
                held.wait();
                responder.reply("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n");
            }));
            let client = with(&memory().retry_followers(retry));
            let url = server.url("/");
            let asking = rt::spawn(move || {
                Group::new(10).map(0..10, move |_| client.get(&url).send().map(drop).unwrap_err().kind())
            });
            server.wait_requests(1);
            std::thread::sleep(pause);
            gate.open();
            let kinds = asking.unwrap().join().unwrap().unwrap();
            assert_eq!(kinds, [Kind::Protocol; 10]);
            server.requests() == expected
        });
        assert!(shows, "never {expected} requests");
    }
}

#[test]
fn q11_a_leader_that_is_cancelled_or_drops_its_answer_hands_over() {
    on_both(|| {
        let gate = Gate::new();
        let held = gate.clone();
        let server = Arc::new(Server::start(move |_, responder| {
            if responder.connection == 0 {
                held.wait();
            }
            responder.reply(answer(200, &["Cache-Control: max-age=60"], "second"));
        }));
        let client = with(&memory());
        let token = CancelToken::new();
        let (url, cancelled, first) = (server.url("/"), token.clone(), client.clone());
        let leader = rt::spawn(move || first.get(&url).cancel(&cancelled).send().map(drop).unwrap_err().kind());
        server.wait_requests(1);
        let (url, second) = (server.url("/"), client.clone());
        let follower = rt::spawn(move || get(&second, &url)).unwrap();
        rt::sleep(Duration::from_millis(50));
        token.cancel();
        assert_eq!(leader.unwrap().join().unwrap(), Kind::Cancelled);
        assert_eq!(follower.join().unwrap(), is(Miss, "second"));
        gate.open();
        // One that is dropped with its body unread.
        let dropped = client.get(server.url("/dropped")).send().unwrap();
        let (url, third) = (server.url("/dropped"), client.clone());
        let follower = rt::spawn(move || get(&third, &url)).unwrap();
        rt::sleep(Duration::from_millis(50));
        drop(dropped);
        assert_eq!(follower.join().unwrap(), is(Miss, "second"));
    });
}

#[test]
fn followers_have_their_own_deadline_and_patience() {
    on_both(|| {
        let gate = Gate::new();
        let held = gate.clone();
        let server = Arc::new(Server::start(move |_, responder| {
            if responder.connection == 0 {
                held.wait();
            }
            responder.reply(answer(200, &["Cache-Control: max-age=60"], "x"));
        }));
        let cache = memory().single_flight(Duration::from_secs(600));
        let client = with(&cache);
        let (url, first) = (server.url("/"), client.clone());
        let leader = rt::spawn(move || get(&first, &url)).unwrap();
        server.wait_requests(1);
        let late = client.get(server.url("/")).timeout(Duration::from_millis(50)).send().unwrap_err();
        assert_eq!(late.kind(), Kind::Timeout);
        let token = CancelToken::new();
        let firing = token.clone();
        rt::spawn(move || firing.cancel()).unwrap();
        assert_eq!(client.get(server.url("/")).cancel(&token).send().unwrap_err().kind(), Kind::Cancelled);
        assert_eq!(server.requests(), 1);
        let impatient = client.get(server.url("/")).cache(cache.clone().single_flight(Duration::from_millis(20)));
        assert_eq!(crate::read(impatient.send().unwrap()), is(Miss, "x"));
        let alone = client.get(server.url("/other")).cache(cache.clone().single_flight(Duration::ZERO));
        assert_eq!(crate::read(alone.send().unwrap()), is(Miss, "x"));
        gate.open();
        assert_eq!(leader.join().unwrap().1, "x");
    });
}

#[test]
fn a_hedge_does_not_wait_for_the_request_that_it_is_to_overtake() {
    on_both(|| {
        let gate = Gate::new();
        let held = gate.clone();
        let server = Server::start(move |_, responder| {
            if responder.connection == 0 {
                held.wait();
            }
            responder.reply(answer(200, &["Cache-Control: max-age=60"], &responder.connection.to_string()));
        });
        let client = maypole::HttpClient::builder().cache(memory()).hedge(Duration::from_millis(20)).build().unwrap();
        assert_eq!(get(&client, &server.url("/")), is(Miss, "1"));
        assert_eq!(get(&client, &server.url("/")), is(Hit, "1"));
        gate.open();
    });
}
