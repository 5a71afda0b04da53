//! The end of a batch, in every way.

use std::time::Duration;

use maypole::error::Kind;
use maypole::queue::batch::{Batch, NullLogger, Outcome};

use crate::peer::{Act, Gate, Peer, any_request, conn, hold, on_both, reply, wait_until, with_some_time};
use crate::site::{Kept, Site, batch, batch_with, ms, ok};

fn codes(kept: &Kept) -> Vec<Option<u16>> {
    let mut outcomes = kept.take();
    outcomes.sort_by_key(Outcome::req_id);
    outcomes.iter().map(Outcome::compat_code).collect()
}

#[test]
fn shutdown_lets_what_is_in_flight_end_and_tells_the_rest() {
    on_both(|| {
        let (gate, rest) = (Gate::new(), Gate::new());
        let peer = Peer::start([conn([any_request(), Act::Open(gate.clone()), hold(&rest), reply(ok("x"))])]);
        let (batch, kept) = batch_with(1, |options| options.eager(true));
        (0..4).for_each(|_| {
            batch.get(peer.url("/")).queue().unwrap();
        });
        gate.wait();
        let watched = batch.handle().clone();
        let answering = std::thread::spawn(move || {
            wait_until("the rest to be told", || watched.stats().finished == 3);
            rest.open();
        });
        let report = batch.shutdown(Duration::from_secs(20));
        answering.join().unwrap();
        assert_eq!((report.requests, report.unfinished, report.statuses[&200]), (4, 0, 1));
        assert_eq!(codes(&kept), [None, Some(705), Some(705), Some(705)]);
        let error = batch.get(peer.url("/")).queue().unwrap_err();
        assert_eq!(error.kind(), Kind::Closed);
        assert_eq!((batch.fetch_all().requests, kept.take().len()), (0, 0));
        drop(batch);
        peer.finish();
    });
}

#[test]
fn shutdown_cancels_what_does_not_end() {
    // It waits as long once more for those that it has cancelled.
    let ends = with_some_time(ms(50), |limit| {
        let gate = Gate::new();
        let peer = Peer::start([conn([any_request(), Act::Open(gate.clone()), Act::Stall])]);
        let (batch, kept) = batch_with(1, |options| options.eager(true));
        (0..2).for_each(|_| {
            batch.get(peer.url("/")).queue().unwrap();
        });
        gate.wait();
        let report = batch.shutdown(limit);
        wait_until("both", || batch.stats().finished == 2);
        assert_eq!(codes(&kept), [Some(712), Some(705)]);
        drop(batch);
        peer.finish();
        report.unfinished == 0
    });
    assert!(ends, "it did not wait for what it has cancelled");
}

#[test]
fn shutdown_of_a_batch_that_never_ran() {
    let (batch, kept) = batch(1);
    (0..3).for_each(|_| {
        batch.get("http://127.0.0.1:9/").queue().unwrap();
    });
    let report = batch.shutdown(ms(1_000));
    assert_eq!((report.requests, report.unfinished, codes(&kept)), (3, 0, vec![Some(705); 3]));
}

#[test]
fn dropping_the_last_handle_tells_what_is_queued() {
    let (batch, kept) = batch(1);
    let handle = batch.handle().clone();
    (0..3).for_each(|_| {
        batch.get("http://127.0.0.1:9/").queue().unwrap();
    });
    let other = batch.clone();
    drop(batch);
    assert_eq!(other.stats().queued, 3, "a clone keeps it");
    drop(other);
    crate::peer::wait_until("three outcomes", || handle.stats().finished == 3);
    assert_eq!(codes(&kept), [Some(705); 3]);
    assert_eq!(handle.get("http://127.0.0.1:9/").queue().unwrap_err().kind(), Kind::Closed);
}

#[test]
fn a_callback_that_drops_its_batch_or_never_ends() {
    let site = Site::echo();
    let (told, came) = std::sync::mpsc::channel();
    let batch = Batch::builder()
        .logger(NullLogger)
        .eager(true)
        .on_response(move |outcome, _| told.send(outcome.compat_code()).unwrap());
    let batch = batch.build().unwrap();
    let (holder, url) = (batch.clone(), site.url("/"));
    let gate = Gate::new();
    let (entered, open) = (Gate::new(), gate.clone());
    let inside = entered.clone();
    let first = batch.get(&url).on_response(move |_, _| {
        inside.open();
        open.wait();
        drop(holder);
    });
    first.queue().unwrap();
    batch.get(&url).queue().unwrap();
    entered.wait();
    let report = batch.shutdown(ms(20));
    assert_eq!((report.unfinished, came.recv().unwrap()), (1, Some(705)), "the wait has an end");
    drop(batch);
    gate.open();
    site.server.wait_open(0);
}

#[test]
fn a_callback_that_queues_for_ever_ends_with_a_shutdown() {
    let site = Site::echo();
    let url = site.url("/");
    let again = url.clone();
    let batch = Batch::builder().workers(2).logger(NullLogger).eager(true).on_response(move |_, batch| {
        batch.get(&again).queue().ok();
    });
    let batch = batch.build().unwrap();
    (0..2).for_each(|_| {
        batch.get(&url).queue().unwrap();
    });
    site.server.wait_requests(100);
    let report = batch.shutdown(Duration::from_secs(10));
    assert_eq!((report.unfinished, batch.stats().in_flight), (0, 0));
    site.end(batch, &Kept::default());
}

#[test]
fn a_held_answer_is_one_outcome_once_it_comes() {
    let gate = Gate::new();
    let peer = Peer::start([conn([any_request(), hold(&gate), reply(ok("late"))])]);
    let (batch, kept) = batch_with(1, |options| options.eager(true));
    batch.get(peer.url("/")).queue().unwrap();
    peer.wait_requests(1);
    assert_eq!((batch.stats().in_flight, batch.stats().finished), (1, 0));
    gate.open();
    batch.fetch_all();
    assert_eq!(kept.one().text(), "late");
    drop(batch);
    peer.finish();
}
