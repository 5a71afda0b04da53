//! What all requests of a client share: the budget, and one back-off clock per host; cases 311, 314, 397.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Instant;

use maypole::rt::Group;

use crate::peer::*;
use crate::{builder, eager, ms, retrying};

const BUSY: &str = "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n";

#[test]
fn c311_retries_do_not_multiply_load() {
    let server = Server::start(|_, to| to.reply(BUSY));
    let client = builder().max_per_host(20).retry(eager()).build().unwrap();
    let url = server.url("/");
    let start = Instant::now();
    let statuses = Group::new(20).map(0..200, move |_| client.get(&url).send().unwrap().status()).unwrap();
    assert!(statuses.iter().all(|status| *status == 429));
    // 200 requests, the reserve of 10, a fifth of the requests, and what the reserve regains while this runs.
    let (sent, regained) = (server.requests(), 10 * start.elapsed().as_secs() as usize);
    assert!((240..=320 + regained).contains(&sent), "{sent} requests");
}

#[test]
fn c311_the_error_says_that_the_budget_is_exhausted() {
    on_both(|| {
        let refused = Refused::start();
        let url = format!("http://{}/", refused.address());
        let client = retrying(eager().budget(0.0, 2));
        let first = client.get(&url).send().unwrap_err();
        assert_eq!(first.attempts(), 3, "{first:?}");
        assert!(first.to_string().contains("retry budget is exhausted"), "{first}");
        let second = client.get(&url).send().unwrap_err();
        assert_eq!(second.attempts(), 1, "{second:?}");

        let server = Server::start(|_, to| to.reply(BUSY));
        let response = retrying(eager().budget(0.0, 2)).get(server.url("/")).send().unwrap();
        let error = response.error_for_status().unwrap_err();
        assert_eq!((error.attempts(), error.earlier().len()), (3, 2), "{error:?}");
        assert!(error.to_string().contains("status 429 Too Many Requests: not tried again: the client's retry budget"));
        assert_eq!(error.take_response().unwrap().status(), 429);
    });
}

#[test]
fn c314_c397_a_burst_of_refusals_counts_once_and_only_for_its_host() {
    let limited = Arc::new(AtomicUsize::new(0));
    let count = limited.clone();
    // All of the first round are refused in one moment.
    let gate = Gate::new();
    let open = gate.clone();
    let server = Server::start(move |_, to| {
        let n = count.fetch_add(1, SeqCst);
        if n < 10 {
            if n == 9 {
                open.open();
            }
            while !open.is_open() {
                std::thread::sleep(ms(1));
            }
            to.reply(BUSY);
        } else {
            to.reply(ok("x"));
        }
    });
    let other = Server::start(|_, to| to.reply(ok("y")));
    // Counted one by one, ten failures would make it 50 ms × 2⁹ = 25 s.
    let retry = eager().backoff(ms(50), std::time::Duration::from_secs(60)).without_budget();
    let client = builder().max_per_host(10).retry(retry).build().unwrap();
    let (url, elsewhere) = (server.url("/"), client.get(other.url("/")));
    let watch = Stopwatch::start();
    let bodies = Group::new(10).map(0..10, move |_| client.get(&url).send().unwrap().text().unwrap()).unwrap();
    watch.within(0..4000);
    assert!(bodies.iter().all(|body| body == "x"));
    assert_eq!(limited.load(SeqCst), 20);
    assert_eq!(elsewhere.send().unwrap().attempts(), 1);
}
