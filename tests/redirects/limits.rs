//! How many, how long, and what of the way there is read.

use std::time::{Duration, Instant};

use maypole::client::Redirects;
use maypole::error::Kind;

use crate::peer::{Act, Peer, Server, any_request, conn, flood, ok, on_both, reply};
use crate::{Site, builder, client, redirect};

fn chain(hops: usize) -> String {
    format!("{}/end", "/302/".repeat(hops))
}

#[test]
fn c210_sec_d1_n_hops_succeed_and_one_more_fails_with_the_last_response() {
    on_both(|| {
        let site = Site::start();
        for limit in [1, 2, 10] {
            let client = builder().redirects(Redirects::limited(limit)).build().unwrap();
            let within = client.get(site.url(&chain(limit as usize))).send().unwrap();
            assert_eq!((within.status(), within.history().len()), (200, limit as usize));
            let before = site.seen().len();
            let error = client.get(site.url(&chain(limit as usize + 1))).send().unwrap_err();
            assert_eq!(error.kind(), Kind::Redirect);
            assert!(error.to_string().contains(&format!("more than {limit} redirects")), "{error}");
            let last = error.take_response().unwrap();
            assert_eq!((last.status(), last.history().len()), (302, limit as usize));
            assert_eq!(last.text().unwrap(), "moved");
            assert_eq!(site.seen().len() - before, limit as usize + 1, "the last one is not followed");
        }
    });
}

#[test]
fn c209_sec_d1_loops_end_at_the_default_of_10() {
    on_both(|| {
        let server = Server::start(|request, responder| {
            responder.reply(match request.target.as_str() {
                "/self" => redirect("302", "/self"),
                "/a" => redirect("307", "/b"),
                _ => redirect("308", "/a"),
            });
        });
        for path in ["/self", "/a"] {
            let before = server.requests();
            let error = client().get(server.url(path)).send().unwrap_err();
            assert_eq!(error.kind(), Kind::Redirect);
            assert!(error.to_string().contains("→"), "the chain is told: {error}");
            assert_eq!(server.requests() - before, 11);
        }
    });
}

#[test]
fn c217_a_large_body_on_the_way_is_not_read() {
    on_both(|| {
        let to = Site::start();
        let head = format!("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 1000000000\r\n\r\n", to.url("/to"));
        let from = Peer::start([conn([any_request(), reply(head), flood("x".repeat(64 << 10))])]);
        assert_eq!(client().get(from.url("/")).send().unwrap().status(), 200);
        let written = from.finish().connections[0].written;
        assert!(written < 100 << 20, "{written} bytes");
    });
}

#[test]
fn c217_a_small_body_on_the_way_keeps_the_connection() {
    let site = Site::start();
    client().get(site.url("/302//303//to")).send().unwrap();
    assert_eq!(site.server.connections(), 1);
}

#[test]
fn c275_sec_d9_the_total_timeout_covers_the_whole_chain() {
    on_both(|| {
        let server = Server::start(|_, responder| {
            std::thread::sleep(Duration::from_millis(40));
            responder.reply(redirect("302", "/again"));
        });
        let started = Instant::now();
        let client =
            builder().redirects(Redirects::limited(10_000)).timeout(Duration::from_millis(300)).build().unwrap();
        let error = client.get(server.url("/")).send().unwrap_err();
        assert_eq!(error.kind(), Kind::Timeout);
        assert!(started.elapsed() >= Duration::from_millis(300) && started.elapsed() < Duration::from_secs(15));
    });
}

#[test]
fn each_hop_has_a_connection_of_its_own_origin() {
    let other = Peer::start([conn([any_request(), reply(ok("there")), Act::Closed])]);
    let to = other.url("/to");
    let from = Server::start(move |_, responder| responder.reply(redirect("302", &to)));
    let response = client().get(from.url("/")).send().unwrap();
    assert_eq!(response.peer_addr(), Some(other.address()));
    assert_eq!(response.text().unwrap(), "there");
}
