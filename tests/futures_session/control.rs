//! Taking requests back, ending them, waiting for so long.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, mpsc};

use maypole::error::Kind;
use maypole::rt::{self, scope};

use super::*;

#[test]
fn q257_cancel_takes_back_what_waits_and_lets_go_on_what_runs() {
    on_both(|| {
        let gate = Gate::new();
        let server = site(&gate);
        let session = built(|builder| builder.max_workers(1));
        let running = session.get(server.url("/hold")).send();
        server.wait_requests(1);
        let waiting = session.get(server.url("/never")).send();
        assert!(running.is_running() && !waiting.is_running() && !waiting.is_done());
        assert!(!running.cancel());
        let (told, tells) = mpsc::channel();
        waiting.add_done_callback(move |result| told.send(result.as_ref().unwrap_err().kind()).unwrap());
        assert!(waiting.cancel());
        assert!(waiting.is_cancelled() && waiting.is_done() && !waiting.cancel());
        assert_eq!(tells.try_recv(), Ok(Kind::Cancelled));
        assert_eq!(waiting.error().unwrap().kind(), Kind::Cancelled);
        assert_eq!(waiting.result().unwrap_err().kind(), Kind::Cancelled);
        gate.open();
        assert_eq!(running.result().unwrap().status(), 200);
        assert_eq!(session.get(server.url("/after")).send().result().unwrap().status(), 200);
        assert_eq!(server.requests(), 2, "the cancelled one was never sent");
    });
}

#[test]
fn q258_abort_ends_what_runs() {
    on_both(|| {
        let gate = Gate::new();
        let server = site(&gate);
        let session = built(|builder| builder.max_workers(2));
        let (one, two) = (session.get(server.url("/hold/1")).send(), session.get(server.url("/hold/2")).send());
        server.wait_requests(2);
        let watch = Stopwatch::start();
        assert!(one.abort());
        assert!(one.wait(LONG) && one.is_cancelled() && !one.abort());
        assert_eq!(one.result().unwrap_err().kind(), Kind::Cancelled);
        watch.within(0..2000);
        assert!(!two.is_done());
        gate.open();
        assert_eq!(two.result().unwrap().status(), 200, "the other one has gone on");
        let waiting = session.get(server.url("/after")).send();
        assert_eq!(waiting.result().unwrap().status(), 200, "the worker has, too");
    });
}

#[test]
fn abort_ends_a_body_and_a_callback() {
    let server = Server::start(|_, to| to.reply("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf"));
    let session = session();
    let body = session.get(server.url("/")).send();
    let (entered, entering) = mpsc::channel();
    let callback = session.get(server.url("/")).stream(true).background_callback(move |_, _| {
        entered.send(()).unwrap();
        rt::sleep(Duration::from_secs(600));
        Err(maypole::Error::cancelled(maypole::error::Phase::Body))
    });
    let callback = callback.send();
    server.wait_requests(2);
    entering.recv_timeout(LONG).unwrap();
    assert!(body.abort() && callback.abort());
    assert_eq!(body.result().unwrap_err().kind(), Kind::Cancelled);
    assert_eq!(callback.result().unwrap_err().kind(), Kind::Cancelled);
}

#[test]
fn abort_of_one_does_not_end_the_next_request_of_its_worker() {
    let gate = Gate::new();
    let server = site(&gate);
    let session = built(|builder| builder.max_workers(1));
    for _ in 0..20 {
        let (held, next) =
            (session.get(server.url("/hold")).send(), session.get(server.url("/next")).stream(true).send());
        wait_until("the first to run", || held.is_running());
        held.abort();
        assert_eq!(next.result().unwrap().text().unwrap(), "GET /next ");
    }
    gate.open();
}

#[test]
fn q259_a_wait_with_a_limit_hands_the_future_back() {
    on_both(|| {
        let gate = Gate::new();
        let server = site(&gate);
        let session = session();
        let future = session.get(server.url("/hold")).send();
        let still = future.result_timeout(Duration::from_millis(20)).unwrap_err();
        assert!(still.to_string().starts_with("the request is still under way"), "{still}");
        gate.open();
        assert_eq!(still.future.result_timeout(LONG).unwrap().unwrap().status(), 200);
        assert_eq!(server.requests(), 1);
    });
}

#[test]
fn a_surrounding_scope_bounds_the_wait_and_not_the_request() {
    on_both(|| {
        let gate = Gate::new();
        let server = site(&gate);
        let session = session();
        let future = session.get(server.url("/hold")).send();
        let wait = || future.result_timeout(LONG).unwrap_err();
        let still = scope::with_deadline(Duration::from_millis(20), wait);
        assert!(!still.future.is_done());
        gate.open();
        assert_eq!(still.future.result().unwrap().status(), 200);
    });
}

#[test]
fn q269_a_dropped_future_lets_its_request_go_on() {
    let gate = Gate::new();
    let server = site(&gate);
    let session = built(|builder| builder.max_workers(1));
    let ran = Arc::new(AtomicBool::new(false));
    let running = ran.clone();
    let future = session.get(server.url("/hold")).map(move |_| {
        running.store(true, SeqCst);
        Ok(())
    });
    drop(future.send());
    server.wait_requests(1);
    gate.open();
    session.wait(LONG).unwrap();
    assert!(ran.load(SeqCst));
    assert_eq!(session.get(server.url("/next")).send().result().unwrap().status(), 200, "the worker is free");
    assert_eq!(session.client().stats().in_use, 0);
}

#[test]
fn q270_a_future_that_aborts_on_drop_closes_its_connection() {
    let gate = Gate::new();
    let server = site(&gate);
    let session = session();
    let future = session.get(server.url("/hold")).send().abort_on_drop();
    server.wait_requests(1);
    server.wait_open(1);
    drop(future);
    session.wait(LONG).unwrap();
    let client = session.client().clone();
    wait_until("no connection of ours", || client.stats().open == 0);
    gate.open();
    server.wait_open(0);
    let done = session.get(server.url("/x")).send().abort_on_drop();
    assert_eq!(done.result().unwrap().status(), 200, "with its result it is not dropped early");
}

#[test]
fn q276_a_shared_future_gives_each_reader_the_same() {
    on_both(|| {
        let gate = Gate::new();
        let server = site(&gate);
        let session = session();
        let shared = session.get(server.url("/hold")).send().shared();
        let readers = (0..4).map(|_| {
            let shared = shared.clone();
            rt::spawn(move || shared.result().unwrap().text().unwrap()).unwrap()
        });
        let readers = readers.collect::<Vec<_>>();
        assert_eq!(shared.result_timeout(Duration::from_millis(10)).unwrap_err().kind(), Kind::Timeout);
        gate.open();
        assert!(readers.into_iter().all(|reader| reader.join().unwrap() == "GET /hold "));
        assert_eq!((shared.is_done(), server.requests()), (true, 1));
        let number = session.get(server.url("/n")).map(|response| Ok(response.status())).send().shared();
        assert_eq!((number.result().unwrap(), number.clone().result().unwrap()), (200, 200));
        let failed = session.get("no URL").send().shared();
        let errors = [failed.result().unwrap_err(), failed.result().unwrap_err()];
        assert_eq!(errors[0].to_string(), errors[1].to_string());
        let streamed = session.get(server.url("/s")).stream(true).send().shared();
        assert_eq!(streamed.result().unwrap_err().kind(), Kind::BodyUsed);
    });
}
