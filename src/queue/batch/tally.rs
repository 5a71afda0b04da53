//! What a run adds up to.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};
use std::time::Instant;

use super::outcome::Outcome;
use super::report::Report;

/// Counts of the current run, and of all runs.
#[derive(Default)]
pub(super) struct Tally {
    run: Mutex<Run>,
    pub(super) finished: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) panics: AtomicU64,
}

#[derive(Default)]
struct Run {
    since: Option<Instant>,
    report: Report,
    connected: u64,
}

impl Tally {
    fn lock(&self) -> MutexGuard<'_, Run> {
        self.run.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The run begins now, if it has not begun.
    pub(super) fn begin(&self, begins: bool) {
        if begins {
            self.lock().since.get_or_insert_with(Instant::now);
        }
    }

    pub(super) fn connected(&self, is_new: bool, is_first: bool) {
        let mut run = self.lock();
        run.report.connections += u64::from(is_new);
        run.connected += u64::from(is_first);
        run.report.most_connections = run.report.most_connections.max(run.connected);
    }

    pub(super) fn disconnected(&self) {
        self.lock().connected -= 1;
    }

    pub(super) fn count(&self, outcome: &Outcome) {
        self.finished.fetch_add(1, Relaxed);
        self.failed.fetch_add(u64::from(outcome.error().is_some()), Relaxed);
        let mut run = self.lock();
        let report = &mut run.report;
        report.requests += 1;
        report.bytes += outcome.received();
        if let (Some(version), None) = (outcome.version(), outcome.error()) {
            *report.statuses.entry(outcome.status()).or_default() += 1;
            *report.versions.entry(version).or_default() += 1;
        }
        if let Some(error) = outcome.error() {
            match report.failures.iter_mut().find(|(kind, _)| *kind == error.kind()) {
                Some((_, count)) => *count += 1,
                None => report.failures.push((error.kind(), 1)),
            }
        }
    }

    pub(super) fn panicked(&self) {
        self.panics.fetch_add(1, Relaxed);
        self.lock().report.panics += 1;
    }

    /// Whether anything has been counted since the last report.
    pub(super) fn has_any(&self) -> bool {
        self.lock().report.requests > 0
    }

    /// What has been counted since the last time; connections in use stay counted.
    pub(super) fn take(&self, unfinished: usize) -> Report {
        let mut run = self.lock();
        let mut report = std::mem::take(&mut run.report);
        let since = run.since.take();
        if report.requests > 0 || unfinished > 0 {
            report.duration = since.map(|since| since.elapsed()).unwrap_or_default();
        }
        report.unfinished = unfinished as u64;
        report.failures.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        report
    }

    /// Statuses so far of this run, for whoever looks while it runs.
    pub(super) fn statuses(&self) -> BTreeMap<u16, u64> {
        self.lock().report.statuses.clone()
    }
}
