//! What is counted while a run goes on. Memory does not grow with the number of requests or connections.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;
use maypole::error::{Error, Kind, Phase};

/// Longest latency that is told apart from longer ones.
const LONGEST_US: u64 = 3_600_000_000;
/// Errors of one kind and phase differ only in port numbers and the like; this many different ones are counted apart.
const ERROR_KINDS: usize = 64;

/// Results of some coroutines.
pub(super) struct Tally {
    pub(super) latency_us: Histogram<u64>,
    pub(super) body_bytes: u64,
    pub(super) statuses: BTreeMap<u16, u64>,
    pub(super) failures: BTreeMap<String, Failure>,
}

/// Requests that failed in the same way.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) kind: Kind,
    pub(super) phase: Option<Phase>,
    pub(super) count: u64,
    /// The message of the first one.
    pub(super) first: String,
}

impl Tally {
    pub(super) fn new() -> Self {
        // Three significant digits from 1 µs to an hour: 190 KiB.
        let latency_us = Histogram::new_with_bounds(1, LONGEST_US, 3).expect("the bounds are constants in range");
        Self { latency_us, body_bytes: 0, statuses: BTreeMap::new(), failures: BTreeMap::new() }
    }

    pub(super) fn answered(&mut self, status: u16, body_bytes: u64, latency: Duration) {
        let us = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.latency_us.saturating_record(us.max(1));
        self.body_bytes += body_bytes;
        *self.statuses.entry(status).or_default() += 1;
    }

    pub(super) fn failed(&mut self, error: &Error) {
        let (kind, phase) = (error.kind(), error.phase());
        let key = format!("{phase:?} {kind:?}");
        if self.failures.len() < ERROR_KINDS || self.failures.contains_key(&key) {
            let failure =
                self.failures.entry(key).or_insert_with(|| Failure { kind, phase, count: 0, first: error.to_string() });
            failure.count += 1;
        }
    }

    pub(super) fn answers(&self) -> u64 {
        self.latency_us.len()
    }

    pub(super) fn errors(&self) -> u64 {
        self.failures.values().map(|failure| failure.count).sum()
    }

    fn add(&mut self, other: &Self) {
        // Same bounds on both sides: nothing can be out of range.
        self.latency_us.add(&other.latency_us).ok();
        self.body_bytes += other.body_bytes;
        for (&status, count) in &other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        for (key, failure) in &other.failures {
            match self.failures.get_mut(key) {
                Some(known) => known.count += failure.count,
                None => drop(self.failures.insert(key.clone(), failure.clone())),
            }
        }
    }
}

/// A few tallies that the coroutines share out among themselves: one each would be 2 GB for 10,000 connections, one
/// for all a lock that every worker waits for.
pub(super) struct Shards(Vec<Mutex<Tally>>);

impl Shards {
    pub(super) fn new(connections: usize) -> Self {
        Self((0..connections.clamp(1, 8)).map(|_| Mutex::new(Tally::new())).collect())
    }

    /// The tally of a coroutine. The lock is held for a record, never over a wait.
    pub(super) fn of(&self, coroutine: usize) -> MutexGuard<'_, Tally> {
        self.0[coroutine % self.0.len()].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers and errors so far.
    pub(super) fn counts(&self) -> (u64, u64) {
        (0..self.0.len())
            .map(|shard| self.of(shard))
            .fold((0, 0), |(answers, errors), tally| (answers + tally.answers(), errors + tally.errors()))
    }

    pub(super) fn merged(&self) -> Tally {
        let mut all = Tally::new();
        (0..self.0.len()).for_each(|shard| all.add(&self.of(shard)));
        all
    }
}
