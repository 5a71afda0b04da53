//! What becomes of permits when jobs end otherwise: cancelled, timed out, panicked, refused, stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use maypole::error::Kind;
use maypole::queue::{Fetch, FetchQueue, Fetched, PrefixLimiter, RateLimiter, Stop};

use crate::peer::{Gate, ok, wait_until};
use crate::site::Site;
use crate::{case, client, finished, ms, queue};

/// A site whose answers wait for a gate.
fn gated() -> (Site, Gate) {
    let gate = Gate::new();
    let held = gate.clone();
    let site = Site::new(move |_| {
        held.wait();
        ok("done")
    });
    (site, gate)
}

fn limited(site: &Site, concurrency: usize) -> (FetchQueue, PrefixLimiter) {
    let limiter = PrefixLimiter::new([(site.url("/"), 1)]).unwrap();
    let ours = limiter.clone();
    (queue(|b| b.concurrency(concurrency).limiter(ours)), limiter)
}

#[test]
fn q108_a_handler_runs_without_the_permit_and_its_panic_changes_nothing() {
    case(|| {
        let site = Site::slow(ms(1));
        let (queue, limiter) = limited(&site, 4);
        for _ in 0..20 {
            let (limiter, top) = (limiter.clone(), site.url("/"));
            queue
                .enqueue(&site.url("/x"), move |_, _| {
                    assert!(limiter.in_use(&top) <= 1);
                    panic!("on purpose");
                })
                .unwrap();
        }
        finished(&queue).unwrap();
        assert_eq!((queue.stats().panicked, site.server.requests()), (20, 20));
        assert_eq!((site.peak("x"), limiter.in_use(&site.url("/"))), (1, 0));
    });
}

#[test]
fn q108_a_timeout_returns_the_permit() {
    case(|| {
        let (site, gate) = gated();
        let (queue, limiter) = limited(&site, 4);
        let timeouts = Arc::new(AtomicUsize::new(0));
        for _ in 0..3 {
            let timeouts = timeouts.clone();
            let request = client().get(site.url("/x")).timeout(ms(30));
            let count = move |_: &str, answer: Fetched| {
                timeouts.fetch_add(usize::from(answer.error().is_some_and(|error| error.is_timeout())), SeqCst);
            };
            queue.enqueue_with(Fetch::from(request), count).unwrap();
        }
        finished(&queue).unwrap();
        assert_eq!((timeouts.load(SeqCst), limiter.in_use(&site.url("/"))), (3, 0));
        gate.open();
    });
}

#[test]
fn q108_cancelled_in_line_or_under_way_returns_the_permit_and_the_place() {
    case(|| {
        let (site, gate) = gated();
        let (queue, limiter) = limited(&site, 4);
        let outcomes = Arc::new(AtomicUsize::new(0));
        let tickets: Vec<_> = (0..4)
            .map(|_| {
                let outcomes = outcomes.clone();
                let count = move |_: &str, answer: Fetched| {
                    let is_cancelled = answer.error().is_some_and(|error| error.kind() == Kind::Cancelled);
                    outcomes.fetch_add(usize::from(is_cancelled), SeqCst);
                };
                queue.enqueue(&site.url("/x"), count).unwrap()
            })
            .collect();
        let top = site.url("/");
        wait_until("three to wait", || limiter.waiting(&top) == 3);
        site.server.wait_requests(1);
        let running = tickets.iter().position(|ticket| ticket.is_running()).unwrap();
        // In line: nobody wants its turn any more.
        let (first, second) = ((running + 1) % 4, (running + 2) % 4);
        assert!(tickets[first].cancel());
        wait_until("its turn to go", || limiter.waiting(&top) == 2);
        // Under way: the next one goes.
        assert!(tickets[running].cancel());
        site.server.wait_requests(2);
        assert_eq!((limiter.in_use(&top), limiter.waiting(&top)), (1, 1));
        assert!(tickets[second].wait(ms(0)) || tickets[second].is_running() || tickets[(running + 3) % 4].is_running());
        gate.open();
        finished(&queue).unwrap();
        assert_eq!((outcomes.load(SeqCst), limiter.in_use(&top), limiter.waiting(&top)), (2, 0, 0));
    });
}

#[test]
fn q108_stopping_and_dropping_a_queue_returns_everything() {
    case(|| {
        for how in [Some(Stop::CancelQueued), Some(Stop::Abort), None] {
            let (site, gate) = gated();
            let (queue, limiter) = limited(&site, 4);
            let told = Arc::new(AtomicUsize::new(0));
            for _ in 0..10 {
                let told = told.clone();
                queue
                    .enqueue(&site.url("/x"), move |_, _| {
                        told.fetch_add(1, SeqCst);
                    })
                    .unwrap();
            }
            let top = site.url("/");
            wait_until("nine to wait", || limiter.waiting(&top) == 9);
            site.server.wait_requests(1);
            if let Some(how) = how {
                queue.stop(how);
            }
            drop(queue);
            wait_until("nine to be told", || told.load(SeqCst) >= 9);
            gate.open();
            wait_until("the last to be told", || told.load(SeqCst) == 10);
            wait_until("permits to come back", || limiter.in_use(&top) == 0);
            assert_eq!((limiter.waiting(&top), site.server.requests()), (0, 1), "{how:?}");
        }
    });
}

#[test]
fn cancelled_jobs_cost_those_behind_them_no_time_of_a_rate() {
    case(|| {
        let site = Site::slow(ms(0));
        // Two a second: of a hundred that wait nearly all are cancelled; a new one has its turn next and not in 40 s.
        let rate = RateLimiter::builder().delay(ms(500)).build().unwrap();
        let watched = rate.clone();
        let queue = queue(|b| b.concurrency(10).limiter(rate));
        let tickets: Vec<_> =
            (0..100).map(|n| queue.enqueue(&site.url(&format!("/{n}")), |_, _| {}).unwrap()).collect();
        let page = crate::url(&site.url("/"));
        wait_until("most of them to wait", || watched.waiting(&page) >= 80);
        let cancelled = tickets.iter().filter(|ticket| ticket.cancel()).count();
        assert!(cancelled >= 80, "{cancelled}");
        let start = std::time::Instant::now();
        let last = queue.enqueue(&site.url("/last"), |_, answer| assert_eq!(answer.status(), 200)).unwrap();
        assert!(last.wait(ms(45_000)));
        assert!(start.elapsed() < ms(15_000), "not behind those that are gone: {:?}", start.elapsed());
        finished(&queue).unwrap();
        assert_eq!(watched.waiting(&page), 0);
    });
}

#[test]
fn a_refusal_is_the_answer_of_that_job_alone() {
    case(|| {
        let site = Site::slow(ms(1));
        let limiter = PrefixLimiter::builder().rule(site.url("/no"), 0).reject_zero(true).build().unwrap();
        let first = PrefixLimiter::new([(site.url("/"), 1)]).unwrap();
        let ours = first.clone();
        let queue = queue(|b| b.limiter(ours).limiter(limiter));
        let top = site.url("/");
        for n in 0..10 {
            let (first, top) = (first.clone(), top.clone());
            let path = if n % 2 == 0 { "/no" } else { "/yes" };
            let check = move |url: &str, answer: Fetched| {
                let blocked = answer.error().is_some_and(|error| error.kind() == Kind::Blocked);
                assert_eq!(blocked, url.ends_with("/no"), "{answer:?}");
                assert!(first.in_use(&top) <= 1);
            };
            queue.enqueue(&site.url(path), check).unwrap();
        }
        finished(&queue).unwrap();
        assert_eq!((queue.stats().panicked, site.server.requests(), first.in_use(&top)), (0, 5, 0));
    });
}

#[test]
fn one_limiter_serves_two_queues_and_the_program_beside_them() {
    case(|| {
        let site = Site::slow(ms(3));
        let limiter = Arc::new(PrefixLimiter::new([(site.url("/"), 3)]).unwrap());
        let queues: Vec<_> = (0..2).map(|_| queue(|b| b.concurrency(20).limiter(limiter.clone()))).collect();
        for n in 0..100 {
            queues[n % 2].enqueue(&site.url("/x"), |_, _| {}).unwrap();
        }
        let (client, page) = (client(), crate::url(&site.url("/x")));
        for _ in 0..20 {
            let permit = maypole::queue::acquire(&*limiter, &page).unwrap();
            client.get(&page).send().unwrap().text().unwrap();
            drop(permit);
        }
        queues.iter().for_each(|queue| finished(queue).unwrap());
        assert_eq!((site.server.requests(), site.peak("x")), (120, 3));
    });
}
