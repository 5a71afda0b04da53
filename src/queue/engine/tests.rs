use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use super::*;
use crate::rt;

type Log = Arc<Mutex<Vec<String>>>;

/// A job that says how it went.
struct Job {
    name: String,
    log: Log,
    act: Box<dyn FnOnce() + Send>,
    next: fn(Job, &Turn<'_, Job>) -> Next<Job>,
    refused: Box<dyn FnOnce() + Send>,
}

impl Job {
    fn new(name: impl Into<String>, log: &Log) -> Self {
        let (act, refused) = (Box::new(|| {}), Box::new(|| {}));
        Self { name: name.into(), log: log.clone(), act, next: |_, _| Next::Done, refused }
    }

    fn does(mut self, act: impl FnOnce() + Send + 'static) -> Self {
        self.act = Box::new(act);
        self
    }
}

impl Task for Job {
    type Grant = u32;

    fn run(mut self, turn: Turn<'_, Self>) -> Next<Self> {
        let granted = turn.grant.map_or(String::new(), |grant| format!(" granted {grant}"));
        self.log.lock().unwrap().push(format!("{}{granted}", self.name));
        std::mem::replace(&mut self.act, Box::new(|| {}))();
        let next = self.next;
        self.next = |_, _| Next::Done;
        next(self, &turn)
    }

    fn refuse(self, why: Refused) {
        self.log.lock().unwrap().push(format!("{} {why:?}", self.name));
        (self.refused)();
    }
}

fn engine(concurrency: usize) -> (Engine<Job>, Log) {
    (Engine::new(Settings { concurrency, ..Settings::default() }), Log::default())
}

fn submit(engine: &Engine<Job>, job: Job, lane: &str, priority: i32) -> JobId {
    let place = Place { lane, priority, at: None };
    engine.submit(job, &place).unwrap_or_else(|rejected| panic!("{}", rejected.error))
}

fn soon() -> Option<Instant> {
    Some(Instant::now() + Duration::from_secs(20))
}

fn said(log: &Log) -> Vec<String> {
    log.lock().unwrap().clone()
}

#[test]
fn q48_one_lane_is_first_in_first_out_and_higher_priorities_come_first() {
    let (engine, log) = engine(1);
    for (n, priority) in [0, 0, 5, -1, 5, 0].into_iter().enumerate() {
        submit(&engine, Job::new(n.to_string(), &log), "a", priority);
    }
    assert_eq!(engine.counts().queued, 6);
    engine.start();
    engine.wait(soon()).unwrap();
    assert_eq!(said(&log), ["2", "4", "0", "1", "5", "3"]);
}

#[test]
fn lanes_take_turns_and_the_one_with_the_fewest_in_flight_is_next() {
    let (engine, log) = engine(1);
    for lane in ["a", "b", "c"] {
        for n in 0..3 {
            submit(&engine, Job::new(format!("{lane}{n}"), &log), lane, 0);
        }
    }
    engine.start();
    engine.wait(soon()).unwrap();
    assert_eq!(said(&log), ["a0", "b0", "c0", "a1", "b1", "c1", "a2", "b2", "c2"]);
}

#[test]
fn q322_a_lane_whose_jobs_never_end_holds_no_more_than_its_share() {
    let (engine, log) = engine(4);
    let release = Arc::new(rt::Semaphore::new(0));
    for n in 0..10 {
        let release = release.clone();
        let slow = Job::new(format!("slow{n}"), &log).does(move || drop(release.acquire(None)));
        submit(&engine, slow, "slow", 0);
    }
    let (sender, done) = mpsc::channel();
    for n in 0..50 {
        let sender = sender.clone();
        submit(&engine, Job::new("quick", &log).does(move || sender.send(n).unwrap()), "quick", 0);
    }
    engine.start();
    let quick: Vec<_> = (0..50).map(|_| done.recv_timeout(Duration::from_secs(20)).unwrap()).collect();
    assert_eq!(quick, (0..50).collect::<Vec<_>>());
    release.add(1000);
    engine.wait(soon()).unwrap();
    assert_eq!(engine.counts().done, 60);
}

#[test]
fn a_blocked_job_goes_on_with_its_grant_whether_it_came_before_or_after() {
    for early in [true, false] {
        let (engine, log) = engine(1);
        let (sender, given) = mpsc::channel::<(JobId, Arc<dyn Granting<u32>>)>();
        let sender = Mutex::new(sender);
        static EARLY: Mutex<bool> = Mutex::new(false);
        static SENDER: Mutex<Option<Mutex<mpsc::Sender<(JobId, Arc<dyn Granting<u32>>)>>>> = Mutex::new(None);
        *EARLY.lock().unwrap() = early;
        *SENDER.lock().unwrap() = Some(sender);
        let mut job = Job::new("job", &log);
        job.next = |job, turn| {
            match *EARLY.lock().unwrap() {
                true => turn.granting.clone().grant(turn.id, 7),
                false => {
                    let sender = SENDER.lock().unwrap();
                    sender.as_ref().unwrap().lock().unwrap().send((turn.id, turn.granting.clone())).unwrap();
                }
            }
            Next::Blocked(job)
        };
        submit(&engine, job, "a", 0);
        engine.start();
        if !early {
            let (id, granting) = given.recv().unwrap();
            granting.grant(id, 7);
        }
        engine.wait(soon()).unwrap();
        assert_eq!(said(&log), ["job", "job granted 7"]);
    }
}

#[test]
fn a_job_comes_back_at_its_time() {
    let (engine, log) = engine(1);
    let start = Instant::now();
    let mut job = Job::new("job", &log);
    job.next = |job, _| Next::Later(job, Instant::now() + Duration::from_millis(30));
    submit(&engine, job, "a", 0);
    let late = Place { at: Some(start + Duration::from_millis(60)), ..Place::default() };
    engine.submit(Job::new("late", &log), &late).ok().unwrap();
    assert_eq!(engine.counts().delayed, 1);
    engine.start();
    engine.wait(soon()).unwrap();
    assert!(start.elapsed() >= Duration::from_millis(60));
    assert_eq!(said(&log), ["job", "job", "late"]);
}

#[test]
fn q60_stop_cancels_what_is_queued_delayed_and_blocked_and_wait_returns() {
    let (engine, log) = engine(2);
    let mut blocked = Job::new("blocked", &log);
    blocked.next = |job, _| Next::Blocked(job);
    submit(&engine, blocked, "a", 9);
    engine.start();
    while engine.counts().blocked == 0 {
        std::thread::yield_now();
    }
    let release = Arc::new(rt::Semaphore::new(0));
    for n in 0..2 {
        let release = release.clone();
        submit(&engine, Job::new(format!("r{n}"), &log).does(move || drop(release.acquire(None))), "a", 1);
    }
    while engine.counts().in_flight < 2 {
        std::thread::yield_now();
    }
    submit(&engine, Job::new("q", &log), "b", 0);
    let later = Place { at: soon(), ..Place::default() };
    engine.submit(Job::new("d", &log), &later).ok().unwrap();
    engine.stop(Stop::CancelQueued);
    assert!(engine.submit(Job::new("x", &log), &Place::default()).is_err());
    release.add(2);
    engine.wait(soon()).unwrap();
    let mut said = said(&log);
    said.sort();
    assert_eq!(said, ["blocked", "blocked Stopped", "d Stopped", "q Stopped", "r0", "r1"]);
    assert_eq!(engine.counts().cancelled, 3);
    assert_eq!(engine.counts().pending(), 0);
}

#[test]
fn q62_a_full_queue_makes_its_callers_wait_but_not_its_own_workers() {
    let settings = Settings { concurrency: 1, bound: 10, ..Settings::default() };
    let engine = Engine::<Job>::new(settings);
    let log = Log::default();
    let highest = Arc::new(AtomicUsize::new(0));
    for n in 0..10 {
        submit(&engine, Job::new(n.to_string(), &log), "a", 0);
    }
    assert!(engine.try_submit(Job::new("x", &log), &Place::default()).is_err());
    let from = [engine.clone(), engine.clone()];
    let feeders = from.map(|engine| {
        let (log, highest) = (log.clone(), highest.clone());
        move || {
            for n in 0..100 {
                highest.fetch_max(engine.counts().queued, SeqCst);
                submit(&engine, Job::new(n.to_string(), &log), "a", 0);
            }
        }
    });
    let [first, second] = feeders;
    let (first, second) = (rt::spawn(first).unwrap(), std::thread::spawn(second));
    engine.start();
    first.join().unwrap();
    second.join().unwrap();
    engine.wait(soon()).unwrap();
    assert!(highest.load(SeqCst) <= 10);
    assert_eq!(said(&log).len(), 210);

    let own = engine.clone();
    let (inner, to) = (log.clone(), log.clone());
    let feeder = Job::new("feeder", &log).does(move || {
        for _ in 0..50 {
            submit(&own, Job::new("own", &inner), "a", 0);
        }
        assert!(own.wait(None).unwrap_err().on_worker);
        to.lock().unwrap().push("fed".into());
    });
    submit(&engine, feeder, "a", 0);
    engine.wait(soon()).unwrap();
    assert_eq!(said(&log).iter().filter(|said| *said == "own").count(), 50);
    assert!(said(&log).contains(&"fed".to_owned()));
}

#[test]
fn q46_a_panic_is_counted_and_the_workers_go_on() {
    let (engine, log) = engine(3);
    for _ in 0..10 {
        submit(&engine, Job::new("bad", &log).does(|| panic!("on purpose")), "a", 0);
    }
    for _ in 0..20 {
        submit(&engine, Job::new("good", &log), "a", 0);
    }
    engine.start();
    engine.wait(soon()).unwrap();
    assert_eq!(engine.counts().panicked, 10);
    assert_eq!(engine.counts().done, 30);
}

#[test]
fn q57_a_queued_job_is_taken_back_and_its_waiter_hears_of_it() {
    let (engine, log) = engine(1);
    let first = submit(&engine, Job::new("first", &log), "a", 0);
    let second = submit(&engine, Job::new("second", &log), "a", 0);
    let followed = engine.follow(first);
    assert_eq!(followed.cancel(true), Cancelled::Queued);
    assert!(followed.wait(soon()));
    engine.start();
    engine.wait(soon()).unwrap();
    assert_eq!(said(&log), ["first Cancelled", "second"]);
    assert_eq!(engine.follow(second).cancel(true), Cancelled::Ended);
}

#[test]
fn q60_refused_jobs_are_told_in_their_order_by_as_many_as_work_and_a_slow_one_holds_up_no_other() {
    for concurrency in [0, 1, 3] {
        let (engine, log) = engine(concurrency);
        let (sender, came) = mpsc::channel();
        let release = rt::Semaphore::new(0);
        for n in 0..10 {
            let (came, release, mut job) = (sender.clone(), release.clone(), Job::new(n.to_string(), &log));
            job.refused = Box::new(move || {
                came.send(()).unwrap();
                drop(release.acquire(None));
            });
            submit(&engine, job, "a", 0);
        }
        engine.stop(Stop::CancelQueued);
        (0..concurrency.max(1)).for_each(|_| came.recv_timeout(Duration::from_secs(20)).unwrap());
        assert!((0..concurrency.max(1)).all(|n| said(&log).contains(&format!("{n} Stopped"))), "{:?}", said(&log));
        release.add(1);
        engine.wait(soon()).unwrap();
        assert_eq!((said(&log).len(), engine.counts().cancelled), (10, 10));
    }
}

#[test]
fn dropping_the_last_handle_cancels_what_is_queued() {
    let (engine, log) = engine(1);
    let (sender, told) = mpsc::channel();
    struct Tells(mpsc::Sender<()>);
    impl Drop for Tells {
        fn drop(&mut self) {
            self.0.send(()).ok();
        }
    }
    let tells = Tells(sender);
    submit(&engine, Job::new("job", &log).does(move || drop(tells)), "a", 0);
    drop(engine);
    told.recv_timeout(Duration::from_secs(20)).unwrap();
    while said(&log).is_empty() {
        std::thread::yield_now();
    }
    assert_eq!(said(&log), ["job Stopped"]);
}

#[test]
fn a_random_order_has_every_job_once_and_the_same_sequence_for_a_seed() {
    let run = |seed| {
        let engine =
            Engine::<Job>::new(Settings { concurrency: 1, order: Order::Random { seed }, ..Settings::default() });
        let log = Log::default();
        for n in 0..50 {
            submit(&engine, Job::new(n.to_string(), &log), "a", 0);
        }
        engine.start();
        engine.wait(soon()).unwrap();
        said(&log)
    };
    let (one, again, other) = (run(1), run(1), run(2));
    assert_eq!(one, again);
    assert_ne!(one, other);
    let mut sorted: Vec<usize> = one.iter().map(|n| n.parse().unwrap()).collect();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..50).collect::<Vec<_>>());
}

#[test]
fn threads_work_as_coroutines_do() {
    let engine = Engine::<Job>::new(Settings { concurrency: 3, workers: Workers::Threads, ..Settings::default() });
    let log = Log::default();
    let on_coroutine = Arc::new(AtomicUsize::new(0));
    for _ in 0..30 {
        let count = on_coroutine.clone();
        let act = move || {
            count.fetch_add(usize::from(rt::is_coroutine()), SeqCst);
        };
        submit(&engine, Job::new("t", &log).does(act), "a", 0);
    }
    engine.start();
    engine.wait(soon()).unwrap();
    assert_eq!((said(&log).len(), on_coroutine.load(SeqCst)), (30, 0));
}

#[test]
fn a_queue_that_drains_does_its_delayed_jobs_when_nobody_holds_it_any_more() {
    let (engine, log) = engine(1);
    let late = Place { at: Some(Instant::now() + Duration::from_millis(50)), ..Place::default() };
    let (sender, told) = mpsc::channel();
    let job = Job::new("late", &log).does(move || sender.send(()).unwrap());
    engine.submit(job, &late).ok().unwrap();
    engine.stop(Stop::Drain);
    drop(engine);
    told.recv_timeout(Duration::from_secs(20)).unwrap();
    assert_eq!(said(&log), ["late"]);
}

#[test]
fn q46_a_payload_that_panics_again_when_it_is_dropped_takes_no_worker_along() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("on purpose, again");
        }
    }
    let (engine, log) = engine(1);
    for _ in 0..3 {
        submit(&engine, Job::new("bad", &log).does(|| std::panic::panic_any(Bomb)), "a", 0);
    }
    engine.start();
    engine.wait(soon()).unwrap();
    assert_eq!(engine.counts().panicked, 3);
}

#[test]
fn q57_a_job_in_flight_that_is_ended_early_does_not_come_back() {
    for is_later in [true, false] {
        let (engine, log) = engine(1);
        let (taken, cancelled) = (Arc::new(rt::Semaphore::new(0)), Arc::new(rt::Semaphore::new(0)));
        let (takes, waits) = (taken.clone(), cancelled.clone());
        let mut job = Job::new("job", &log).does(move || {
            takes.add(1);
            drop(waits.acquire(None));
        });
        job.next = match is_later {
            true => |job, _| Next::Later(job, Instant::now() + Duration::from_secs(600)),
            false => |job, _| Next::Blocked(job),
        };
        let followed = engine.follow(submit(&engine, job, "a", 0));
        engine.start();
        drop(taken.acquire(None));
        assert_eq!(followed.cancel(true), Cancelled::Running);
        cancelled.add(1);
        assert!(followed.wait(soon()), "it was told that it ends: {:?}", engine.counts());
        assert_eq!(said(&log), ["job", "job Cancelled"]);
        assert_eq!((engine.counts().cancelled, engine.counts().pending()), (1, 0));
    }
}
