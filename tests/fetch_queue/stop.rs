//! The three ends.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use maypole::error::Kind;
use maypole::queue::{FetchQueue, Stop};

use super::site::Site;
use super::*;

/// Two run and five are queued; how many requests the server saw, and how many were served.
fn stopped(how: Stop) -> (usize, usize) {
    let site = Site::start();
    let queue = running(FetchQueue::builder().concurrency(2));
    let seen = Seen::default();
    for _ in 0..7 {
        queue.enqueue(&site.url("/gate"), seen.handler()).unwrap();
    }
    site.server.wait_requests(2);
    queue.stop(how);
    if how != Stop::Abort {
        site.open_gate();
    }
    queue.wait(LONG).unwrap();
    let (served, rest): (Vec<_>, Vec<_>) = seen.all().into_iter().partition(|(_, fetched)| fetched.status() == 200);
    assert_eq!(served.len() + rest.len(), 7);
    assert!(rest.iter().all(|(_, fetched)| fetched.error().unwrap().kind() == Kind::Cancelled));
    site.open_gate();
    let requests = site.server.requests();
    finish(queue, &site);
    (requests, served.len())
}

#[test]
fn q60_drain_cancel_queued_abort() {
    assert_eq!(stopped(Stop::Drain), (7, 7));
    assert_eq!(stopped(Stop::CancelQueued), (2, 2));
    assert_eq!(stopped(Stop::Abort), (2, 0));
}

#[test]
fn q60_drain_starts_what_was_not_started_and_waits_for_what_is_delayed() {
    let site = Site::start();
    let queue = FetchQueue::builder().build().unwrap();
    let seen = Seen::default();
    queue.enqueue(&site.url("/ok"), seen.handler()).unwrap();
    queue.enqueue_with(maypole::queue::Fetch::from(site.url("/ok")).delay(ms(50)), seen.handler()).unwrap();
    queue.stop(Stop::Drain);
    queue.wait(LONG).unwrap();
    assert_eq!(seen.statuses(), [200, 200]);
    finish(queue, &site);
}

#[test]
fn q61_after_the_end_nothing_is_taken_in() {
    let called = Arc::new(AtomicUsize::new(0));
    for how in [Stop::Drain, Stop::CancelQueued, Stop::Abort] {
        let queue = running(FetchQueue::builder());
        queue.stop(how);
        let counted = called.clone();
        let refused = queue.enqueue("http://127.0.0.1:1/", move |_, _| assert_eq!(counted.fetch_add(1, SeqCst), 0));
        assert_eq!(refused.unwrap_err().kind(), Kind::Closed);
        queue.stop(Stop::Drain);
        queue.wait(LONG).unwrap();
    }
    assert_eq!(called.load(SeqCst), 0);
}

#[test]
fn dropping_the_last_handle_cancels_what_is_queued_and_lets_the_rest_end() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().concurrency(1));
    let seen = Seen::default();
    queue.enqueue(&site.url("/gate/1"), seen.handler()).unwrap();
    queue.enqueue(&site.url("/gate/2"), seen.handler()).unwrap();
    site.server.wait_requests(1);
    drop(queue);
    super::peer::wait_until("the cancelled one", || seen.len() == 1);
    assert_eq!(seen.one().error().unwrap().kind(), Kind::Cancelled);
    site.open_gate();
    super::peer::wait_until("the other", || seen.len() == 2);
    assert_eq!(seen.statuses(), [0, 200]);
    site.server.wait_open(0);
}
