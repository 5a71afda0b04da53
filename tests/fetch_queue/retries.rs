//! Tries between which a fetch waits in line.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use maypole::HttpClient;
use maypole::client::Retry;
use maypole::error::Kind;
use maypole::queue::{Fetch, FetchEvent, FetchQueue};

use super::site::Site;
use super::*;

fn eager() -> Retry {
    Retry::standard().backoff(ms(1), ms(2)).without_budget()
}

#[test]
fn q69_a_flaky_server_is_asked_again_and_the_attempts_are_told() {
    let (site, events) = (Site::start(), Arc::new(AtomicUsize::new(0)));
    let counted = events.clone();
    let on_event = move |_: &str, event: FetchEvent<'_>| {
        counted.fetch_add(usize::from(matches!(event, FetchEvent::Retrying { .. })), SeqCst);
    };
    // On a kept connection the client itself would replay.
    let queue = FetchQueue::builder().concurrency(1).connection_reuse(false).retry(eager().retries(5));
    let queue = running(queue.on_event(on_event));
    let seen = Seen::default();
    for n in 0..60 {
        queue.enqueue(&site.url(&format!("/flaky/{n}")), seen.handler()).unwrap();
    }
    queue.wait(LONG).unwrap();
    assert_eq!(seen.statuses(), [200; 60]);
    let attempts: u32 = seen.all().iter().map(|(_, fetched)| fetched.attempts()).sum();
    assert_eq!(attempts as usize, site.server.requests());
    assert!(site.server.requests() >= 85);
    let retried = queue.stats().retried as usize;
    assert!(retried > 0 && events.load(SeqCst) == retried);
    finish(queue, &site);
}

#[test]
fn a_fetch_that_waits_for_its_next_try_holds_no_worker() {
    let site = Site::start();
    let retry = eager().decide(|outcome| match outcome.status() {
        Some(503) => maypole::client::RetryDecision::RetryAfter(Duration::from_secs(600)),
        _ => maypole::client::RetryDecision::Default,
    });
    let queue = running(FetchQueue::builder().concurrency(1).retry(retry));
    let (seen, others) = (Seen::default(), Seen::default());
    let paused = queue.enqueue(&site.url("/later/1"), seen.handler()).unwrap();
    super::peer::wait_until("the pause", || queue.delayed() == 1);
    for _ in 0..10 {
        queue.enqueue(&site.url("/ok"), others.handler()).unwrap();
    }
    super::peer::wait_until("the others", || others.len() == 10);
    assert!(paused.cancel() && paused.wait(LONG));
    assert_eq!((seen.one().error().unwrap().kind(), seen.one().attempts()), (Kind::Cancelled, 1));
    finish(queue, &site);
}

#[test]
fn retry_after_is_obeyed() {
    let site = super::peer::Server::start({
        let count = AtomicUsize::new(0);
        move |_, to| match count.fetch_add(1, SeqCst) {
            0 => to.reply("HTTP/1.1 429 Slow\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"),
            _ => to.reply("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        }
    });
    let queue = running(FetchQueue::builder().retry(eager()));
    let start = std::time::Instant::now();
    assert_eq!(fetch(&queue, site.url("/")).attempts(), 2);
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[test]
fn a_body_that_breaks_is_a_reason_and_an_empty_one_by_option() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().retry(eager()));
    let mended = fetch(&queue, site.url("/broken/2"));
    assert_eq!((mended.bytes(), mended.attempts()), (&b"whole"[..], 3));
    finish(queue, &site);
    let site = Site::start();
    let queue = running(FetchQueue::builder().retry(eager().empty_body(true)));
    assert_eq!(fetch(&queue, site.url("/status/200")).attempts(), 4);
    assert_eq!(fetch(&queue, site.url("/status/204")).attempts(), 1);
    assert_eq!(fetch(&queue, site.url("/ok")).attempts(), 1);
    finish(queue, &site);
}

#[test]
fn all_tries_used_up_the_last_outcome_stands() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().retry(eager().retries(2)));
    let answer = fetch(&queue, site.url("/status/503"));
    assert_eq!((answer.status(), answer.attempts(), site.server.requests()), (503, 3, 3));
    let failed = fetch(&queue, site.url("/broken/99"));
    assert_eq!((failed.error().unwrap().kind(), failed.attempts()), (Kind::Incomplete, 3));
    finish(queue, &site);
}

#[test]
fn what_could_act_twice_or_cannot_be_sent_again_is_sent_once() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().retry(eager()));
    let client = queue.client();
    let url = || site.url("/status/503");
    let attempts = |what: Fetch| fetch(&queue, what).attempts();
    assert_eq!(attempts(Fetch::request("POST", url()).body("x")), 1);
    assert_eq!(attempts(Fetch::request("POST", url()).header("Idempotency-Key", "7").body("x")), 4);
    assert_eq!(attempts(client.put(url()).body("x").into()), 4);
    assert_eq!(attempts(client.put(url()).body(maypole::Body::chunks([Ok("x")])).into()), 1);
    assert_eq!(attempts(client.get(url()).into()), 4);
    assert_eq!(site.server.requests(), 14);
    finish(queue, &site);
}

#[test]
fn a_requests_own_rules_are_gone_by_and_never_both() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().retry(eager().retries(1)));
    let own = fetch(&queue, queue.client().get(site.url("/status/503")).retry(eager().retries(4)));
    assert_eq!((own.attempts(), queue.stats().retried), (5, 0));
    finish(queue, &site);
    let client = HttpClient::builder().retry(eager().retries(4)).build().unwrap();
    let site = Site::start();
    let queue = running(FetchQueue::builder().client(client).retry(eager().retries(1)));
    assert_eq!(fetch(&queue, site.url("/status/503")).attempts(), 2);
    finish(queue, &site);
}

#[test]
fn the_budget_bounds_all_retries_of_a_queue() {
    let site = Site::start();
    let retry = Retry::standard().backoff(ms(1), ms(2)).budget(0.0, 5);
    let queue = running(FetchQueue::builder().concurrency(1).retry(retry));
    for _ in 0..20 {
        queue.enqueue_ignore(site.url("/status/503")).unwrap();
    }
    queue.wait(LONG).unwrap();
    // The reserve, and what of it comes back while it is spent.
    assert!((25..40).contains(&site.server.requests()), "{}", site.server.requests());
    finish(queue, &site);
}

#[test]
fn a_stop_ends_the_wait_for_the_next_try_and_says_what_came_before() {
    let site = Site::start();
    let retry = eager().decide(|_| maypole::client::RetryDecision::RetryAfter(Duration::from_secs(600)));
    let queue = running(FetchQueue::builder().retry(retry).timeout(ms(100)));
    let seen = Seen::default();
    queue.enqueue(&site.url("/hang"), seen.handler()).unwrap();
    super::peer::wait_until("the pause", || queue.delayed() == 1);
    queue.stop(maypole::queue::Stop::CancelQueued);
    queue.wait(LONG).unwrap();
    let ended = seen.one();
    assert_eq!((ended.error().unwrap().kind(), ended.attempts()), (Kind::Cancelled, 1));
    let source = std::error::Error::source(ended.error().unwrap()).unwrap().to_string();
    assert!(source.contains("timed out after 100ms"), "{source}");
    finish(queue, &site);
}

#[test]
fn a_cancel_wins_over_a_rule_that_always_tries_again() {
    let site = Site::start();
    let retry = eager().retries(1000).decide(|_| maypole::client::RetryDecision::Retry);
    let queue = running(FetchQueue::builder().retry(retry));
    let seen = Seen::default();
    let ticket = queue.enqueue(&site.url("/gate"), seen.handler()).unwrap();
    site.server.wait_requests(1);
    assert!(ticket.cancel());
    queue.wait(LONG).unwrap();
    assert_eq!(seen.one().error().unwrap().kind(), Kind::Cancelled);
    site.open_gate();
    finish(queue, &site);
}
