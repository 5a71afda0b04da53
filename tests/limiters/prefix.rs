//! Prefix limits in a queue, by what the server saw.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use maypole::queue::{Acquire, Limiter, Observation, PrefixLimiter, Turn};

use crate::peer::{Gate, ok, wait_until};
use crate::site::Site;
use crate::{case, finished, ms, queue, url};

/// Counts how often it is asked.
struct Counting(PrefixLimiter, Arc<AtomicUsize>);

impl Limiter for Counting {
    fn try_acquire(&self, url: &maypole::Url, turn: &Turn) -> Acquire {
        self.1.fetch_add(1, SeqCst);
        self.0.try_acquire(url, turn)
    }

    fn observe(&self, seen: &Observation<'_>) {
        self.0.observe(seen);
    }
}

#[test]
fn q116_four_urls_with_limit_1_miss_exactly_three_times_and_nobody_polls() {
    case(|| {
        let gate = Gate::new();
        let held = gate.clone();
        let site = Site::new(move |_| {
            held.wait();
            ok("x")
        });
        let limiter = PrefixLimiter::new([(site.url("/a"), 1)]).unwrap();
        let (asked, missed) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let counts = missed.clone();
        limiter
            .on_miss(move |_| {
                counts.fetch_add(1, SeqCst);
            })
            .keep();
        let queue = queue(|b| b.concurrency(4).limiter(Counting(limiter.clone(), asked.clone())));
        for n in 0..4 {
            queue.enqueue(&site.url(&format!("/a/{n}")), |_, answer| assert_eq!(answer.status(), 200)).unwrap();
        }
        wait_until("three to wait", || limiter.waiting(&site.url("/a")) == 3);
        gate.open();
        finished(&queue).unwrap();
        assert_eq!((missed.load(SeqCst), asked.load(SeqCst)), (3, 4));
        assert_eq!((site.peak("a"), limiter.in_use(&site.url("/a"))), (1, 0));
        assert_eq!(queue.stats().panicked, 0);
    });
}

#[test]
fn q114_the_first_rule_that_matches_counts() {
    case(|| {
        let gate = Gate::new();
        let held = gate.clone();
        let site = Site::new(move |_| {
            held.wait();
            ok("x")
        });
        let limiter = PrefixLimiter::new([(site.url("/economia"), 5), (site.url("/"), 20)]).unwrap();
        let queue = queue(|b| b.concurrency(60).limiter(limiter));
        for n in 0..100 {
            queue.enqueue(&site.url(&format!("/economia/{n}")), |_, _| {}).unwrap();
            queue.enqueue(&site.url(&format!("/rest/{n}")), |_, _| {}).unwrap();
        }
        wait_until("as many as may run", || (site.peak("economia"), site.peak("rest")) == (5, 20));
        gate.open();
        finished(&queue).unwrap();
        assert_eq!((site.peak("economia"), site.peak("rest")), (5, 20));
        assert_eq!(site.server.requests(), 200);
    });
}

#[test]
fn q115_a_blocked_host_holds_up_no_other() {
    case(|| {
        let gate = Gate::new();
        let held = gate.clone();
        let slow = Site::new(move |_| {
            held.wait();
            ok("slow")
        });
        let quick = Site::slow(ms(1));
        let limiter = PrefixLimiter::new([(slow.url("/"), 1)]).unwrap();
        let queue = queue(|b| b.concurrency(2).limiter(limiter));
        for _ in 0..20 {
            queue.enqueue(&slow.url("/slow"), |_, _| {}).unwrap();
        }
        let (sender, done) = std::sync::mpsc::channel();
        for n in 0..50 {
            let sender = sender.clone();
            queue.enqueue(&quick.url("/quick"), move |_, _| sender.send(n).unwrap()).unwrap();
        }
        // All of them, while the first of the slow host is still under way: one worker of two is enough.
        (0..50).for_each(|_| assert!(done.recv_timeout(ms(10_000)).is_ok()));
        wait_until("the others to wait", || queue.stats().blocked == 19);
        assert_eq!(slow.server.requests(), 1);
        gate.open();
        finished(&queue).unwrap();
        assert_eq!((slow.peak("slow"), slow.server.requests()), (1, 20));
    });
}

#[test]
fn q118_those_who_wait_for_one_rule_go_in_the_order_in_which_they_have_asked() {
    case(|| {
        let site = Site::slow(ms(0));
        let limiter = PrefixLimiter::new([(site.url("/a"), 1)]).unwrap();
        let top = site.url("/a");
        let held = maypole::queue::acquire(&limiter, &url(&top)).unwrap();
        // One worker, so that they ask one after the other.
        let queue = queue(|b| b.concurrency(1).limiter(limiter.clone()));
        let expected: Vec<_> = (0..100).map(|n| format!("/a/{n}")).collect();
        for path in &expected {
            queue.enqueue(&site.url(path), |_, _| {}).unwrap();
        }
        wait_until("all to wait", || limiter.waiting(&top) == 100);
        drop(held);
        finished(&queue).unwrap();
        assert_eq!((site.paths(), site.peak("a")), (expected, 1));
    });
}

#[test]
fn q121_two_prefixes_of_limit_1_miss_once_each() {
    case(|| {
        let gate = Gate::new();
        let held = gate.clone();
        let site = Site::new(move |_| {
            held.wait();
            ok("x")
        });
        let limiter = PrefixLimiter::new([(site.url("/a"), 1), (site.url("/b"), 1)]).unwrap();
        let missed: Arc<Mutex<Vec<String>>> = Arc::default();
        let hears = missed.clone();
        limiter.on_miss(move |url| hears.lock().unwrap().push(url.to_string())).keep();
        let queue = queue(|b| b.concurrency(10).limiter(limiter.clone()));
        let answered = Arc::new(AtomicUsize::new(0));
        for path in ["/a/1", "/a/2", "/b/1", "/b/2"] {
            let answered = answered.clone();
            let count = move |_: &str, answer: maypole::queue::Fetched| {
                assert_eq!(answer.status(), 200);
                answered.fetch_add(1, SeqCst);
            };
            queue.enqueue(&site.url(path), count).unwrap();
        }
        wait_until("one of each to wait", || ["/a", "/b"].map(|top| limiter.waiting(&site.url(top))) == [1, 1]);
        gate.open();
        finished(&queue).unwrap();
        let mut missed = missed.lock().unwrap().clone();
        missed.sort();
        missed.dedup();
        assert_eq!((answered.load(SeqCst), missed.len()), (4, 2), "{missed:?}");
        assert_eq!((limiter.in_use(&site.url("/a")), limiter.in_use(&site.url("/b"))), (0, 0));
    });
}

#[test]
fn q113_a_limit_of_0_waits_for_new_rules_and_holds_no_worker() {
    case(|| {
        let site = Site::slow(ms(1));
        let limiter = PrefixLimiter::new([(site.url("/never"), 0)]).unwrap();
        let queue = queue(|b| b.concurrency(1).limiter(limiter.clone()));
        for n in 0..5 {
            queue.enqueue(&site.url(&format!("/never/{n}")), |_, answer| assert_eq!(answer.status(), 200)).unwrap();
        }
        let ticket = queue.enqueue(&site.url("/other"), |_, _| {}).unwrap();
        assert!(ticket.wait(ms(10_000)));
        assert_eq!((queue.stats().blocked, site.peak("never")), (5, 0));
        limiter.set_rules([(site.url("/never"), 2)]).unwrap();
        finished(&queue).unwrap();
        assert_eq!(site.times("/never").len(), 5);
        assert_eq!(queue.stats().panicked, 0);
    });
}

#[test]
fn q117_who_waits_goes_by_the_new_rules_in_the_old_order() {
    case(|| {
        let gate = Gate::new();
        let held = gate.clone();
        let site = Site::new(move |request| {
            if request.target == "/a/first" {
                held.wait();
            }
            ok("done")
        });
        let limiter = PrefixLimiter::new([(site.url("/a"), 1)]).unwrap();
        let queue = queue(|b| b.concurrency(1).limiter(limiter.clone()));
        let first = queue.enqueue(&site.url("/a/first"), |_, _| {}).unwrap();
        site.server.wait_requests(1);
        // The only worker is taken; a second queue stands beside it.
        let beside = crate::queue(|b| b.concurrency(1).limiter(limiter.clone()));
        let rest: Vec<_> = ["/a/b/1", "/a/c/1", "/a/b/2"].map(|path| beside.enqueue(&site.url(path), |_, _| {})).into();
        wait_until("three to wait", || limiter.waiting(&site.url("/a")) == 3);
        // `c` has no rule any more and goes at once, `b` one after the other; the first counts where it was let go.
        limiter.set_rules([(site.url("/a/b"), 1)]).unwrap();
        for ticket in rest {
            assert!(ticket.unwrap().wait(ms(10_000)));
        }
        assert_eq!(limiter.in_use(&site.url("/a")), 1);
        let paths = site.paths();
        let place = |path: &str| paths.iter().position(|seen| seen == path).unwrap();
        assert!(place("/a/b/1") < place("/a/b/2"), "{paths:?}");
        gate.open();
        assert!(first.wait(ms(10_000)));
        assert_eq!(limiter.in_use(&site.url("/a")), 0);
        assert_eq!(limiter.rule_for(&url(&site.url("/a/first"))), None);
    });
}

#[test]
fn no_credentials_of_a_prefix_are_shown() {
    let builder = PrefixLimiter::builder().rule("http://me:secret@a/", 1);
    for shown in [format!("{builder:?}"), format!("{:?}", builder.build().unwrap())] {
        assert!(!shown.contains("secret") && shown.contains('a'), "{shown}");
    }
}
