//! Who gets a worker, and when.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use maypole::error::Kind;
use maypole::queue::Stop;
use maypole::queue::processes::{Call, Pending, ProcessExecutor};
use maypole::rt::{self, scope};

use crate::peer::wait_until;
use crate::runner::{Case, cases};

pub(crate) const CASES: &[Case] = cases![
    q289_twenty_coroutines_on_two_processes_hold_no_worker_thread,
    q291_two_pools_keep_their_own_limits,
    jobs_are_done_in_order_and_by_priority,
    a_queued_job_is_taken_back_and_a_running_one_killed,
    a_bounded_pool_makes_who_submits_wait,
    stop_drains_cancels_or_aborts,
    the_end_of_a_scope_ends_the_wait_and_not_the_job,
];

fn submit<O: serde::de::DeserializeOwned + Send + 'static>(pool: &ProcessExecutor, call: Call) -> Pending<O> {
    pool.submit(call).unwrap()
}

/// Where jobs wait in their processes.
pub(crate) struct Gate(tempfile::TempDir);

impl Gate {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> std::path::PathBuf {
        self.0.path().join("open")
    }

    /// A job that ends when it is opened.
    pub(crate) fn call(&self) -> Call {
        Call::new("wait", &self.file()).unwrap()
    }

    pub(crate) fn open(&self) {
        std::fs::write(self.file(), "").unwrap();
    }
}

fn sleep(ms: u64) -> Call {
    Call::new("sleep", &ms).unwrap()
}

fn q289_twenty_coroutines_on_two_processes_hold_no_worker_thread() {
    let pool = ProcessExecutor::new(2).unwrap();
    let (peak, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let gate = Gate::new();
    let all: Vec<_> = (0..20)
        .map(|_| {
            let (pool, done, call) = (pool.clone(), done.clone(), gate.call());
            rt::spawn(move || {
                pool.submit::<u64>(call).unwrap().join().unwrap();
                done.fetch_add(1, SeqCst);
            })
            .unwrap()
        })
        .collect();
    // More coroutines than there are workers in any runtime that waited on its threads: they all get their turn at once.
    let ticks = Arc::new(AtomicUsize::new(0));
    let crowd: Vec<_> = (0..100)
        .map(|_| {
            let ticks = ticks.clone();
            rt::spawn(move || ticks.fetch_add(1, SeqCst)).unwrap()
        })
        .collect();
    assert_eq!(crowd.into_iter().map(|handle| handle.join().unwrap()).max(), Some(99));
    assert_eq!(ticks.load(SeqCst), 100);
    assert_eq!(done.load(SeqCst), 0, "they are still waiting, and others run");
    wait_until("two to run", || pool.stats().in_flight == 2);
    gate.open();
    while done.load(SeqCst) < 20 {
        let stats = pool.stats();
        peak.fetch_max(stats.in_flight.max(stats.pids.len()), SeqCst);
        std::thread::sleep(Duration::from_millis(1));
    }
    all.into_iter().for_each(|handle| handle.join().unwrap());
    assert_eq!(peak.load(SeqCst), 2);
    assert_eq!(pool.stats().started, 2);
}

fn q291_two_pools_keep_their_own_limits() {
    let (one, three) = (ProcessExecutor::new(1).unwrap(), ProcessExecutor::new(3).unwrap());
    let gate = Gate::new();
    let pending: Vec<_> =
        (0..9).flat_map(|_| [submit::<u64>(&one, gate.call()), submit(&three, gate.call())]).collect();
    wait_until("all that may to run", || (one.stats().in_flight, three.stats().in_flight) == (1, 3));
    gate.open();
    let mut peaks = (1, 3);
    while !pending.iter().all(Pending::is_done) {
        peaks.0 = peaks.0.max(one.stats().in_flight).max(one.stats().pids.len());
        peaks.1 = peaks.1.max(three.stats().in_flight).max(three.stats().pids.len());
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(peaks, (1, 3));
    assert!(pending.into_iter().all(|pending| pending.join().unwrap() == 7));
}

fn jobs_are_done_in_order_and_by_priority() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("order").to_str().unwrap().to_owned();
    let pool = ProcessExecutor::new(1).unwrap();
    let gate = Gate::new();
    let first = submit::<u64>(&pool, gate.call());
    wait_until("the first job to run", || first.is_running());
    let append =
        |line: &str, priority| submit::<()>(&pool, Call::new("append", &(&path, line)).unwrap().priority(priority));
    let all = [append("a", 0), append("b", 0), append("urgent", 5), append("c", 0), append("late", -1)];
    gate.open();
    all.into_iter().for_each(|pending| pending.join().unwrap());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "urgent\na\nb\nc\nlate\n");
    drop(first);
}

fn a_queued_job_is_taken_back_and_a_running_one_killed() {
    let pool = ProcessExecutor::new(1).unwrap();
    let running = submit::<u64>(&pool, sleep(60_000));
    wait_until("the job to run", || running.is_running() && !pool.stats().pids.is_empty());
    let pid = pool.stats().pids[0];
    let queued = submit::<u64>(&pool, sleep(60_000));
    assert!(queued.cancel(), "it had not begun");
    assert_eq!(queued.join().unwrap_err().kind(), Kind::Cancelled);
    assert!(!running.cancel(), "it has begun, and goes on");
    let running = running.join_timeout(Duration::from_millis(20)).unwrap_err();
    assert!(running.abort());
    let error = running.join().unwrap_err();
    assert_eq!(error.kind(), Kind::Cancelled, "{error}");
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
    assert_eq!(pool.call::<u64>("double", &1).unwrap(), 2, "a new worker");
}

fn a_bounded_pool_makes_who_submits_wait() {
    let pool = ProcessExecutor::builder(1).bounded(1).build().unwrap();
    let gate = Gate::new();
    let running = submit::<u64>(&pool, gate.call());
    wait_until("the job to run", || running.is_running());
    let queued = submit::<u64>(&pool, sleep(0));
    let refused = scope::with_deadline(Duration::from_millis(20), || pool.submit::<u64>(sleep(0)).map(drop));
    assert_eq!(refused.unwrap_err().kind(), Kind::Timeout);
    gate.open();
    assert_eq!(submit::<u64>(&pool, sleep(1)).join().unwrap(), 1, "there was room when the first had ended");
    assert!(queued.is_done());
    drop(running);
}

fn stop_drains_cancels_or_aborts() {
    for (how, expected) in [
        (Stop::Drain, [None, None]),
        (Stop::CancelQueued, [None, Some(Kind::Cancelled)]),
        (Stop::Abort, [Some(Kind::Cancelled), Some(Kind::Cancelled)]),
    ] {
        let pool = ProcessExecutor::new(1).unwrap();
        let gate = Gate::new();
        let first = submit::<u64>(&pool, gate.call());
        wait_until("the job to run", || first.is_running());
        let second = submit::<u64>(&pool, sleep(0));
        pool.stop(how);
        if how != Stop::Abort {
            gate.open();
        }
        assert!(pool.wait_all());
        let results = [first.join(), second.join()].map(|result| result.err().map(|error| error.kind()));
        assert_eq!(results, expected, "{how:?}");
        assert_eq!(pool.submit::<u64>(sleep(0)).unwrap_err().kind(), Kind::Closed);
        drop(pool);
    }
}

fn the_end_of_a_scope_ends_the_wait_and_not_the_job() {
    let pool = ProcessExecutor::new(1).unwrap();
    let ended = Arc::new(Mutex::new(None));
    let gate = Gate::new();
    let (theirs, told, call) = (pool.clone(), ended.clone(), gate.call());
    let waits = move || {
        let job = theirs.submit::<u64>(call).unwrap();
        let result = scope::with_deadline(Duration::from_millis(20), || job.join());
        *told.lock().unwrap() = Some(result.unwrap_err().kind());
    };
    rt::spawn(waits).unwrap().join().unwrap();
    assert_eq!(*ended.lock().unwrap(), Some(Kind::Timeout));
    gate.open();
    assert!(pool.wait(Duration::from_secs(20)));
    assert_eq!((pool.stats().done, pool.stats().died), (1, 0));
}
