//! The end of a session, and what it means for what is open.

use std::sync::mpsc;

use maypole::error::Kind;
use maypole::queue::{FetchQueue, ResponseFuture, Stop};
use maypole::rt;

use super::*;

/// A session with one worker, its site, and the gate that `/hold` waits for there.
fn one_worker() -> (FuturesSession, Server, Gate) {
    let gate = Gate::new();
    let server = site(&gate);
    (built(|builder| builder.max_workers(1)), server, gate)
}

/// The same, whose worker is busy until the gate opens.
fn busy_worker() -> (FuturesSession, Server, Gate, ResponseFuture) {
    let (session, server, gate) = one_worker();
    let running = session.get(server.url("/hold")).send();
    server.wait_requests(1);
    (session, server, gate, running)
}

#[test]
fn q253_a_scope_that_is_left_has_closed_the_session() {
    on_both(|| {
        let server = site(&Gate::new());
        let session = session();
        let outer = session.clone();
        let status = session.scope(|session| session.get(server.url("/")).send().result().unwrap().status());
        assert_eq!((status, outer.is_closed()), (200, true));
    });
}

#[test]
fn q254_leaving_a_scope_skips_what_has_not_begun() {
    on_both(|| {
        let (session, server, gate) = one_worker();
        let outer = session.clone();
        let (first, rest) = session.scope(|session| {
            let first = session.get(server.url("/ok")).send();
            let rest = [1, 2].map(|n| session.get(server.url(&format!("/hold/{n}"))).send());
            (first.result().unwrap().status(), rest)
        });
        assert_eq!(first, 200);
        assert!(!gate.is_open(), "nobody has waited for them");
        let ends = rest.map(|future| {
            let cancelled = future.is_cancelled();
            gate.open();
            (cancelled, future.result().map(|response| response.status()).map_err(|error| error.kind()))
        });
        assert_eq!(ends[1], (true, Err(Kind::Cancelled)));
        // The first of them may have begun, and goes on to its end then.
        assert!(matches!(ends[0], (true, Err(Kind::Cancelled)) | (false, Ok(200))), "{ends:?}");
        outer.wait(LONG).unwrap();
        assert!(server.requests() <= 2);
    });
}

#[test]
fn q255_a_scope_that_drains_waits_for_everything() {
    on_both(|| {
        let (session, server, gate) = one_worker();
        let opening = gate.clone();
        let futures = session.scope_with(Stop::Drain, |session| {
            let futures = [0, 1, 2].map(|n| session.get(server.url(&format!("/hold/{n}"))).send());
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(20));
                opening.open();
            });
            futures
        });
        assert!(futures.iter().all(|future| future.is_done()));
        assert!(futures.into_iter().all(|future| future.result().unwrap().status() == 200));
        assert_eq!(server.requests(), 3);
    });
}

#[test]
fn q256_a_scope_that_aborts_ends_what_runs() {
    on_both(|| {
        let (session, server, gate) = one_worker();
        let watch = Stopwatch::start();
        let futures = session.scope_with(Stop::Abort, |session| {
            let futures = [1, 2].map(|n| session.get(server.url(&format!("/hold/{n}"))).send());
            server.wait_requests(1);
            futures
        });
        let kinds = futures.map(|future| future.result().unwrap_err().kind());
        watch.within(0..2500);
        assert_eq!(kinds, [Kind::Cancelled; 2]);
        assert!(!gate.is_open());
        assert_eq!(server.requests(), 1);
        gate.open();
    });
}

#[test]
fn a_scope_that_panics_closes_all_the_same() {
    let session = session();
    let outer = session.clone();
    let panicking = std::panic::AssertUnwindSafe(move || session.scope(|_| panic!("on purpose")));
    assert!(std::panic::catch_unwind(panicking).is_err());
    assert!(outer.is_closed());
}

#[test]
fn dropping_the_last_handle_cancels_what_has_not_begun() {
    on_both(|| {
        let (session, server, gate, running) = busy_worker();
        let waiting = session.get(server.url("/never")).send();
        let (told, tells) = mpsc::channel();
        waiting.add_done_callback(move |_| told.send(rt::is_coroutine()).unwrap());
        let clone = session.clone();
        drop(session);
        assert!(!waiting.is_done(), "there is one more");
        drop(clone);
        assert_eq!(waiting.result().unwrap_err().kind(), Kind::Cancelled);
        assert!(tells.recv_timeout(LONG).unwrap(), "the destructor has not waited for the callback");
        gate.open();
        assert_eq!(running.result().unwrap().status(), 200);
        assert_eq!(server.requests(), 1);
    });
}

#[test]
fn a_callbacks_handle_does_not_keep_the_session_open() {
    let (gate, dropped) = (Gate::new(), Gate::new());
    let server = site(&gate);
    let session = session();
    let (next, waiting) = (server.url("/next"), dropped.clone());
    let future = session.get(server.url("/first")).background_callback(move |session, response| {
        let kept = session.clone();
        waiting.wait();
        response.extensions_mut().insert(kept.get(&next).send().result().unwrap_err().kind());
        Ok(None)
    });
    let future = future.send();
    server.wait_requests(1);
    drop(session);
    dropped.open();
    assert_eq!(future.result().unwrap().extensions().get::<Kind>(), Some(&Kind::Closed));
}

#[test]
fn q266_what_is_sent_after_the_end_fails_as_closed() {
    on_both(|| {
        let server = site(&Gate::new());
        for how in [Stop::Drain, Stop::CancelQueued, Stop::Abort] {
            let session = session();
            session.close(how);
            let future = session.get(server.url("/")).send();
            assert!(future.is_done());
            assert_eq!(future.result().unwrap_err().kind(), Kind::Closed);
            assert_eq!(session.get(server.url("/")).fetch().unwrap_err().kind(), Kind::Closed);
            session.wait(LONG).unwrap();
        }
        assert_eq!(server.requests(), 0);
    });
}

#[test]
fn a_harder_close_counts() {
    let (session, server, gate) = one_worker();
    let futures = [1, 2].map(|n| session.get(server.url(&format!("/hold/{n}"))).send());
    server.wait_requests(1);
    session.close(Stop::Drain);
    let open = session.wait(Duration::from_millis(20)).unwrap_err();
    assert_eq!((open.queued, open.in_flight, open.in_handler), (1, 1, false));
    session.close(Stop::Abort);
    session.wait(LONG).unwrap();
    assert!(futures.into_iter().all(|future| future.result().unwrap_err().kind() == Kind::Cancelled));
    gate.open();
}

#[test]
fn a_callback_cannot_wait_for_its_own_session() {
    let server = site(&Gate::new());
    let session = session();
    let owned = session.clone();
    let future = session.get(server.url("/")).map(move |_| Ok(owned.wait_all().unwrap_err().in_handler));
    assert!(future.send().result().unwrap());
}

#[test]
fn a_done_callback_of_a_cancelled_request_does_not_wait_for_itself() {
    on_both(|| {
        let (session, server, gate, running) = busy_worker();
        let (told, waited) = std::sync::mpsc::channel();
        for _ in 0..2 {
            let (theirs, told) = (session.clone(), told.clone());
            let future = session.get(server.url("/never")).send();
            future.add_done_callback(move |_| told.send(theirs.wait(LONG).unwrap_err().in_handler).unwrap());
            if session.len() == 2 {
                assert!(future.cancel());
            }
        }
        session.close(maypole::queue::Stop::CancelQueued);
        assert!(waited.try_iter().eq([true, true]));
        gate.open();
        assert_eq!(running.result().unwrap().status(), 200);
        session.wait(LONG).unwrap();
    });
}

#[test]
fn a_done_callback_that_another_queues_handler_brings_about_does_not_wait_for_itself_either() {
    let (session, server, gate, running) = busy_worker();
    let future = session.get(server.url("/never")).send();
    let (told, waited) = mpsc::channel();
    let theirs = session.clone();
    future.add_done_callback(move |_| told.send(theirs.wait(LONG).unwrap_err().in_handler).unwrap());
    let queue = FetchQueue::builder().client(client()).auto_start(true).build().unwrap();
    queue.enqueue(&server.url("/ok"), move |_, _| assert!(future.cancel())).unwrap();
    queue.wait(LONG).unwrap();
    assert!(waited.recv_timeout(LONG).unwrap());
    assert_eq!(queue.stats().panicked, 0);
    gate.open();
    assert_eq!(running.result().unwrap().status(), 200);
    session.wait(LONG).unwrap();
}
