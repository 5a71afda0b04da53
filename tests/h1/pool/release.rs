//! How a connection leaves a request that did not go to its end, cases 43 to 48, sec-G5.

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};

use maypole::HttpClient;
use maypole::deadline::Timeouts;
use maypole::error::Kind;
use maypole::message::Body;
use maypole::rt::{self, CancelToken};

use super::of_size;
use crate::ms;
use crate::peer::*;

/// After `first`, the only slot is free, the first connection is closed, and the next request gets its own answer.
fn closes_and_frees(script: Conn, first: impl FnOnce(&HttpClient, &Peer)) {
    let peer = Peer::then_always([script], conn([serve(ok("own"))]));
    let client = of_size(1);
    first(&client, &peer);
    assert_eq!(client.stats().in_use, 0);
    peer.wait_end(0);
    let next = client.get(peer.url("/")).send().unwrap();
    assert_eq!((next.is_reused(), next.text().unwrap().as_str()), (false, "own"));
    drop(client);
    peer.wait_released();
    peer.finish();
}

/// Fires the token when the peer has seen this many requests, and expects the request to end by it.
fn cancelled_after(
    peer: &Peer,
    requests: usize,
    send: impl FnOnce(&CancelToken) -> Result<(), maypole::Error> + Send + 'static,
) {
    let token = CancelToken::new();
    let token2 = token.clone();
    let request = rt::spawn(move || send(&token2)).unwrap();
    peer.wait_requests(requests);
    token.cancel();
    assert_eq!(request.join().unwrap().unwrap_err().kind(), Kind::Cancelled);
}

#[test]
fn c43_cancelled_while_sending() {
    on_both(|| {
        // It reads on in the end: the end of the stream stands behind what the system had taken.
        closes_and_frees(conn([head("POST"), pause(50), Act::Swallow]), |client, peer| {
            let body = Body::sized(std::io::repeat(b'x'), 100 << 20);
            let request = client.post(peer.url("/")).body(body);
            cancelled_after(peer, 1, move |token| request.cancel(token).send().map(drop));
        });
    });
}

#[test]
fn c44_cancelled_while_waiting_for_the_head() {
    on_both(|| {
        closes_and_frees(conn([head("GET"), Act::Closed]), |client, peer| {
            let request = client.get(peer.url("/"));
            cancelled_after(peer, 1, move |token| request.cancel(token).send().map(drop));
        });
    });
}

#[test]
fn sec_g5_cancelled_while_reading_the_body() {
    on_both(|| {
        let half = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
        closes_and_frees(conn([head("GET"), reply(half), Act::Closed]), |client, peer| {
            let request = client.get(peer.url("/"));
            cancelled_after(peer, 1, move |token| request.cancel(token).send()?.text().map(drop));
        });
    });
}

/// Sends to `url`, cancels once `started` returns, and expects the end of it.
fn cancelled_on_the_way(client: &HttpClient, url: &str, started: impl FnOnce()) {
    let token = CancelToken::new();
    let request = client.get(url).cancel(&token);
    let running = rt::spawn(move || request.send().map(drop)).unwrap();
    started();
    token.cancel();
    let watch = Stopwatch::start();
    let e = running.join().unwrap().unwrap_err();
    watch.within(0..50);
    assert_eq!(e.kind(), Kind::Cancelled, "{e:?}");
    assert_eq!((client.stats().in_use, client.stats().open), (0, 0));
}

#[test]
fn c277_sec_g5_cancelled_while_connecting() {
    on_both(|| {
        let hole = Blackhole::start();
        cancelled_on_the_way(&of_size(1), &hole.url("/"), || rt::sleep(ms(20)));
    });
}

#[test]
fn c277_sec_g5_cancelled_in_the_tls_handshake() {
    on_both(|| {
        let hello = Gate::new();
        let peer = Peer::start([conn([Act::Discard(1), open(&hello), Act::Swallow]), conn([Act::Swallow])]);
        let url = peer.url("/").replace("http", "https");
        cancelled_on_the_way(&crate::tls_client(), &url, || hello.wait());
        peer.wait_end(0);
        // A client's first handshake: its roots are still being loaded.
        cancelled_on_the_way(&crate::tls_client(), &url, || peer.wait_connections(2));
        peer.wait_end(1);
    });
}

#[test]
fn sec_g5_a_connect_that_fails_frees_its_slot() {
    on_both(|| {
        let refused = Refused::start();
        let client = of_size(1);
        for _ in 0..3 {
            let e = client.get(format!("http://{}/", refused.address())).send().unwrap_err();
            assert_eq!(e.kind(), Kind::Connect);
        }
        assert_eq!((client.stats().in_use, client.stats().open), (0, 0));
    });
}

#[test]
fn sec_g7_a_response_goes_on_when_its_client_is_closed_or_dropped() {
    on_both(|| {
        for close in [true, false] {
            let go = Gate::new();
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf";
            let peer = Peer::start([conn([any_request(), reply(head), hold(&go), reply("rest"), Act::Closed])]);
            let client = of_size(1);
            let response = client.get(peer.url("/")).send().unwrap();
            if close {
                client.close();
            }
            drop(client);
            go.open();
            assert_eq!(response.text().unwrap(), "halfrest");
            peer.wait_end(0);
            peer.finish();
        }
    });
}

#[test]
fn c46_dropped_unread_before_its_body_came() {
    on_both(|| {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
        closes_and_frees(conn([any_request(), reply(head), Act::Closed]), |client, peer| {
            drop(client.get(peer.url("/")).send().unwrap());
        });
    });
}

#[test]
fn c46_dropped_half_read() {
    on_both(|| {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
        closes_and_frees(conn([any_request(), reply(head), Act::Closed]), |client, peer| {
            let mut response = client.get(peer.url("/")).send().unwrap();
            response.read_exact(&mut [0; 2]).unwrap();
        });
    });
}

#[test]
fn c47_dropped_with_a_small_rest_that_is_there_already() {
    on_both(|| {
        let peer = Peer::start([conn([serve(ok("a small body"))])]);
        let client = of_size(1);
        for read in [0, 1, 11, 12] {
            let mut response = client.get(peer.url("/")).send().unwrap();
            response.read_exact(&mut vec![0; read]).unwrap();
            drop(response);
            assert_eq!(client.stats().in_use, 0);
        }
        assert!(client.get(peer.url("/")).send().unwrap().is_reused());
        drop(client);
        assert_eq!(peer.finish().shape(), [5]);
    });
}

#[test]
fn c48_dropped_with_a_large_rest() {
    on_both(|| {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n";
        closes_and_frees(conn([any_request(), reply(head), flood("x".repeat(10_000))]), |client, peer| {
            let mut response = client.get(peer.url("/")).send().unwrap();
            response.read_exact(&mut [0; 100]).unwrap();
            drop(response);
            peer.wait_end(0);
            assert!(peer.so_far().connections[0].written < 50 << 20, "it does not read on");
        });
    });
}

#[test]
fn sec_g5_a_reader_that_panics() {
    on_both(|| {
        let half = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
        closes_and_frees(conn([any_request(), reply(half), Act::Closed]), |client, peer| {
            let mut response = client.get(peer.url("/")).send().unwrap();
            let panic = catch_unwind(AssertUnwindSafe(move || {
                response.read_exact(&mut [0; 4]).unwrap();
                panic!("a reader that panics, on purpose");
            }));
            assert!(panic.is_err());
        });
    });
}

#[test]
fn sec_g5_timeout() {
    on_both(|| {
        closes_and_frees(conn([any_request(), Act::Closed]), |client, peer| {
            let timeouts = Timeouts { head: Some(ms(40)), ..Timeouts::default() };
            assert!(client.get(peer.url("/")).timeouts(timeouts).send().unwrap_err().is_timeout());
        });
    });
}

/// Every way to leave a request, over and over on two connections: no slot and no descriptor is lost on the way.
#[test]
fn sec_g5_ten_thousand_unfinished_requests() {
    on_thread(|| {
        let server = Server::start(|request, to| match request.target.as_str() {
            "/short" => to.reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
            "/cut" => {
                to.reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
                to.close();
            }
            "/none" => to.close(),
            "/bad" => to.reply("HTTP/1.1 apfais\r\n\r\n"),
            _ => to.reply(ok("whole")),
        });
        let (client, before) = (of_size(2), server.address());
        let rounds = if cfg!(debug_assertions) { 2_500 } else { 10_000 };
        let workers: Vec<_> = (0..4)
            .map(|w| {
                let (client, at) = (client.clone(), before);
                rt::spawn(move || (0..rounds / 4).for_each(|n| leave(&client, &format!("http://{at}"), n * 7 + w)))
                    .unwrap()
            })
            .collect();
        workers.into_iter().for_each(|w| w.join().unwrap());
        let stats = client.stats();
        assert_eq!((stats.in_use, stats.waiting), (0, 0), "{stats:?}");
        assert_eq!(client.get(server.url("/")).send().unwrap().text().unwrap(), "whole");
        drop(client);
        wait_until("every socket to be closed", || client_sockets(server.address().port()) == 0);
    });
}

fn leave(client: &HttpClient, base: &str, n: usize) {
    let get = |path: &str| client.get(format!("{base}{path}"));
    match n % 8 {
        0 => drop(get("/whole").send().unwrap()),
        1 => drop(get("/short").send().unwrap()),
        2 => drop(get("/short").send().unwrap().read(&mut [0; 2]).unwrap()),
        3 => drop(get("/cut").send().unwrap().text().unwrap_err()),
        4 => drop(get("/none").send().unwrap_err()),
        5 => drop(get("/bad").send().unwrap_err()),
        6 => {
            let token = CancelToken::new();
            let response = get("/short").cancel(&token).send().unwrap();
            token.cancel();
            assert_eq!(response.text().unwrap_err().kind(), Kind::Cancelled);
        }
        _ => assert_eq!(get("/whole").send().unwrap().text().unwrap(), "whole"),
    }
}
