//! Limiters of a batch.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::time::Instant;

use maypole::error::Kind;
use maypole::queue::{Acquire, Limiter, Observation, Permit, RateLimiter, Release, Turn};
use maypole::{Error, Url};

use crate::site::{Site, batch_with, ms, ok};

/// So many at once, by asking again; and counts what it is told.
#[derive(Clone)]
struct AtMost(Arc<Counts>, usize);

#[derive(Default)]
struct Counts {
    in_use: AtomicUsize,
    seen: AtomicU64,
}

impl Release for Counts {
    fn release(&self, _key: u64) {
        self.in_use.fetch_sub(1, SeqCst);
    }
}

impl Limiter for AtMost {
    fn try_acquire(&self, url: &Url, _turn: &Turn) -> Acquire {
        match url.path() {
            "/refused" => return Acquire::Refused(Error::new(Kind::Blocked, "not there")),
            "/panic" => panic!("on purpose"),
            _ => {}
        }
        match self.0.in_use.fetch_update(SeqCst, SeqCst, |n| (n < self.1).then_some(n + 1)) {
            Ok(_) => Acquire::Granted(Permit::new(self.0.clone(), 0)),
            Err(_) => Acquire::Later(Instant::now() + ms(2)),
        }
    }

    fn observe(&self, seen: &Observation<'_>) {
        assert_eq!(seen.status, Some(200));
        self.0.seen.fetch_add(1, SeqCst);
    }
}

#[test]
fn permits_bound_what_workers_do_and_all_come_back() {
    let site = Site::start(|request, responder| {
        std::thread::sleep(ms(3));
        responder.reply(ok(&request.target));
    });
    let limiter = AtMost(Arc::default(), 2);
    let (batch, kept) = batch_with(10, |options| options.limiter(limiter.clone()));
    for n in 0..50 {
        batch.get(site.url(&format!("/{n}"))).queue().unwrap();
    }
    for path in ["/refused", "/panic"] {
        batch.get(site.url(path)).queue().unwrap();
    }
    let report = batch.fetch_all();
    assert_eq!((report.requests, report.statuses[&200], report.failed()), (52, 50, 2));
    assert!(site.server.peak() <= 2, "{} at once", site.server.peak());
    assert_eq!((limiter.0.in_use.load(SeqCst), limiter.0.seen.load(SeqCst)), (0, 50));
    let mut codes: Vec<_> = kept.take().iter().filter_map(|outcome| outcome.compat_code()).collect();
    codes.sort_unstable();
    assert_eq!(codes, [701, 703]);
    site.end(batch, &kept);
}

#[test]
fn a_rate_counts_what_has_gone_out() {
    let site = Site::echo();
    let limiter = RateLimiter::builder().delay(ms(200)).build().unwrap();
    let (batch, kept) = batch_with(1, |options| options.limiter(limiter));
    for n in 0..4 {
        batch.get(site.url(&format!("/{n}"))).queue().unwrap();
    }
    let start = Instant::now();
    batch.fetch_all();
    assert!(start.elapsed() >= ms(600), "four requests 200 ms apart in {:?}", start.elapsed());
    assert_eq!(kept.take().len(), 4);
    site.end(batch, &kept);
}

/// Panics when its permit comes back.
struct Sore;

impl Release for Sore {
    fn release(&self, _key: u64) {
        panic!("on purpose");
    }
}

impl Limiter for Sore {
    fn try_acquire(&self, _url: &Url, _turn: &Turn) -> Acquire {
        Acquire::Granted(Permit::new(Arc::new(Sore), 0))
    }
}

#[test]
fn a_limiter_that_panics_when_a_permit_comes_back_costs_no_outcome() {
    let site = Site::echo();
    let (batch, kept) = batch_with(1, |options| options.limiter(Sore));
    batch.get(site.url("/")).queue().unwrap();
    let report = batch.fetch_all();
    assert_eq!((report.requests, report.panics, kept.one().status()), (1, 1, 200));
    site.end(batch, &kept);
}
