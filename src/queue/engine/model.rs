//! Random steps against a model that is slow and plain: a list of jobs, searched from end to end.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::settings::{Order, Place, Settings, Stop};
use super::state::{State, USHERS};
use super::task::{JobId, Next, Refused, Task, Turn};
use crate::rt::CancelToken;

const SEEDS: u64 = if cfg!(debug_assertions) { 8 } else { 2_000 };
const STEPS: u64 = 800;
const LANES: [&str; 4] = ["a", "b", "c", "d"];

struct Plain(usize);

impl Task for Plain {
    type Grant = u64;

    fn run(self, _: Turn<'_, Self>) -> Next<Self> {
        Next::Done
    }

    fn refuse(self, _: Refused) {}
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum At {
    /// Since when, and whether it has had its turn before; with what it was granted.
    Queued(u64, bool, Option<u64>),
    Delayed(Instant),
    Blocked,
    Running(Option<u64>),
    /// Since when.
    Refused(u64, Refused),
    Telling,
    Ended,
}

struct Model {
    state: State<Plain>,
    settings: Settings,
    jobs: Vec<(JobId, usize, i32, At)>,
    since: HashMap<usize, u64>,
    turn: u64,
    step: u64,
    now: Instant,
    random: u64,
    done: u64,
    cancelled: u64,
}

impl Model {
    fn new(settings: Settings, seed: u64) -> Self {
        Self {
            state: State::new(&settings),
            settings,
            jobs: Vec::new(),
            since: HashMap::new(),
            turn: 0,
            step: 0,
            now: Instant::now(),
            random: seed,
            done: 0,
            cancelled: 0,
        }
    }

    fn below(&mut self, n: usize) -> usize {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) as usize % n
    }

    fn any(&mut self, wanted: impl Fn(&At) -> bool) -> Option<usize> {
        let found: Vec<usize> = (0..self.jobs.len()).filter(|&job| wanted(&self.jobs[job].3)).collect();
        (!found.is_empty()).then(|| found[self.below(found.len())])
    }

    fn count(&self, wanted: impl Fn(&At) -> bool) -> usize {
        self.jobs.iter().filter(|job| wanted(&job.3)).count()
    }

    fn submit(&mut self) {
        let lane = match self.settings.order {
            Order::Fair => self.below(LANES.len()),
            _ => 0,
        };
        let priority = [0, 0, 0, 5, -5, 7][self.below(6)];
        let at = (self.below(4) == 0).then(|| self.now + Duration::from_secs(self.below(20) as u64));
        if !self.jobs.iter().any(|job| job.1 == lane && job.3 != At::Ended) {
            self.turn += 1;
            self.since.insert(lane, self.turn);
        }
        let id = self.state.submit(Plain(self.jobs.len()), &Place { lane: LANES[lane], priority, at });
        let at = at.map_or(At::Queued(self.step, false, None), At::Delayed);
        self.jobs.push((id, lane, priority, at));
    }

    fn in_flight(&self, lane: usize) -> usize {
        self.jobs.iter().filter(|job| job.1 == lane && matches!(job.3, At::Running(_))).count()
    }

    /// Those in line, the next one first.
    fn in_line(&self) -> Vec<usize> {
        let queued = |job: &usize| matches!(self.jobs[*job].3, At::Queued(..));
        let mut line: Vec<usize> = (0..self.jobs.len()).filter(queued).collect();
        let is_random = matches!(self.settings.order, Order::Random { .. });
        line.sort_by_key(|&job| {
            let (_, lane, priority, At::Queued(since, returned, _)) = self.jobs[job] else { unreachable!() };
            let place = match is_random {
                true => (if returned { i32::MIN } else { -priority }, 0, 0),
                false => (-priority, self.in_flight(lane), self.since[&lane]),
            };
            (place, !returned, since, job)
        });
        line.retain(|&job| self.in_flight(self.jobs[job].1) < self.settings.per_lane);
        line
    }

    fn take(&mut self) {
        let line = self.in_line();
        let taken = self.state.take(&CancelToken::new());
        let Some(taken) = taken else { return assert!(line.is_empty(), "{line:?} could go") };
        let (job, next) = (taken.task.0, line[0]);
        let At::Queued(_, returned, grant) = self.jobs[job].3 else { panic!("{:?}", self.jobs[job]) };
        match (self.settings.order, self.jobs[next].3) {
            (Order::Random { .. }, At::Queued(_, false, _)) => {
                assert_eq!((self.jobs[job].2, returned), (self.jobs[next].2, false))
            }
            _ => assert_eq!(job, next),
        }
        assert_eq!((taken.id, taken.grant), (self.jobs[job].0, grant));
        self.turn += 1;
        self.since.insert(self.jobs[job].1, self.turn);
        self.jobs[job].3 = At::Running(None);
    }

    fn finish(&mut self) {
        let Some(job) = self.any(|at| matches!(at, At::Running(_))) else { return };
        let At::Running(granted) = self.jobs[job].3 else { unreachable!() };
        let is_over = self.state.stopped >= Some(Stop::CancelQueued);
        let at = self.now + Duration::from_secs(self.below(5) as u64);
        let (next, becomes, left) = match self.below(4) {
            0 => (Next::Later(Plain(job), at), At::Delayed(at), granted),
            1 if granted.is_some() => (Next::Blocked(Plain(job)), At::Queued(self.step, true, granted), None),
            1 => (Next::Blocked(Plain(job)), At::Blocked, None),
            _ => (Next::Done, At::Ended, granted),
        };
        self.done += u64::from(matches!(next, Next::Done));
        let is_refused = is_over && !matches!(next, Next::Done);
        let unused = self.state.finish(self.jobs[job].0, next);
        self.cancelled += u64::from(is_refused);
        assert_eq!(unused, if is_refused { None } else { left });
        self.jobs[job].3 = if is_refused { At::Refused(self.step, Refused::Stopped) } else { becomes };
    }

    fn grant(&mut self) {
        let Some(job) = self.any(|_| true) else { return };
        let step = self.step;
        let unwanted = self.state.grant(self.jobs[job].0, step);
        let (becomes, expected) = match self.jobs[job].3 {
            At::Running(before) => (At::Running(Some(step)), before),
            At::Blocked => (At::Queued(step, true, Some(step)), None),
            other => (other, Some(step)),
        };
        assert_eq!(unwanted, expected);
        self.jobs[job].3 = becomes;
    }

    fn due(&mut self) {
        let passed = self.below(6) as u64;
        self.now += Duration::from_secs(passed);
        let next = self.state.due(self.now);
        let mut due: Vec<(Instant, usize)> = Vec::new();
        let mut later = None;
        for (job, (.., at)) in self.jobs.iter().enumerate() {
            match *at {
                At::Delayed(at) if at <= self.now => due.push((at, job)),
                At::Delayed(at) => later = Some(later.map_or(at, |other: Instant| other.min(at))),
                _ => {}
            }
        }
        assert_eq!(next, later);
        due.sort();
        for (_, job) in due {
            self.step += 1;
            self.jobs[job].3 = At::Queued(self.step, false, None);
        }
    }

    fn cancel(&mut self, job: usize, why: Refused) {
        let could = matches!(self.jobs[job].3, At::Queued(..) | At::Delayed(_) | At::Blocked);
        assert_eq!(self.state.cancel(self.jobs[job].0, why), could);
        if could {
            self.cancelled += 1;
            self.jobs[job].3 = At::Refused(self.step, why);
        }
    }

    fn usher(&mut self) {
        let told = self.any(|at| *at == At::Telling);
        if let Some(job) = told {
            assert!(self.state.is_open(self.jobs[job].0));
            self.state.forget(self.jobs[job].0);
            self.jobs[job].3 = At::Ended;
        }
        let Some(refusal) = self.state.next_refused() else {
            return assert_eq!(self.count(|at| matches!(at, At::Refused(..))), 0);
        };
        let (id, .., at) = self.jobs[refusal.task.0];
        let At::Refused(since, why) = at else { panic!("{at:?} told") };
        assert_eq!((refusal.id, refusal.why), (id, why));
        assert_eq!(self.count(|other| matches!(other, At::Refused(before, _) if *before < since)), 0);
        self.jobs[refusal.task.0].3 = At::Telling;
    }

    fn check(&mut self) {
        let counts = self.state.counts;
        assert_eq!(counts.queued, self.count(|at| matches!(at, At::Queued(..) | At::Blocked)));
        assert_eq!(counts.blocked, self.count(|at| *at == At::Blocked));
        assert_eq!(counts.delayed, self.count(|at| matches!(at, At::Delayed(_))));
        assert_eq!(counts.in_flight, self.count(|at| matches!(at, At::Running(_))));
        assert_eq!((counts.done, counts.cancelled), (self.done, self.cancelled));
        self.check_staff();
        assert_eq!(self.state.is_over(), self.count(|at| *at != At::Ended) == 0);
        let mut open = 0;
        for lane in 0..LANES.len() {
            let waits = |job: &&(JobId, usize, i32, At)| job.1 == lane && matches!(job.3, At::Queued(..));
            let waiting = self.jobs.iter().filter(waits).count();
            open += waiting.min(self.settings.per_lane - self.in_flight(lane));
        }
        assert_eq!(self.state.takeable(), open);
        let seen = self.below(self.jobs.len().max(1));
        if let Some(&(id, .., at)) = self.jobs.get(seen) {
            assert_eq!(self.state.is_open(id), at != At::Ended);
            assert_eq!(self.state.is_running(id), matches!(at, At::Running(_)));
        }
    }

    /// Whoever is called comes at once, or not at all.
    fn check_staff(&mut self) {
        let untold = self.count(|at| matches!(at, At::Refused(..)));
        let (workers, ushers) = self.state.call(self.settings.concurrency);
        assert_eq!((workers, ushers), (0, untold.min(self.settings.concurrency.clamp(1, USHERS))));
        assert_eq!(self.state.call(self.settings.concurrency), (0, 0));
        self.state.staff.ushers.missing(ushers);
    }

    fn step(&mut self) {
        self.step += 1;
        match self.below(100) {
            0..30 => self.submit(),
            30..52 => self.take(),
            52..70 => self.finish(),
            70..78 => self.grant(),
            78..84 => self.due(),
            84..92 => {
                if let Some(job) = self.any(|at| *at != At::Ended) {
                    self.cancel(job, Refused::Cancelled);
                }
            }
            92..99 => self.usher(),
            _ if self.below(20) > 0 => {}
            _ => self.cancel_queued(),
        }
        self.check();
    }

    fn cancel_queued(&mut self) {
        self.state.cancel_queued();
        for job in &mut self.jobs {
            if matches!(job.3, At::Queued(..) | At::Delayed(_) | At::Blocked) {
                self.cancelled += 1;
                job.3 = At::Refused(self.step, Refused::Stopped);
            }
        }
    }

    fn end(&mut self) {
        self.state.stopped = Some(Stop::CancelQueued);
        self.cancel_queued();
        while self.count(|at| *at != At::Ended) > 0 {
            self.step += 1;
            self.finish();
            self.usher();
            self.check();
        }
        assert!(self.state.is_over());
    }
}

fn run(settings: Settings) {
    for seed in 0..SEEDS {
        let mut model = Model::new(settings.clone(), seed);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            (0..STEPS).for_each(|_| model.step());
            model.end();
        }));
        assert!(outcome.is_ok(), "{:?} with seed {seed}, step {}", model.settings, model.step);
    }
}

#[test]
fn each_step_is_what_a_plain_list_of_jobs_would_do_in_fair_order() {
    run(Settings { per_lane: 1_000_000, ..Settings::default() });
}

#[test]
fn each_step_is_what_a_plain_list_of_jobs_would_do_with_a_share_per_lane() {
    run(Settings { per_lane: 3, ..Settings::default() });
}

#[test]
fn each_step_is_what_a_plain_list_of_jobs_would_do_first_in_first_out() {
    run(Settings { order: Order::Fifo, per_lane: 1_000_000, ..Settings::default() });
}

#[test]
fn each_step_is_what_a_plain_list_of_jobs_would_do_in_random_order() {
    run(Settings { order: Order::Random { seed: 7 }, per_lane: 1_000_000, ..Settings::default() });
}
