//! Permits under load: never one too many, and all of them back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use maypole::queue::{self, Fetch, PrefixLimiter, RateLimiter};
use maypole::rt::{self, CancelToken, scope};

use crate::site::Site;
use crate::{case, client, finished, ms, queue, url};

#[test]
fn q110_a_thousand_coroutines_and_eight_threads_never_exceed_the_limit() {
    case(|| {
        let site = Site::slow(ms(1));
        let limiter = PrefixLimiter::new([(site.url("/"), 7)]).unwrap();
        let (client, page) = (client(), url(&site.url("/x")));
        let fetch = {
            let (limiter, client, page) = (limiter.clone(), client.clone(), page.clone());
            move || {
                let permit = queue::acquire(&limiter, &page).unwrap();
                client.get(&page).send().unwrap().text().unwrap();
                drop(permit);
            }
        };
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let fetch = fetch.clone();
                std::thread::spawn(move || (0..50).for_each(|_| fetch()))
            })
            .collect();
        let coroutines: Vec<_> = (0..1000).map(|_| rt::spawn(fetch.clone()).unwrap()).collect();
        coroutines.into_iter().for_each(|one| one.join().unwrap());
        threads.into_iter().for_each(|one| one.join().unwrap());
        assert_eq!((site.server.requests(), site.peak("x")), (1400, 7));
        assert_eq!((limiter.in_use(&site.url("/")), limiter.waiting(&site.url("/"))), (0, 0));
    });
}

#[test]
fn q110_the_same_through_queues() {
    case(|| {
        let site = Site::slow(ms(1));
        let limiter = PrefixLimiter::new([(site.url("/"), 7)]).unwrap();
        let queue = queue(|b| b.concurrency(50).limiter(limiter.clone()));
        for _ in 0..1000 {
            queue.enqueue(&site.url("/x"), |_, answer| assert_eq!(answer.status(), 200)).unwrap();
        }
        finished(&queue).unwrap();
        assert_eq!((site.server.requests(), site.peak("x"), queue.stats().panicked), (1000, 7, 0));
        assert_eq!(limiter.in_use(&site.url("/")), 0);
    });
}

/// A generator for tests: the same sequence each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % sides
    }
}

#[test]
fn q108_panics_cancels_and_timeouts_at_any_moment_return_every_permit() {
    case(|| {
        let limiter = PrefixLimiter::new([("http://a", 7), ("http://b", 1)]).unwrap();
        let rate = RateLimiter::builder().per_second(20_000.0).burst(100).build().unwrap();
        let (inside, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let all: Vec<_> = (0..4000_u64)
            .map(|n| {
                let (limiter, rate) = (limiter.clone(), rate.clone());
                let (inside, peak) = (inside.clone(), peak.clone());
                let mut dice = Dice(n);
                let page = url(if dice.roll(4) == 0 { "http://b/" } else { "http://a/" });
                let token = CancelToken::new();
                let its = token.clone();
                let fate = dice.roll(4);
                let limit = Duration::from_micros(if fate == 1 { dice.roll(3000) } else { 20_000_000 });
                let one = rt::spawn(move || {
                    let acquire = || queue::acquire_all(&[&limiter, &rate], &page);
                    let permits = scope::with_cancel(&its, || scope::with_deadline(limit, acquire));
                    let Ok(permits) = permits else { return };
                    if page.host() == "a" {
                        peak.fetch_max(inside.fetch_add(1, SeqCst) + 1, SeqCst);
                        rt::yield_io();
                        inside.fetch_sub(1, SeqCst);
                    }
                    if fate == 3 {
                        // Without the hook's message, 1000 times.
                        std::panic::resume_unwind(Box::new("on purpose"));
                    }
                    drop(permits);
                });
                if fate == 2 {
                    token.cancel();
                }
                one.unwrap()
            })
            .collect();
        all.into_iter().for_each(|one| drop(one.join()));
        assert!((2..=7).contains(&peak.load(SeqCst)), "{peak:?}");
        for prefix in ["http://a", "http://b"] {
            assert_eq!((limiter.in_use(prefix), limiter.waiting(prefix)), (0, 0), "{prefix}");
        }
        assert_eq!(rate.waiting(&url("http://a/")), 0);
        let held: Vec<_> = (0..7).map(|_| queue::try_acquire(&limiter, &url("http://a/")).unwrap().unwrap()).collect();
        assert!(queue::try_acquire(&limiter, &url("http://a/")).unwrap().is_none());
        drop(held);
    });
}

#[test]
fn q108_jobs_cancelled_and_timed_out_at_any_moment_return_every_permit() {
    case(|| {
        let site = Site::slow(ms(2));
        let limiter = PrefixLimiter::new([(site.url("/"), 7)]).unwrap();
        let rate = RateLimiter::builder().per_second(5000.0).burst(50).build().unwrap();
        let queue = queue(|b| b.concurrency(30).limiter(limiter.clone()).limiter(rate));
        let client = client();
        let told = Arc::new(AtomicUsize::new(0));
        let mut dice = Dice(1);
        let mut tickets = Vec::new();
        for n in 0..1000 {
            let told = told.clone();
            let handler = move |_: &str, _: queue::Fetched| {
                told.fetch_add(1, SeqCst);
                if n % 50 == 0 {
                    std::panic::resume_unwind(Box::new("on purpose"));
                }
            };
            let request = client.get(site.url("/x"));
            let request = if dice.roll(5) == 0 { request.timeout(ms(1)) } else { request };
            tickets.push(queue.enqueue_with(Fetch::from(request), handler).unwrap());
            if dice.roll(3) == 0 {
                tickets[dice.roll(n + 1) as usize].cancel();
            }
        }
        finished(&queue).unwrap();
        assert_eq!(told.load(SeqCst), 1000, "each handler once");
        assert!(site.peak("x") >= 2, "{}", site.peak("x"));
        assert_eq!((limiter.in_use(&site.url("/")), limiter.waiting(&site.url("/"))), (0, 0));
        let held = queue::acquire(&limiter, &url(&site.url("/x"))).unwrap();
        drop(held);
    });
}

#[test]
fn changing_rules_under_load_loses_nobody() {
    case(|| {
        let limiter = PrefixLimiter::new([("http://a", 3)]).unwrap();
        let done = Arc::new(AtomicUsize::new(0));
        let all: Vec<_> = (0..2000)
            .map(|_| {
                let (limiter, done) = (limiter.clone(), done.clone());
                rt::spawn(move || {
                    let permit = queue::acquire(&limiter, &url("http://a/x/y")).unwrap();
                    rt::yield_io();
                    drop(permit);
                    done.fetch_add(1, SeqCst);
                })
                .unwrap()
            })
            .collect();
        let start = Instant::now();
        let mut n = 0;
        while done.load(SeqCst) < 2000 {
            assert!(start.elapsed() < ms(50_000), "{} of 2000", done.load(SeqCst));
            match n % 4 {
                0 => limiter.set_rules([("http://a/x", 2), ("http://a", 1)]),
                1 => limiter.set_rules([("http://a", 0)]),
                2 => limiter.set_rules([("http://a/x/y", 1)]),
                _ => limiter.set_rules([("http://a", 3)]),
            }
            .unwrap();
            n += 1;
            std::thread::yield_now();
        }
        all.into_iter().for_each(|one| one.join().unwrap());
        for prefix in ["http://a", "http://a/x", "http://a/x/y"] {
            assert_eq!((limiter.in_use(prefix), limiter.waiting(prefix)), (0, 0), "{prefix}");
        }
    });
}
