//! Lines: who goes first, and that those who have left one leave nothing behind.

use std::sync::{Arc, Mutex};

use maypole::queue::{self, AdaptiveLimiter, Fetch, Limiter, PrefixLimiter};
use maypole::rt::scope;

use crate::peer::{Gate, ok, resident_bytes, wait_until};
use crate::site::Site;
use crate::{case, finished, ms, queue, url};

/// The paths of six requests in the order in which they come to a site whose limiter lets one go at a time.
fn order(limiter: impl Fn(&Site) -> Arc<dyn Limiter>) -> Vec<String> {
    let gate = Gate::new();
    let (held, seen) = (gate.clone(), Arc::new(Mutex::new(Vec::new())));
    let sees = seen.clone();
    let site = Site::new(move |request| {
        sees.lock().unwrap().push(request.target.clone());
        held.wait();
        ok("x")
    });
    let queue = queue(|b| b.concurrency(10).limiter(limiter(&site)));
    queue.enqueue(&site.url("/first"), |_, _| {}).unwrap();
    site.server.wait_requests(1);
    for (n, priority) in [0, 5, -1, 5, 9].into_iter().enumerate() {
        queue.enqueue_with(Fetch::from(site.url(&format!("/{n}"))).priority(priority), |_, _| {}).unwrap();
        // Each has asked before the next one comes.
        wait_until("it to wait for the limiter", || queue.stats().blocked == n + 1);
    }
    gate.open();
    finished(&queue).unwrap();
    let seen = seen.lock().unwrap();
    seen.clone()
}

#[test]
fn q64_in_a_limiters_line_the_higher_priority_goes_first_and_who_came_first_within_one() {
    case(|| {
        let expected = ["/first", "/4", "/1", "/3", "/0", "/2"];
        assert_eq!(order(|site| Arc::new(PrefixLimiter::new([(site.url("/"), 1)]).unwrap())), expected);
        let adaptive = AdaptiveLimiter::builder().start_delay(ms(0)).max_concurrency(1);
        assert_eq!(order(|_| Arc::new(adaptive.clone().build().unwrap())), expected);
    });
}

#[test]
fn q64_rules_that_change_keep_the_order_of_priorities() {
    case(|| {
        let moved = |site: &Site| {
            let limiter = PrefixLimiter::new([(site.url("/"), 1)]).unwrap();
            // Again and again while they wait: the line is taken apart and put together.
            let (ours, rule) = (limiter.clone(), site.url("/"));
            limiter.on_miss(move |_| ours.set_rules([(rule.clone(), 1)]).unwrap()).keep();
            Arc::new(limiter) as Arc<dyn Limiter>
        };
        assert_eq!(order(moved), ["/first", "/4", "/1", "/3", "/0", "/2"]);
    });
}

#[test]
fn a_line_that_never_moves_forgets_those_who_gave_up() {
    case(|| {
        let never = PrefixLimiter::new([("http://a", 0)]).unwrap();
        let page = url(&format!("http://a/{}", "x".repeat(1000)));
        let ask = |times: usize| {
            for _ in 0..times {
                assert!(queue::try_acquire(&never, &page).unwrap().is_none());
            }
        };
        ask(10_000);
        let before = resident_bytes();
        ask(100_000);
        let grown = resident_bytes().saturating_sub(before);
        assert!(grown < 20 << 20, "{grown} bytes for 100,000 turns that nobody wants");
        assert_eq!(never.waiting("http://a"), 0);
        scope::with_deadline(ms(5), || queue::acquire(&never, &page)).unwrap_err();
    });
}
