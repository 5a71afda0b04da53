//! A run while it goes on.

use std::collections::BTreeMap;
use std::time::Duration;

use super::failure::Failure;
use super::series::Tick;
use super::stats::Latency;

/// A run so far, without its warm-up; see [`Load::watch`](super::Load::watch).
///
/// Its distributions have two significant digits, where those of [`Stats`](super::Stats) have three.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Snapshot {
    /// How long the run has taken, from the end of the warm-up on.
    pub elapsed: Duration,
    /// How much of the warm-up is left; zero if there is none, or none any more.
    pub warm_up_left: Duration,
    /// What happened since the last snapshot, in the warm-up as well.
    pub lately: Tick,
    /// The latencies of [`lately`](Self::lately).
    pub latency_lately: Latency,
    /// From when each iteration was to begin to its end, as in [`Stats::latency`](super::Stats::latency).
    pub latency: Latency,
    /// From when each iteration began to its end; in the closed model the same.
    pub service: Latency,
    /// Bytes of bodies.
    pub bytes: u64,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Iterations that failed, by kind and phase, the most frequent first.
    pub failures: Vec<Failure>,
    /// Iterations under way.
    pub in_flight: u64,
    /// In the open model, how many should have begun by now.
    pub planned: Option<u64>,
    /// In the open model, those of them that have not: they were dropped, or wait for a user.
    pub behind: u64,
    /// In the open model, those that began more than 1 ms after their time because no user was free.
    pub late: u64,
    /// Processor time of this process, from the end of the warm-up on.
    pub cpu: Duration,
}

impl Snapshot {
    /// Iterations that were answered.
    pub fn done(&self) -> u64 {
        self.service.count()
    }

    /// Iterations that failed.
    pub fn errors(&self) -> u64 {
        self.failures.iter().map(|failure| failure.count).sum()
    }
}
