//! Rates, by the server's log.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use maypole::error::Kind;
use maypole::queue::{PrefixLimiter, RateLimiter};

use crate::peer::{Gate, ok};
use crate::site::Site;
use crate::{case, finished, ms, queue, shown};

/// The most requests that came within any window of `length`.
fn most_within(times: &[Instant], length: Duration) -> usize {
    let within = |from: &Instant| times.iter().filter(|at| *at >= from && **at - *from < length).count();
    times.iter().map(within).max().unwrap_or(0)
}

/// Asserts that none came before its turn: so many at once, then one in each `gap`. Its turn is counted from before all
/// of them, since one that was held up on its way comes closer to the next one.
#[track_caller]
fn none_early(times: &[Instant], start: Instant, burst: usize, gap: Duration) {
    let mut times = times.to_vec();
    times.sort_unstable();
    for (n, at) in times.iter().enumerate() {
        let turn = gap * (n + 1).saturating_sub(burst) as u32;
        assert!(*at - start >= turn, "number {n} came after {:?}, before its turn at {turn:?}", *at - start);
    }
}

#[test]
fn q316_a_host_has_its_delay_and_jitter_and_another_its_own() {
    // Those that were held up on their way may come together.
    case(|| shown(two_hosts));
}

fn two_hosts() -> bool {
    let (a, b) = (Site::slow(ms(0)), Site::slow(ms(0)));
    let rate = RateLimiter::builder().delay(ms(40)).jitter(ms(40)).build().unwrap();
    let queue = queue(|q| q.concurrency(8).limiter(rate));
    let start = Instant::now();
    for n in 0..20 {
        for site in [&a, &b] {
            queue.enqueue(&site.url(&format!("/{n}")), |_, answer| assert_eq!(answer.status(), 200)).unwrap();
        }
    }
    finished(&queue).unwrap();
    [a, b].iter().all(|site| {
        let times = site.times("/");
        assert_eq!(times.len(), 20);
        none_early(&times, start, 1, ms(40));
        most_within(&times, ms(200)) <= 7
    })
}

#[test]
fn q316_a_rate_for_all_counts_all_hosts_together() {
    case(|| {
        let sites: Vec<_> = (0..4).map(|_| Site::slow(ms(0))).collect();
        let rate = RateLimiter::builder().per_second(50.0).burst(5).for_all(true).build().unwrap();
        let missed = Arc::new(AtomicUsize::new(0));
        let counts = missed.clone();
        rate.on_miss(move |_| {
            counts.fetch_add(1, SeqCst);
        })
        .keep();
        let queue = queue(|b| b.concurrency(20).limiter(rate));
        let start = Instant::now();
        for n in 0..60 {
            queue.enqueue(&sites[n % 4].url("/x"), |_, answer| assert_eq!(answer.status(), 200)).unwrap();
        }
        finished(&queue).unwrap();
        let times: Vec<_> = sites.iter().flat_map(|site| site.times("/")).collect();
        assert_eq!(times.len(), 60);
        none_early(&times, start, 5, ms(20));
        // All but the burst, and as many for each time that who asks is held up.
        assert!((40..60).contains(&missed.load(SeqCst)), "{missed:?} events for those that had to wait");
    });
}

#[test]
fn those_granted_while_all_workers_are_busy_do_not_go_in_one_burst_later() {
    // Before both workers are busy all may have gone.
    case(|| shown(no_burst_later));
}

fn no_burst_later() -> bool {
    let gate = Gate::new();
    let held = gate.clone();
    let slow = Site::new(move |_| {
        held.wait();
        ok("slow")
    });
    let site = Site::slow(ms(0));
    let limiter = PrefixLimiter::new([(slow.url("/"), 2)]).unwrap();
    let rate = RateLimiter::builder().delay(ms(50)).build().unwrap();
    // Rate last, as it should be: both workers are taken by the slow host, which has no rate's turn to wait for.
    let queue = queue(|b| b.concurrency(2).limiter(limiter).limiter(rate));
    for _ in 0..10 {
        queue.enqueue(&site.url("/x"), |_, _| {}).unwrap();
    }
    for _ in 0..2 {
        queue.enqueue(&slow.url("/slow"), |_, _| {}).unwrap();
    }
    slow.server.wait_requests(2);
    // Ten turns of the rate would pass.
    std::thread::sleep(ms(500));
    let before = site.times("/x").len();
    let opened = Instant::now();
    gate.open();
    finished(&queue).unwrap();
    let times = site.times("/x");
    assert_eq!(times.len(), 10);
    none_early(&times[before..], opened, 1, ms(50));
    before < 9
}

#[test]
fn requests_go_in_the_order_in_which_they_have_asked() {
    case(|| {
        let site = Site::slow(ms(0));
        let queue = queue(|b| b.concurrency(1).limiter(RateLimiter::builder().delay(ms(10)).build().unwrap()));
        let expected: Vec<_> = (0..20).map(|n| format!("/{n}")).collect();
        for path in &expected {
            queue.enqueue(&site.url(path), |_, _| {}).unwrap();
        }
        finished(&queue).unwrap();
        assert_eq!(site.paths(), expected);
    });
}

#[test]
fn a_burst_goes_at_once_and_no_more_than_that() {
    case(|| {
        let site = Site::slow(ms(0));
        let rate = RateLimiter::builder().per_second(0.001).burst(3).build().unwrap();
        let queue = queue(|b| b.concurrency(10).limiter(rate));
        for _ in 0..10 {
            queue.enqueue(&site.url("/x"), |_, _| {}).unwrap();
        }
        site.server.wait_requests(3);
        crate::peer::wait_until("the rest to wait", || queue.stats().blocked == 7);
        assert_eq!(queue.wait(ms(50)).unwrap_err().queued, 7);
        assert_eq!(site.server.requests(), 3);
        queue.stop(maypole::queue::Stop::CancelQueued);
        finished(&queue).unwrap();
    });
}

#[test]
fn a_high_rate_is_reached() {
    case(|| {
        let site = Site::slow(ms(0));
        let queue = queue(|b| b.concurrency(20).limiter(RateLimiter::per_host(1000.0).unwrap()));
        let start = Instant::now();
        for _ in 0..500 {
            queue.enqueue(&site.url("/x"), |_, _| {}).unwrap();
        }
        finished(&queue).unwrap();
        assert_eq!(site.server.requests(), 500);
        // 50 at once, then 1 ms each.
        assert!(start.elapsed() >= ms(420), "{:?}", start.elapsed());
    });
}

#[test]
fn rates_that_would_let_nothing_through_are_refused() {
    let build = |options: fn(maypole::queue::RateLimiterBuilder) -> maypole::queue::RateLimiterBuilder| {
        options(RateLimiter::builder()).build().unwrap_err()
    };
    for error in [
        build(|b| b),
        build(|b| b.per_second(0.0)),
        build(|b| b.per_second(-1.0)),
        build(|b| b.per_second(f64::NAN)),
        build(|b| b.delay(Duration::ZERO)),
        build(|b| b.per_second(1.0).burst(0)),
    ] {
        assert_eq!(error.kind(), Kind::InvalidConfig, "{error}");
    }
}
