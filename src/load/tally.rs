//! What is counted while a run goes on. Memory does not grow with the number of iterations or users.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;

use super::failure::Failure;
use super::phases::Phases;
use super::sample::Sample;
use super::turn::{Step, Steps, Turn};
use crate::error::{Error, Result};

/// Longest time that is told apart from longer ones.
const LONGEST_US: u64 = 3_600_000_000;

/// Three significant digits from 1 µs to an hour: 190 KiB.
pub(super) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_US, 3).expect("the bounds are constants in range")
}

/// Two digits, for a second of a run: 16 KiB.
pub(super) fn short() -> Histogram<u32> {
    Histogram::new_with_bounds(1, LONGEST_US, 2).expect("the bounds are constants in range")
}

/// The same with counts that do not overflow in a run.
pub(super) fn rough() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_US, 2).expect("the bounds are constants in range")
}

pub(super) fn us(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1)
}

/// One iteration that has ended: how long it took from when it should have begun, and from when it did.
pub(super) struct Timed {
    pub(super) latency: Duration,
    pub(super) service: Duration,
}

/// Results of some users.
pub(super) struct Tally {
    /// From the time at which each was to begin; only in the open model another than `service`.
    pub(super) latency: Option<Histogram<u64>>,
    pub(super) service: Histogram<u64>,
    pub(super) first_byte: Histogram<u64>,
    pub(super) phases: Phases,
    pub(super) bytes: u64,
    pub(super) requests: u64,
    pub(super) statuses: BTreeMap<u16, u64>,
    pub(super) failures: Vec<Failure>,
    pub(super) steps: BTreeMap<Box<str>, StepTally>,
    pub(super) interval: Interval,
    /// What belongs to the warm-up, once there is anything.
    pub(super) warm_up: Option<Interval>,
}

/// Steps of one name.
pub(super) struct StepTally {
    /// Grows with the longest time: 64 of full size for each shard would be 100 MB.
    pub(super) times: Histogram<u64>,
    pub(super) failed: u64,
    pub(super) bytes: u64,
    pub(super) statuses: BTreeMap<u16, u64>,
}

impl StepTally {
    fn new() -> Self {
        let times = Histogram::new(3).expect("three digits are in range");
        Self { times, failed: 0, bytes: 0, statuses: BTreeMap::new() }
    }

    fn record(&mut self, step: &Step) {
        let Some(sample) = &step.sample else {
            self.failed += 1;
            return;
        };
        // Of one that grows only sizes beyond memory are refused.
        self.times.record(us(step.time).min(LONGEST_US)).ok();
        self.bytes += sample.bytes;
        if let Some(status) = sample.status {
            *self.statuses.entry(status).or_default() += 1;
        }
    }

    fn add(&mut self, other: &Self) {
        self.times.add(&other.times).ok();
        self.failed += other.failed;
        self.bytes += other.bytes;
        add_statuses(&mut self.statuses, &other.statuses);
    }
}

/// Since the last look at it.
pub(super) struct Interval {
    pub(super) latency: Histogram<u32>,
    /// In the open model only: otherwise it is the latency.
    pub(super) service: Option<Histogram<u32>>,
    pub(super) errors: u64,
    pub(super) bytes: u64,
}

impl Interval {
    pub(super) fn new(is_open: bool) -> Self {
        Self { latency: short(), service: is_open.then(short), errors: 0, bytes: 0 }
    }

    pub(super) fn answered(&mut self, bytes: u64, timed: &Timed) {
        self.latency.saturating_record(us(timed.latency));
        if let Some(service) = &mut self.service {
            service.saturating_record(us(timed.service));
        }
        self.bytes += bytes;
    }

    pub(super) fn add(&mut self, other: &Self) {
        // Same bounds on both sides: nothing can be out of range.
        self.latency.add(&other.latency).ok();
        if let (Some(service), Some(others)) = (&mut self.service, &other.service) {
            service.add(others).ok();
        }
        self.errors += other.errors;
        self.bytes += other.bytes;
    }
}

impl Tally {
    pub(super) fn new(is_open: bool) -> Self {
        Self {
            latency: is_open.then(histogram),
            service: histogram(),
            first_byte: histogram(),
            phases: Phases::default(),
            bytes: 0,
            requests: 0,
            statuses: BTreeMap::new(),
            failures: Vec::new(),
            steps: BTreeMap::new(),
            interval: Interval::new(is_open),
            warm_up: None,
        }
    }

    pub(super) fn answered(&mut self, sample: &Sample, timed: &Timed) {
        if let Some(latency) = &mut self.latency {
            latency.saturating_record(us(timed.latency));
        }
        self.service.saturating_record(us(timed.service));
        if let Some(first_byte) = sample.first_byte {
            self.first_byte.saturating_record(us(first_byte));
        }
        if let Some(timings) = &sample.timings {
            self.phases.record(timings);
        }
        self.interval.answered(sample.bytes, timed);
        self.bytes += sample.bytes;
        self.requests += sample.requests;
        if let Some(status) = sample.status {
            *self.statuses.entry(status).or_default() += 1;
        }
    }

    pub(super) fn failed(&mut self, error: &Error) {
        self.interval.errors += 1;
        let (kind, phase) = (error.kind(), error.phase());
        let like = self.failures.iter_mut().find(|failure| failure.is_like(kind, phase));
        match like {
            Some(failure) => failure.count += 1,
            None => self.failures.push(Failure::new(error)),
        }
    }

    /// Of the warm-up: for ticks, and for nothing else.
    pub(super) fn warmed_up(&mut self, result: &Result<Sample>, timed: &Timed) {
        let is_open = self.latency.is_some();
        let interval = self.warm_up.get_or_insert_with(|| Interval::new(is_open));
        match result {
            Ok(sample) => interval.answered(sample.bytes, timed),
            Err(_) => interval.errors += 1,
        }
    }

    pub(super) fn stepped(&mut self, steps: &Steps) {
        steps.iter().for_each(|(name, step)| self.step(name).record(step));
    }

    /// The figures of a name.
    fn step(&mut self, name: &str) -> &mut StepTally {
        let is_known = self.steps.contains_key(name);
        let name = if is_known || self.steps.len() < Turn::MOST_STEPS { name } else { Turn::OTHER_STEPS };
        if !is_known && !self.steps.contains_key(name) {
            self.steps.insert(name.into(), StepTally::new());
        }
        self.steps.get_mut(name).expect("it was known or is now")
    }

    fn add(&mut self, other: &Self) {
        // Same bounds on both sides: nothing can be out of range.
        if let (Some(latency), Some(others)) = (&mut self.latency, &other.latency) {
            latency.add(others).ok();
        }
        self.service.add(&other.service).ok();
        self.first_byte.add(&other.first_byte).ok();
        self.phases.add(&other.phases);
        self.bytes += other.bytes;
        self.requests += other.requests;
        add_statuses(&mut self.statuses, &other.statuses);
        add_failures(&mut self.failures, &other.failures);
        for (name, steps) in &other.steps {
            self.step(name).add(steps);
        }
    }
}

fn add_statuses(statuses: &mut BTreeMap<u16, u64>, others: &BTreeMap<u16, u64>) {
    others.iter().for_each(|(&status, count)| *statuses.entry(status).or_default() += count);
}

fn add_failures(failures: &mut Vec<Failure>, others: &[Failure]) {
    for failure in others {
        match failures.iter_mut().find(|known| known.is_like(failure.kind, failure.phase)) {
            Some(known) => known.count += failure.count,
            None => failures.push(failure.clone()),
        }
    }
}

/// A few tallies that the users share out among themselves: one each would be 4 GB for 10,000 users, one for all a lock
/// that every worker waits for.
pub(super) struct Shards {
    tallies: Vec<Mutex<Tally>>,
    is_open: bool,
}

impl Shards {
    pub(super) fn new(users: usize, is_open: bool) -> Self {
        let tallies = (0..users.clamp(1, 8)).map(|_| Mutex::new(Tally::new(is_open))).collect();
        Self { tallies, is_open }
    }

    /// The tally of a user. The lock is held for a record, never over a wait.
    pub(super) fn of(&self, user: usize) -> MutexGuard<'_, Tally> {
        self.tallies[user % self.tallies.len()].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was counted since the last call.
    pub(super) fn interval(&self) -> Interval {
        let mut all = Interval::new(self.is_open);
        for shard in 0..self.tallies.len() {
            // Made before the lock is taken, which the users wait for.
            let fresh = Interval::new(self.is_open);
            let part = std::mem::replace(&mut self.of(shard).interval, fresh);
            all.add(&part);
        }
        all
    }

    /// What happened in the warm-up since the last call.
    pub(super) fn warm_up(&self) -> Interval {
        let mut all = Interval::new(self.is_open);
        for shard in 0..self.tallies.len() {
            let part = self.of(shard).warm_up.take();
            part.iter().for_each(|part| all.add(part));
        }
        all
    }

    /// Answers by status and failures, the most frequent first: what is small enough to be copied while a run goes on.
    pub(super) fn outcomes(&self) -> (BTreeMap<u16, u64>, Vec<Failure>) {
        let (mut statuses, mut failures) = (BTreeMap::new(), Vec::new());
        for shard in 0..self.tallies.len() {
            let tally = self.of(shard);
            add_statuses(&mut statuses, &tally.statuses);
            add_failures(&mut failures, &tally.failures);
        }
        failures.sort_by_key(|failure: &Failure| std::cmp::Reverse(failure.count));
        (statuses, failures)
    }

    pub(super) fn merged(&self) -> Tally {
        let mut all = Tally::new(self.is_open);
        (0..self.tallies.len()).for_each(|shard| all.add(&self.of(shard)));
        all
    }
}
