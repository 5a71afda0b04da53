//! Who runs the requests.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, mpsc};

use maypole::error::Kind;
use maypole::queue::{Executor, Job, LocalExecutor, Stop, as_completed};
use maypole::rt;

use super::*;

#[test]
fn q265_a_shared_executor_bounds_its_sessions_together_and_survives_them() {
    for executor in [LocalExecutor::coroutines(3), LocalExecutor::threads(3)] {
        let gate = Gate::new();
        let server = site(&gate);
        let sessions = [0, 1].map(|_| built(|builder| builder.executor(executor.clone())));
        let futures =
            (0..12).map(|n| sessions[n % 2].get(server.url(&format!("/hold/{n}"))).send()).collect::<Vec<_>>();
        server.wait_requests(3);
        gate.open();
        assert!(as_completed(futures).all(|future| future.result().unwrap().status() == 200));
        assert_eq!(server.peak(), 3);
        let [one, two] = sessions;
        one.close(Stop::Abort);
        drop(one);
        assert_eq!(two.get(server.url("/after")).send().result().unwrap().status(), 200);
        two.close(Stop::CancelQueued);
        let third = built(|builder| builder.executor(executor));
        assert_eq!(third.get(server.url("/third")).send().result().unwrap().status(), 200);
    }
}

#[test]
fn closing_one_session_takes_back_its_own_requests_alone() {
    let gate = Gate::new();
    let server = site(&gate);
    let executor = LocalExecutor::coroutines(1);
    let [one, two] = [0, 1].map(|_| built(|builder| builder.executor(executor.clone())));
    let first = one.get(server.url("/hold")).send();
    server.wait_requests(1);
    let (mine, others) = (one.get(server.url("/never")).send(), two.get(server.url("/other")).send());
    one.close(Stop::CancelQueued);
    assert!(mine.is_cancelled(), "at once, on an executor that is busy");
    gate.open();
    assert_eq!(first.result().unwrap().status(), 200);
    assert_eq!(others.result().unwrap().status(), 200);
}

#[test]
fn workers_are_coroutines_or_threads() {
    let server = site(&Gate::new());
    for (executor, coroutines) in [(LocalExecutor::coroutines(2), true), (LocalExecutor::threads(2), false)] {
        let session = built(|builder| builder.executor(executor));
        let futures = (0..10).map(|_| session.get(server.url("/")).map(|_| Ok(rt::is_coroutine())).send());
        assert!(futures.collect::<Vec<_>>().into_iter().all(|future| future.result().unwrap() == coroutines));
    }
}

#[test]
fn any_pool_of_threads_can_be_an_executor() {
    struct Two(mpsc::Sender<Job>);
    impl Executor for Two {
        fn max_workers(&self) -> usize {
            2
        }
        fn submit(&self, job: Job) {
            self.0.send(job).unwrap();
        }
    }
    let (jobs, queue) = mpsc::channel::<Job>();
    let (queue, ids) = (Arc::new(Mutex::new(queue)), Arc::new(Mutex::new(HashSet::new())));
    for _ in 0..2 {
        let (queue, ids) = (queue.clone(), ids.clone());
        std::thread::spawn(move || {
            while let Ok(job) = { queue.lock().unwrap().recv() } {
                ids.lock().unwrap().insert(std::thread::current().id());
                job.run();
            }
        });
    }
    let gate = Gate::new();
    let server = site(&gate);
    let session = built(|builder| builder.executor(Two(jobs)));
    let futures = (0..6).map(|n| session.get(server.url(&format!("/hold/{n}"))).send()).collect::<Vec<_>>();
    server.wait_requests(2);
    assert!(futures[5].cancel());
    gate.open();
    let ends = futures.into_iter().map(|future| future.result().map(|response| response.status()).unwrap_or(0));
    assert_eq!(ends.collect::<Vec<_>>(), [200, 200, 200, 200, 200, 0]);
    assert_eq!((server.peak(), server.requests(), ids.lock().unwrap().len()), (2, 5, 2));
}

#[test]
fn a_job_that_an_executor_drops_or_fails_tells_its_future() {
    struct Never;
    impl Executor for Never {
        fn max_workers(&self) -> usize {
            1
        }
        fn submit(&self, job: Job) {
            match job.url().unwrap().path() {
                "/drop" => drop(job),
                _ => job.fail(maypole::Error::new(Kind::Exhausted, "no worker left")),
            }
        }
    }
    let session = built(|builder| builder.executor(Never));
    let dropped = session.get("http://127.0.0.1/drop").send().result().unwrap_err();
    assert_eq!(
        (dropped.kind(), dropped.to_string().as_str()),
        (Kind::Cancelled, "the executor has dropped the request")
    );
    assert_eq!(session.get("http://127.0.0.1/fail").send().result().unwrap_err().kind(), Kind::Exhausted);
    assert!(session.is_empty());
}

#[test]
fn a_bounded_line_lets_the_sender_wait() {
    on_both(|| {
        let gate = Gate::new();
        let server = site(&gate);
        let session = built(|builder| builder.max_workers(1).bounded(2));
        let (sent, counts) = mpsc::channel();
        let (sending, url) = (session.clone(), server.url("/hold"));
        let sender = rt::spawn(move || {
            let futures = (0..6).map(|n| {
                let future = sending.get(&url).send();
                sent.send(n).unwrap();
                future
            });
            futures.collect::<Vec<_>>()
        });
        server.wait_requests(1);
        // One runs, two wait; the fourth finds no room.
        let three = (0..3).map(|_| counts.recv_timeout(LONG).unwrap()).collect::<Vec<_>>();
        assert_eq!(three, [0, 1, 2]);
        assert!(counts.recv_timeout(Duration::from_millis(50)).is_err());
        gate.open();
        let futures = sender.unwrap().join().unwrap();
        assert!(futures.into_iter().all(|future| future.result().unwrap().status() == 200));
    });
}

#[test]
fn a_send_that_waits_for_room_ends_with_its_scope() {
    let gate = Gate::new();
    let server = site(&gate);
    let session = built(|builder| builder.max_workers(1).bounded(1));
    let running = session.get(server.url("/hold")).send();
    server.wait_requests(1);
    let waiting = session.get(server.url("/x")).send();
    let late = rt::scope::with_deadline(Duration::from_millis(20), || session.get(server.url("/late")).send());
    assert_eq!(late.result().unwrap_err().kind(), Kind::Timeout);
    gate.open();
    assert_eq!((running.result().unwrap().status(), waiting.result().unwrap().status()), (200, 200));
}

#[test]
fn a_callback_may_send_more() {
    let server = site(&Gate::new());
    let session = built(|builder| builder.max_workers(1).bounded(1));
    let url = server.url("/more");
    let future = session.get(server.url("/")).background_callback(move |session, response| {
        let more: Vec<_> = (0..5).map(|_| session.get(&url).send()).collect();
        response.extensions_mut().insert(Mutex::new(more));
        Ok(None)
    });
    let mut response = future.send().result().unwrap();
    let more = response.extensions_mut().remove::<Mutex<Vec<maypole::queue::ResponseFuture>>>().unwrap();
    let more = std::mem::take(&mut *more.lock().unwrap());
    assert_eq!(more.into_iter().map(|future| future.result().unwrap().status()).collect::<Vec<_>>(), [200; 5]);
}
