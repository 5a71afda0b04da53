//! Threads for calls that block: name lookups, files.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::channel::RecvError;
use super::oneshot;
use super::waiter::Stop;

/// Most threads at once. A lookup may block for half a minute, so a few dozen dead names must not stop the others.
const THREADS: usize = 64;
/// How long an idle thread waits for work before it ends.
const LINGER: Duration = Duration::from_secs(5);

/// Runs `f` on a thread where blocking does no harm, and waits for its result until `at` at most.
///
/// When the wait ends early the call goes on in the background and its result is dropped. At most 64 run at once, the
/// rest queue up. A panic of `f` goes on in the caller.
///
/// `f` cannot borrow, since the wait may end before it: move in what it needs. The other way round, from a thread to a
/// coroutine, [`run`](super::run()) can.
///
/// ```
/// let text = maypole::rt::offload(None, || std::fs::read_to_string("/proc/version")).unwrap();
/// ```
pub fn offload<F, T>(at: Option<Instant>, f: F) -> Result<T, Stop>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    POOL.run(Box::new(move || {
        sender.send(catch_unwind(AssertUnwindSafe(f))).ok();
    }));
    match receiver.recv(at) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(panic)) => resume_unwind(panic),
        Err(RecvError::Stopped(stop)) => Err(stop),
        Err(RecvError::Disconnected) => unreachable!("a job that was queued is run"),
    }
}

type Job = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    threads: usize,
    idle: usize,
}

struct Pool {
    state: Mutex<State>,
    more: Condvar,
}

static POOL: Pool =
    Pool { state: Mutex::new(State { jobs: VecDeque::new(), threads: 0, idle: 0 }), more: Condvar::new() };

impl Pool {
    fn run(&'static self, job: Job) {
        let mut state = self.lock();
        state.jobs.push_back(job);
        if state.idle >= state.jobs.len() {
            self.more.notify_one();
        } else if state.threads < THREADS {
            let started = std::thread::Builder::new().name("maypole-offload".into()).spawn(|| self.work());
            match started {
                Ok(_) => state.threads += 1,
                // The threads that run will get to it; without any, this call is the only place left.
                Err(_) if state.threads > 0 => {}
                Err(_) => {
                    let job = state.jobs.pop_back().expect("just queued");
                    drop(state);
                    job();
                }
            }
        }
    }

    fn work(&self) {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                job();
                state = self.lock();
                continue;
            }
            state.idle += 1;
            let (again, wait) = self.more.wait_timeout(state, LINGER).unwrap_or_else(|poisoned| poisoned.into_inner());
            state = again;
            state.idle -= 1;
            if wait.timed_out() && state.jobs.is_empty() {
                state.threads -= 1;
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rt;

    #[test]
    fn a_call_that_blocks_is_left_behind_at_the_deadline() {
        let test = || {
            let (release, blocked) = std::sync::mpsc::channel::<()>();
            let at = Instant::now() + Duration::from_millis(10);
            assert_eq!(offload(Some(at), move || blocked.recv()), Err(Stop::TimedOut));
            drop(release);
            assert_eq!(offload(None, || 7), Ok(7));
        };
        test();
        rt::spawn(test).unwrap().join().unwrap();
    }

    #[test]
    fn a_panic_goes_on_in_the_caller_and_more_calls_than_threads_all_run() {
        assert!(rt::spawn(|| offload(None, || panic!("on purpose"))).unwrap().join().is_err());
        let all: Vec<_> = (0..500).map(|n| rt::spawn(move || offload(None, move || n).unwrap()).unwrap()).collect();
        assert!(all.into_iter().map(|handle| handle.join().unwrap()).eq(0..500));
    }
}
