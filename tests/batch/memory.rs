//! Many requests, and what they leave.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};

use maypole::queue::batch::{Batch, NullLogger};

use crate::peer::{alone, resident_bytes};
use crate::site::{Kept, Site, batch, ok};

/// 100,000 in release builds, a twentieth of that in debug ones.
const REQUESTS: u64 = if cfg!(debug_assertions) { 5_000 } else { 100_000 };

#[test]
fn q163_every_outcome_and_flat_memory() {
    alone("memory::q163_every_outcome_and_flat_memory", every_outcome_and_flat_memory);
}

fn every_outcome_and_flat_memory() {
    let server = crate::peer::Server::start(|_, responder| responder.reply(ok("hello, world")));
    let (seen, sum, peak) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicUsize::new(0)));
    let url = server.url("/");
    let (counted, added, highest, next) = (seen.clone(), sum.clone(), peak.clone(), url.clone());
    let first = Arc::new(AtomicUsize::new(0));
    let early = first.clone();
    let batch = Batch::builder().workers(100).logger(NullLogger).on_response(move |outcome, batch| {
        assert_eq!(outcome.status(), 200);
        added.fetch_add(outcome.req_id(), SeqCst);
        let done = counted.fetch_add(1, SeqCst) + 1;
        if outcome.req_id() + 100 < REQUESTS {
            batch.get(&next).queue().unwrap();
        }
        // After a tenth everything that is kept has been made.
        if done == REQUESTS / 10 {
            early.store(resident_bytes(), SeqCst);
        }
        if done % (REQUESTS / 10) == 0 {
            highest.fetch_max(resident_bytes(), SeqCst);
        }
    });
    let batch = batch.build().unwrap();
    for _ in 0..100 {
        batch.get(&url).queue().unwrap();
    }
    let report = batch.fetch_all();
    assert_eq!((report.requests, report.statuses[&200], report.panics), (REQUESTS, REQUESTS, 0));
    assert_eq!((seen.load(SeqCst), sum.load(SeqCst)), (REQUESTS, REQUESTS * (REQUESTS - 1) / 2), "each once");
    assert!(report.connections <= 100 && report.most_connections <= 100);
    let (first, peak) = (first.load(SeqCst), peak.load(SeqCst));
    eprintln!(
        "{} KiB after a tenth, {} KiB at most; {:.0} requests/s",
        first >> 10,
        peak >> 10,
        report.requests_per_second()
    );
    assert!(peak < first + (16 << 20), "{first} bytes after a tenth, {peak} at most");
    drop(batch);
    server.wait_open(0);
}

#[test]
fn what_waits_is_small() {
    alone("memory::what_waits_is_small", waiting_and_small);
}

fn waiting_and_small() {
    const WAITING: usize = if cfg!(debug_assertions) { 20_000 } else { 200_000 };
    let site = Site::echo();
    let (batch, kept) = batch(10);
    let url = site.url("/");
    batch.get(&url).queue().unwrap();
    let before = resident_bytes();
    for _ in 0..WAITING {
        batch.get(&url).queue().unwrap();
    }
    let each = resident_bytes().saturating_sub(before) / WAITING;
    eprintln!("{each} bytes for each request that waits");
    assert!(each < 600, "{each} bytes each");
    let report = batch.shutdown(std::time::Duration::from_secs(60));
    assert_eq!((report.requests, kept.take().len()), (WAITING as u64 + 1, WAITING + 1));
    site.end(batch, &Kept::default());
}
