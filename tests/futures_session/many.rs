//! Many futures at once: what they cost, and that nothing is left.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::*;

#[test]
fn q274_a_thousand_futures_on_a_hundred_workers() {
    let gate = Gate::new();
    let server = site(&gate);
    let on_coroutines = Arc::new(AtomicUsize::new(0));
    let seen = on_coroutines.clone();
    let session = built(|builder| {
        builder.max_workers(100).on_response(move |_, _| {
            seen.fetch_add(usize::from(maypole::rt::is_coroutine()), SeqCst);
            Ok(None)
        })
    });
    assert_eq!(session.get(server.url("/first")).send().result().unwrap().status(), 200);
    let urls: Vec<_> = (0..1000).map(|n| server.url(&format!("/hold/{n}"))).collect();
    let futures = urls.iter().map(|url| session.get(url).send()).collect::<Vec<_>>();
    server.wait_requests(101);
    assert_eq!((session.len(), server.peak()), (1000, 100));
    gate.open();
    assert!(futures.into_iter().all(|future| future.result().unwrap().status() == 200));
    assert_eq!(server.peak(), 100);
    assert_eq!(on_coroutines.load(SeqCst), 1001, "workers are coroutines, not threads");
    wait_until("an empty session", || session.is_empty());
    assert_eq!(session.client().stats().in_use, 0);
}

#[test]
fn nothing_is_left_when_sessions_end_in_the_midst() {
    let gate = Gate::new();
    let server = site(&gate);
    for round in 0..20 {
        let session = built(|builder| builder.max_workers(4));
        let client = session.client().clone();
        let futures = (0..50).map(|n| session.get(server.url(&format!("/hold/{n}"))).send()).collect::<Vec<_>>();
        let (some, others) = futures.into_iter().enumerate().partition::<Vec<_>, _>(|(n, _)| n % 3 == 0);
        drop(some);
        for (_, future) in others.iter().filter(|(n, _)| n % 3 == 1) {
            future.abort();
        }
        if round % 2 == 0 {
            session.close(maypole::queue::Stop::Abort);
        } else {
            assert!(others.iter().filter(|(_, future)| future.abort()).count() > 0);
        }
        assert!(others.into_iter().all(|(_, future)| future.result().is_err()));
        session.close(maypole::queue::Stop::Abort);
        session.wait(LONG).unwrap();
        assert_eq!((session.len(), client.stats().in_use), (0, 0));
    }
    gate.open();
}

/// What a future costs that waits for a worker, its request included: measured 1.8 KiB. A queue of a million is for
/// `FetchQueue`, whose jobs take some hundred bytes.
#[test]
fn q274_a_pending_future_takes_less_than_four_kib() {
    alone("many::q274_a_pending_future_takes_less_than_four_kib", pending_futures);
}

fn pending_futures() {
    const PENDING: usize = 20_000;
    let gate = Gate::new();
    let server = site(&gate);
    let session = built(|builder| builder.max_workers(1));
    let running = session.get(server.url("/hold")).send();
    server.wait_requests(1);
    let url = server.url("/pending");
    let before = resident_bytes();
    let futures = (0..PENDING).map(|_| session.get(&url).send()).collect::<Vec<_>>();
    let each = resident_bytes().saturating_sub(before) / PENDING;
    session.close(maypole::queue::Stop::CancelQueued);
    assert!(futures.iter().all(|future| future.is_cancelled()));
    gate.open();
    assert_eq!(running.result().unwrap().status(), 200);
    assert!((100..4096).contains(&each), "{each} bytes");
}
