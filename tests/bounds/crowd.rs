//! Case 377: requests in flight, per host and in total, over all keys of the pool.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use maypole::error::{Kind, Phase};
use maypole::rt::{self, CancelToken};
use maypole::{HttpClient, Response};

use crate::peer::*;
use crate::{announces, ms, with};

/// Servers on several ports that count together how many requests they have at once; none is answered before there were
/// `least`.
fn counted(servers: usize, least: usize) -> (Vec<Server>, Arc<AtomicUsize>) {
    let (now, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let start = |_| {
        let (now, peak) = (now.clone(), peak.clone());
        Server::start(move |_, answer| {
            peak.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
            wait_until("as many as there may be", || peak.load(SeqCst) >= least);
            std::thread::sleep(Duration::from_millis(2));
            now.fetch_sub(1, SeqCst);
            answer.reply(ok("done"));
        })
    };
    ((0..servers).map(start).collect(), peak)
}

fn fetch_all(client: &HttpClient, urls: Vec<String>, count: usize) {
    let all: Vec<_> = (0..count)
        .map(|n| {
            let request = client.get(&urls[n % urls.len()]);
            rt::spawn(move || request.send().and_then(Response::text).unwrap()).unwrap()
        })
        .collect();
    assert!(all.into_iter().all(|one| one.join().unwrap() == "done"), "no failure, only waiting");
}

#[test]
fn c377_a_thousand_fetches_of_one_host_over_three_ports() {
    on_coroutine(|| {
        let (servers, peak) = counted(3, 7);
        let client = with(|b| b.max_per_host(100).max_concurrent_per_host(7));
        fetch_all(&client, servers.iter().map(|server| server.url("/")).collect(), 1000);
        assert_eq!(peak.load(SeqCst), 7);
    });
}

#[test]
fn c377_a_thousand_fetches_over_two_names() {
    on_coroutine(|| {
        let (servers, peak) = counted(2, 9);
        let home = || ["127.0.0.1".parse().unwrap()];
        let client = with(|b| {
            let named = b.resolve("one.test", 0, home()).resolve("two.test", 0, home());
            named.max_per_host(100).max_concurrent_per_host(6).max_concurrent(9)
        });
        let url = |name: &str, server: &Server| format!("http://{name}:{}/", server.address().port());
        let urls = vec![
            url("one.test", &servers[0]),
            url("ONE.test", &servers[1]),
            url("two.test", &servers[0]),
            url("two.test", &servers[1]),
        ];
        fetch_all(&client, urls, 1000);
        assert_eq!(peak.load(SeqCst), 9);
    });
}

#[test]
fn c377_a_place_is_held_to_the_end_of_the_body() {
    on_both(|| {
        let peer = Peer::always(conn([any_request(), reply(announces(6)), reply("012"), Act::Stall]));
        let client = with(|b| b.max_concurrent(1));
        let refused = || {
            let error = client.get(peer.url("/")).checkout_timeout(ms(30)).send().unwrap_err();
            assert_eq!(
                (error.kind(), error.phase(), error.limit()),
                (Kind::Timeout, Some(Phase::Checkout), Some(ms(30)))
            );
            assert!(error.is_retryable() && error.to_string().contains("max_concurrent"), "{error}");
        };
        let mut response = client.get(peer.url("/")).idle_timeout(ms(50)).send().unwrap();
        refused();
        response.read_full(3).unwrap();
        refused();
        // An error ends it, and so does a drop.
        assert_eq!(response.read_full(3).unwrap_err().kind(), Kind::Timeout);
        let second = client.get(peer.url("/")).send().unwrap();
        refused();
        drop(second);
        drop(client.get(peer.url("/")).send().unwrap());
        drop(response);
    });
}

#[test]
fn c377_the_last_byte_frees_the_place_without_a_read_of_the_end() {
    on_both(|| {
        let peer = Peer::always(conn([serve(ok("0123"))]));
        let client = with(|b| b.max_concurrent(1).max_concurrent_per_host(1));
        let mut first = client.get(peer.url("/")).send().unwrap();
        first.read_full(4).unwrap();
        assert_eq!(client.get(peer.url("/")).send().unwrap().text().unwrap(), "0123");
        let head = client.head(peer.url("/")).send();
        drop(head);
        assert_eq!(client.get(peer.url("/")).send().unwrap().text().unwrap(), "0123");
        drop(first);
    });
}

#[test]
fn c377_redirects_and_failures_leave_no_place_taken() {
    on_both(|| {
        let moved = |to: &str| format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 2\r\n\r\nno");
        let peer =
            Peer::start([conn([any_request(), reply(moved("/a")), any_request(), reply(moved("/b")), serve(ok("x"))])]);
        let client = with(|b| b.max_concurrent(1).max_concurrent_per_host(1));
        assert_eq!(client.get(peer.url("/")).send().unwrap().text().unwrap(), "x");
        let dead = Refused::start();
        for _ in 0..3 {
            assert_eq!(client.get(format!("http://{}/", dead.address())).send().unwrap_err().kind(), Kind::Connect);
        }
        assert_eq!(client.get(peer.url("/")).send().unwrap().text().unwrap(), "x");
    });
}

#[test]
fn c377_closing_the_client_ends_the_wait_for_a_place() {
    on_both(|| {
        let peer = Peer::always(conn([serve(ok("x"))]));
        let client = with(|b| b.max_concurrent_per_host(1));
        let first = client.get(peer.url("/")).send().unwrap();
        let waiting = client.get(peer.url("/"));
        let waiting = rt::spawn(move || waiting.send().map(drop).unwrap_err()).unwrap();
        rt::sleep(ms(20));
        client.close();
        assert_eq!(waiting.join().unwrap().kind(), Kind::Closed);
        assert_eq!(first.text().unwrap(), "x");
    });
}

#[test]
fn c377_a_token_ends_the_wait_for_a_place_and_the_line_moves_on() {
    on_both(|| {
        let peer = Peer::always(conn([serve(ok("x"))]));
        let client = with(|b| b.max_concurrent(1));
        let first = client.get(peer.url("/")).send().unwrap();
        let token = CancelToken::new();
        let (waiting, next) = (client.get(peer.url("/")).cancel(&token), client.get(peer.url("/")));
        let waiting = rt::spawn(move || waiting.send().map(drop).unwrap_err()).unwrap();
        let next = rt::spawn(move || next.send().and_then(Response::text)).unwrap();
        rt::sleep(ms(20));
        token.cancel();
        let error = waiting.join().unwrap();
        assert_eq!((error.kind(), error.phase()), (Kind::Cancelled, Some(Phase::Checkout)));
        drop(first);
        assert_eq!(next.join().unwrap().unwrap(), "x");
    });
}

/// Whatever way requests end, and however many wait: every place comes back, and no more than there were.
#[test]
fn c377_no_place_is_lost_or_made_by_a_thousand_ways_to_end() {
    on_coroutine(|| {
        let server = Server::start(|request, answer| match request.target.as_str() {
            "/reset" => answer.reset(),
            "/short" => {
                answer.reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nxx");
                answer.close();
            }
            _ => answer.reply(ok("x".repeat(1000))),
        });
        let client = with(|b| b.max_per_host(50).max_concurrent(5).max_concurrent_per_host(3));
        let all: Vec<_> = (0..1000_u64)
            .map(|n| {
                let (client, token) = (client.clone(), CancelToken::new());
                let url = server.url(["/", "/reset", "/short"][(n % 3) as usize]);
                rt::spawn(move || {
                    let request = client.get(&*url).cancel(&token);
                    if n % 7 == 0 {
                        let _ = rt::spawn(move || {
                            rt::sleep(Duration::from_micros(n * 13 % 5000));
                            token.cancel();
                        });
                    }
                    let request =
                        if n % 5 == 0 { request.timeout(Duration::from_micros(n * 17 % 9000)) } else { request };
                    match request.send() {
                        Ok(response) if n % 2 == 0 => drop(response.bytes()),
                        other => drop(other),
                    }
                })
                .unwrap()
            })
            .collect();
        all.into_iter().for_each(|one| one.join().unwrap());
        let peer = Peer::always(conn([any_request(), reply(announces(9)), Act::Stall]));
        let get = || client.get(peer.url("/")).checkout_timeout(ms(50)).send();
        let open: Vec<_> = (0..3).map(|_| get().unwrap()).collect();
        assert!(get().unwrap_err().to_string().contains("max_concurrent_per_host"));
        drop(open);
    });
}
