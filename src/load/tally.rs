//! What is counted while a run goes on. Memory does not grow with the number of iterations or users.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;

use super::failure::Failure;
use super::phases::Phases;
use super::sample::Sample;
use super::turn::Step;
use crate::error::Error;

/// Longest time that is told apart from longer ones.
const LONGEST_US: u64 = 3_600_000_000;
/// Errors of one kind and phase differ only in port numbers and the like; so many different ones are counted apart, and
/// as many names of steps.
const MOST_KINDS: usize = 64;

/// Three significant digits from 1 µs to an hour: 190 KiB.
pub(super) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_US, 3).expect("the bounds are constants in range")
}

/// Two digits, for a second of a run: 16 KiB.
pub(super) fn short() -> Histogram<u32> {
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
    pub(super) steps: BTreeMap<&'static str, Steps>,
    pub(super) interval: Interval,
}

pub(super) struct Steps {
    pub(super) times: Histogram<u64>,
    pub(super) failed: u64,
}

/// Since the last tick.
pub(super) struct Interval {
    pub(super) latency: Histogram<u32>,
    pub(super) errors: u64,
    pub(super) bytes: u64,
}

impl Interval {
    pub(super) fn new() -> Self {
        Self { latency: short(), errors: 0, bytes: 0 }
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
            interval: Interval::new(),
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
        self.interval.latency.saturating_record(us(timed.latency));
        self.interval.bytes += sample.bytes;
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

    pub(super) fn stepped(&mut self, steps: &[Step]) {
        for step in steps {
            if self.steps.len() >= MOST_KINDS && !self.steps.contains_key(step.name) {
                continue;
            }
            let known = self.steps.entry(step.name).or_insert_with(|| Steps { times: histogram(), failed: 0 });
            known.times.saturating_record(us(step.time));
            known.failed += u64::from(step.failed);
        }
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
        for (&status, count) in &other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        for failure in &other.failures {
            let like = self.failures.iter_mut().find(|known| known.is_like(failure.kind, failure.phase));
            match like {
                Some(known) => known.count += failure.count,
                None => self.failures.push(failure.clone()),
            }
        }
        for (name, steps) in &other.steps {
            let known = self.steps.entry(name).or_insert_with(|| Steps { times: histogram(), failed: 0 });
            known.times.add(&steps.times).ok();
            known.failed += steps.failed;
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

    /// What happened since the last call.
    pub(super) fn interval(&self) -> Interval {
        let mut all = Interval::new();
        for shard in 0..self.tallies.len() {
            let part = std::mem::replace(&mut self.of(shard).interval, Interval::new());
            all.latency.add(&part.latency).ok();
            all.errors += part.errors;
            all.bytes += part.bytes;
        }
        all
    }

    pub(super) fn merged(&self) -> Tally {
        let mut all = Tally::new(self.is_open);
        (0..self.tallies.len()).for_each(|shard| all.add(&self.of(shard)));
        all
    }
}
