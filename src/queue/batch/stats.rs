//! How far a batch is.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::Ordering::Relaxed;

use super::shared::Shared;
use crate::queue::engine::Counts;

/// How far a batch is, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Requests that wait for their turn, or for the next run.
    pub queued: usize,
    /// Requests that are being fetched, or whose callback runs.
    pub in_flight: usize,
    /// Requests that have had their outcome, over all runs.
    pub finished: u64,
    /// Those of them that failed.
    pub failed: u64,
    /// Callbacks that panicked.
    pub panics: u64,
    /// Statuses of the current run so far.
    pub statuses: BTreeMap<u16, u64>,
    /// Connections of the client that are open.
    pub open: usize,
    /// Those of them that wait to be used.
    pub idle: usize,
}

impl Stats {
    pub(super) fn new(counts: Counts, shared: &Shared) -> Self {
        let pool = shared.client.stats();
        Self {
            queued: counts.queued + counts.delayed,
            in_flight: counts.in_flight,
            finished: shared.tally.finished.load(Relaxed),
            failed: shared.tally.failed.load(Relaxed),
            panics: shared.tally.panics.load(Relaxed),
            statuses: shared.tally.statuses(),
            open: pool.open,
            idle: pool.idle,
        }
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { queued, in_flight, finished, failed, open, .. } = self;
        write!(f, "{finished} finished, {failed} failed, {in_flight} in flight, {queued} queued, {open} connections")
    }
}
