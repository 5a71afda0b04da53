//! One fetch for all who want the same at once.

use maypole::error::Kind;
use maypole::queue::{Fetch, FetchEvent, FetchQueue, ResponseCache};

use super::peer::wait_until;
use super::site::Site;
use super::*;

#[test]
fn q9_a_hundred_equal_urls_at_once_are_one_request() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().concurrency(100).cache(ResponseCache::new()));
    let seen = Seen::default();
    for _ in 0..100 {
        queue.enqueue(&site.url("/gate"), seen.handler()).unwrap();
    }
    // The others wait without a worker.
    wait_until("99 followers", || queue.stats().blocked == 99);
    assert_eq!(queue.in_flight(), 1);
    site.open_gate();
    queue.wait(LONG).unwrap();
    assert_eq!((seen.len(), site.server.requests()), (100, 1));
    let all = seen.all();
    assert_eq!(all.iter().filter(|(_, fetched)| fetched.is_from_cache()).count(), 99);
    assert!(all.iter().all(|(_, fetched)| fetched.bytes() == b"hello" && fetched.elapsed() <= LONG));
    assert_eq!(queue.stats().cache_hits, 99);
    finish(queue, &site);
}

#[test]
fn q10_followers_share_a_failure() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().concurrency(20).cache(ResponseCache::new()).timeout(None));
    let seen = Seen::default();
    for _ in 0..20 {
        queue.enqueue(&site.url("/hang"), seen.handler()).unwrap();
    }
    wait_until("19 followers", || queue.stats().blocked == 19);
    // It hangs up.
    site.open_gate();
    queue.wait(LONG).unwrap();
    assert_eq!((seen.len(), site.server.requests()), (20, 1));
    assert!(seen.all().iter().all(|(_, fetched)| fetched.error().unwrap().kind() == Kind::ClosedBeforeResponse));
    assert!(queue.cache().unwrap().is_empty());
    finish(queue, &site);
}

#[test]
fn q10_by_option_one_of_them_fetches_again() {
    let site = Site::start();
    let cache = ResponseCache::new().refetch_failures(true);
    let queue = running(FetchQueue::builder().concurrency(20).cache(cache));
    let seen = Seen::default();
    for _ in 0..10 {
        queue.enqueue(&site.url("/later/3"), seen.handler()).unwrap();
    }
    queue.wait(LONG).unwrap();
    let mut statuses = seen.statuses();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 200, 503, 503, 503]);
    assert_eq!(site.server.requests(), 4);
    finish(queue, &site);
}

#[test]
fn q11_when_the_leader_is_cancelled_a_follower_takes_over() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().concurrency(5).cache(ResponseCache::new()));
    let (first, others) = (Seen::default(), Seen::default());
    let url = site.url("/gate");
    let leader = queue.enqueue(&url, first.handler()).unwrap();
    site.server.wait_requests(1);
    for _ in 0..4 {
        queue.enqueue(&url, others.handler()).unwrap();
    }
    wait_until("4 followers", || queue.stats().blocked == 4);
    assert!(leader.cancel() && leader.wait(LONG));
    assert_eq!(first.one().error().unwrap().kind(), Kind::Cancelled);
    site.server.wait_requests(2);
    site.open_gate();
    queue.wait(LONG).unwrap();
    assert_eq!((others.statuses(), site.server.requests()), (vec![200; 4], 2));
    finish(queue, &site);
}

#[test]
fn q11_a_leader_that_waits_for_its_next_try_and_is_cancelled_leaves_it_to_a_follower() {
    let site = Site::start();
    let retry = maypole::client::Retry::standard().backoff(Duration::from_secs(60), Duration::from_secs(60));
    let retry = retry.decide(|outcome| match outcome.status() {
        Some(503) => maypole::client::RetryDecision::RetryAfter(Duration::from_secs(60)),
        _ => maypole::client::RetryDecision::Default,
    });
    let queue = running(FetchQueue::builder().cache(ResponseCache::new()).retry(retry));
    let (first, other) = (Seen::default(), Seen::default());
    let url = site.url("/later/1");
    let leader = queue.enqueue(&url, first.handler()).unwrap();
    wait_until("the pause", || queue.delayed() == 1);
    queue.enqueue(&url, other.handler()).unwrap();
    wait_until("a follower", || queue.stats().blocked == 1);
    assert!(leader.cancel_queued());
    queue.wait(LONG).unwrap();
    let cancelled = first.one();
    assert_eq!((cancelled.error().unwrap().kind(), cancelled.attempts()), (Kind::Cancelled, 1));
    assert_eq!(other.one().status(), 200);
    finish(queue, &site);
}

#[test]
fn a_follower_can_be_cancelled_alone() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().cache(ResponseCache::new()));
    let (first, other) = (Seen::default(), Seen::default());
    queue.enqueue(&site.url("/gate"), first.handler()).unwrap();
    site.server.wait_requests(1);
    let follower = queue.enqueue(&site.url("/gate"), other.handler()).unwrap();
    wait_until("a follower", || queue.stats().blocked == 1);
    assert!(follower.cancel_queued() && follower.wait(LONG));
    assert_eq!(other.one().error().unwrap().kind(), Kind::Cancelled);
    site.open_gate();
    queue.wait(LONG).unwrap();
    assert_eq!(first.one().status(), 200);
    finish(queue, &site);
}

#[test]
fn q40_q80_q93_equal_urls_one_after_the_other_are_one_request() {
    let site = Site::start();
    let events = Arc::new(Mutex::new(Vec::new()));
    let told = events.clone();
    let queue = FetchQueue::builder()
        .concurrency(1)
        .cache(ResponseCache::new())
        .on_event(move |_, event| told.lock().unwrap().push(format!("{event:?}")))
        .build()
        .unwrap();
    let seen = Seen::default();
    for _ in 0..4 {
        queue.enqueue(&site.url("/ok"), seen.handler()).unwrap();
    }
    assert_eq!(queue.len(), 4);
    queue.start();
    queue.wait_secs(0.0).unwrap();
    assert_eq!((seen.statuses(), site.server.requests(), queue.in_flight()), (vec![200; 4], 1, 0));
    let hits = events.lock().unwrap().iter().filter(|event| **event == format!("{:?}", FetchEvent::CacheHit)).count();
    assert_eq!(hits, 3);
    finish(queue, &site);
}

#[test]
fn other_lines_are_another_flight() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().cache(ResponseCache::new()));
    let seen = Seen::default();
    for lang in ["de", "en", "de"] {
        queue.enqueue_with(Fetch::from(site.url("/gate")).header("X-Lang", lang), seen.handler()).unwrap();
    }
    site.server.wait_requests(2);
    wait_until("a follower", || queue.stats().blocked == 1);
    site.open_gate();
    queue.wait(LONG).unwrap();
    assert_eq!((seen.len(), site.server.requests()), (3, 2));
    finish(queue, &site);
}
