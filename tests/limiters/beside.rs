//! Limiters beside what else a queue does: its cache, its retries, its events.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use maypole::client::Retry;
use maypole::queue::{FetchEvent, PrefixLimiter, RateLimiter, RobotsLimiter};

use crate::peer::ok;
use crate::site::Site;
use crate::{case, client, finished, ms, queue, shown};

#[test]
fn q119_a_cache_hit_asks_no_limiter_and_leaks_no_permit() {
    case(|| {
        let site = Site::slow(ms(20));
        let limiter = PrefixLimiter::new([(site.url("/"), 1)]).unwrap();
        let missed = Arc::new(AtomicUsize::new(0));
        let counts = missed.clone();
        limiter
            .on_miss(move |_| {
                counts.fetch_add(1, SeqCst);
            })
            .keep();
        let queue = queue(|b| b.concurrency(8).cache_ttl(ms(60_000)).limiter(limiter.clone()));
        let answered = Arc::new(AtomicUsize::new(0));
        // Some while the first is under way, some when it is there.
        for _ in 0..2 {
            for _ in 0..10 {
                let answered = answered.clone();
                let count = move |_: &str, answer: maypole::queue::Fetched| {
                    answered.fetch_add(usize::from(answer.status() == 200), SeqCst);
                };
                queue.enqueue(&site.url("/x"), count).unwrap();
            }
            finished(&queue).unwrap();
        }
        assert_eq!((site.server.requests(), answered.load(SeqCst), missed.load(SeqCst)), (1, 20, 0));
        assert_eq!(limiter.in_use(&site.url("/")), 0);
    });
}

#[test]
fn q120_the_permit_goes_back_for_the_back_off_and_is_taken_again_for_the_next_try() {
    // The others go in between unless they are held up for a second.
    case(|| shown(comes_back_in_between));
}

fn comes_back_in_between() -> bool {
    let refused = AtomicUsize::new(0);
    let slot: Arc<Mutex<Option<(PrefixLimiter, String)>>> = Arc::default();
    let watched = slot.clone();
    let site = Site::new(move |request| {
        if let Some((limiter, top)) = &*watched.lock().unwrap() {
            assert_eq!(limiter.in_use(top), 1, "one for each try, never two");
        }
        match request.target.as_str() {
            "/a/first" if refused.fetch_add(1, SeqCst) == 0 => {
                "HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n".into()
            }
            _ => ok("done"),
        }
    });
    let top = site.url("/a");
    let limiter = PrefixLimiter::new([(top.clone(), 1)]).unwrap();
    *slot.lock().unwrap() = Some((limiter.clone(), top.clone()));
    let queue = queue(|b| b.concurrency(1).retry(Retry::standard()).limiter(limiter.clone()));
    for path in ["/a/first", "/a/second", "/a/third"] {
        queue.enqueue(&site.url(path), |_, answer| assert_eq!(answer.status(), 200)).unwrap();
    }
    finished(&queue).unwrap();
    assert_eq!((limiter.in_use(&top), site.peak("a"), queue.stats().panicked), (0, 1, 0));
    site.paths() == ["/a/first", "/a/second", "/a/third", "/a/first"]
}

#[test]
fn every_limiter_makes_its_queue_tell_a_miss_once() {
    case(|| {
        let site = Site::slow(ms(5));
        let misses: Arc<Mutex<Vec<String>>> = Arc::default();
        let hears = misses.clone();
        let robots = RobotsLimiter::new(client(), "mybot").unwrap();
        let limiter = PrefixLimiter::new([(site.url("/"), 1)]).unwrap();
        let rate = RateLimiter::builder().delay(ms(10)).build().unwrap();
        let queue = queue(|b| {
            b.concurrency(1).limiter(robots).limiter(limiter).limiter(rate).on_event(move |url, event| {
                if matches!(event, FetchEvent::LimiterMiss) {
                    hears.lock().unwrap().push(url.into());
                }
            })
        });
        let urls: Vec<_> = (0..4).map(|n| site.url(&format!("/{n}"))).collect();
        for url in &urls {
            queue.enqueue(url, |_, answer| assert_eq!(answer.status(), 200)).unwrap();
        }
        finished(&queue).unwrap();
        // Each of them has waited for robots.txt, and may have for the others, too.
        let mut misses = misses.lock().unwrap().clone();
        misses.sort_unstable();
        assert_eq!((misses, queue.stats().panicked), (urls, 0));
    });
}
