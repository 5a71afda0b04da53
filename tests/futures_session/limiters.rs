//! Limiters before requests.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use maypole::Url;
use maypole::error::Kind;
use maypole::queue::{Acquire, Limiter, LocalExecutor, Observation, Permit, Release, Turn};

use super::*;

/// So many at once; who comes later waits in line.
#[derive(Default)]
struct Places(Mutex<(usize, Vec<Turn>)>, AtomicUsize);

impl Release for Places {
    fn release(&self, _: u64) {
        self.0.lock().unwrap().0 += 1;
    }
}

struct Line(Arc<Places>);

impl Line {
    fn new(places: usize) -> Self {
        Self(Arc::new(Places(Mutex::new((places, Vec::new())), AtomicUsize::new(0))))
    }
}

/// Takes a place back and hands it to the next in line.
struct Handing(Arc<Places>);

impl Release for Handing {
    fn release(&self, key: u64) {
        let next = {
            let mut places = self.0.0.lock().unwrap();
            match places.1.is_empty() {
                true => None,
                false => Some(places.1.remove(0)),
            }
        };
        match next {
            Some(turn) => turn.grant(Permit::new(Arc::new(Handing(self.0.clone())), key)),
            None => self.0.release(key),
        }
    }
}

impl Limiter for Line {
    fn try_acquire(&self, url: &Url, turn: &Turn) -> Acquire {
        if url.path() == "/refused" {
            return Acquire::Refused(maypole::Error::new(Kind::Blocked, "not there"));
        }
        let mut places = self.0.0.lock().unwrap();
        if places.0 == 0 {
            places.1.push(turn.clone());
            return Acquire::Queued;
        }
        places.0 -= 1;
        Acquire::Granted(Permit::new(Arc::new(Handing(self.0.clone())), 0))
    }

    fn observe(&self, seen: &Observation<'_>) {
        assert_eq!(seen.status, Some(200));
        self.0.1.fetch_add(1, SeqCst);
    }
}

#[test]
fn a_limiter_bounds_and_observes_and_gets_everything_back() {
    let line = Line::new(2);
    let places = line.0.clone();
    let gate = Gate::new();
    let server = site(&gate);
    let session = built(|builder| builder.limiter(line));
    let futures = (0..10).map(|n| session.get(server.url(&format!("/hold/{n}"))).send()).collect::<Vec<_>>();
    server.wait_requests(2);
    let refused = session.get(server.url("/refused")).send();
    assert_eq!(refused.result().unwrap_err().kind(), Kind::Blocked, "waiting ones hold no worker");
    assert!(futures[9].cancel());
    gate.open();
    let done = futures.into_iter().filter_map(|future| future.result().ok()).count();
    assert_eq!((done, server.peak()), (9, 2));
    session.wait(LONG).unwrap();
    assert_eq!(session.get(server.url("/x")).fetch().unwrap().status(), 200, "the blocking twin asks, too");
    wait_until("every place to be free", || places.0.lock().unwrap().0 == 2);
    assert_eq!(places.1.load(SeqCst), 10);
}

#[test]
fn an_executor_of_ones_own_waits_for_limiters_on_its_worker() {
    struct Threads;
    impl maypole::queue::Executor for Threads {
        fn max_workers(&self) -> usize {
            10
        }
        fn submit(&self, job: maypole::queue::Job) {
            std::thread::spawn(move || job.run());
        }
    }
    let line = Line::new(1);
    let places = line.0.clone();
    let server = site(&Gate::new());
    let session = built(|builder| builder.executor(Threads).limiter(line));
    let futures = (0..10).map(|n| session.get(server.url(&format!("/{n}"))).send()).collect::<Vec<_>>();
    assert!(futures.into_iter().all(|future| future.result().unwrap().status() == 200));
    assert_eq!(server.peak(), 1);
    wait_until("the place to be free", || places.0.lock().unwrap().0 == 1);
}

#[test]
fn a_limiter_that_says_when_is_asked_then() {
    struct Pace(Mutex<Option<Instant>>);
    impl Limiter for Pace {
        fn try_acquire(&self, _: &Url, _: &Turn) -> Acquire {
            let mut next = self.0.lock().unwrap();
            let now = Instant::now();
            match *next {
                Some(at) if at > now => Acquire::Later(at),
                _ => {
                    *next = Some(now + Duration::from_millis(30));
                    Acquire::Granted(Permit::free())
                }
            }
        }
    }
    let server = site(&Gate::new());
    let session = built(|builder| builder.executor(LocalExecutor::threads(4)).limiter(Pace(Mutex::new(None))));
    let start = Instant::now();
    let futures = (0..4).map(|_| session.get(server.url("/")).send()).collect::<Vec<_>>();
    assert!(futures.into_iter().all(|future| future.result().unwrap().status() == 200));
    assert_eq!(session.get(server.url("/")).fetch().unwrap().status(), 200);
    assert!(start.elapsed() >= Duration::from_millis(120));
}
