//! All counts of a run.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use maypole::error::Error;

use super::hosts::{Host, Hosts};
use super::rate::Rate;
use crate::fetch::exit::{self, Codes};

/// Rows of the table: with the lines above and below it they fit 24.
const ROWS: usize = 10;
/// Of the queue, at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::fetch) struct Waiting {
    pub(in crate::fetch) in_flight: usize,
    pub(in crate::fetch) queued: usize,
}

/// What one fetch brought.
pub(in crate::fetch) struct Brought<'a> {
    pub(in crate::fetch) host: &'a str,
    pub(in crate::fetch) result: Result<u16, &'a Error>,
    pub(in crate::fetch) bytes: u64,
    pub(in crate::fetch) time: Duration,
    pub(in crate::fetch) from_cache: bool,
}

#[derive(Clone, Debug, Default)]
pub(in crate::fetch) struct Counts {
    /// What the inputs have, where that is known.
    pub(super) total: Option<u64>,
    pub(super) done: u64,
    pub(super) failed: u64,
    pub(super) malformed: u64,
    pub(super) duplicates: u64,
    /// Fetched by an earlier run.
    pub(super) earlier: u64,
    pub(super) bytes: u64,
    pub(super) cached: u64,
    pub(super) statuses: BTreeMap<u16, u64>,
    /// Exit code and kind of what failed.
    pub(super) errors: BTreeMap<(u8, String), u64>,
}

pub(in crate::fetch) struct Board {
    state: Mutex<State>,
    start: Instant,
    /// From which status on an answer is a failure.
    fails_from: u16,
}

#[derive(Default)]
struct State {
    counts: Counts,
    codes: Codes,
    hosts: Hosts,
    rate: Rate,
    ended_before: u64,
}

/// What is shown.
pub(super) struct Snapshot {
    pub(super) counts: Counts,
    pub(super) waiting: Waiting,
    pub(super) per_second: f64,
    pub(super) elapsed: Duration,
    pub(super) host_count: usize,
    pub(super) hosts: Vec<Host>,
}

impl Counts {
    pub(super) fn ended(&self) -> u64 {
        self.done + self.failed
    }

    /// Lines that are settled, in whatever way.
    pub(super) fn settled(&self) -> u64 {
        self.ended() + self.malformed + self.duplicates + self.earlier
    }
}

impl Board {
    pub(in crate::fetch) fn new(total: Option<u64>, is_status_failure: bool) -> Self {
        let state = State { counts: Counts { total, ..Counts::default() }, ..State::default() };
        let fails_from = if is_status_failure { 400 } else { u16::MAX };
        Self { state: Mutex::new(state), start: Instant::now(), fails_from }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn place(&self, host: &str) -> usize {
        self.lock().hosts.place(host)
    }

    pub(super) fn begun(&self, place: usize) {
        self.lock().hosts.begun(place);
    }

    pub(super) fn landed(&self, place: usize) {
        self.lock().hosts.landed(place);
    }

    /// How many have failed and how many bytes have come, this one included.
    pub(in crate::fetch) fn ended(&self, brought: &Brought<'_>) -> (u64, u64) {
        let code = match brought.result {
            Ok(status) if status >= self.fails_from => exit::STATUS,
            Ok(_) => exit::DONE,
            Err(error) => exit::code(error),
        };
        let mut state = self.lock();
        let State { counts, codes, hosts, .. } = &mut *state;
        let is_failed = code != exit::DONE;
        if is_failed {
            counts.failed += 1;
            codes.add(code);
        } else {
            counts.done += 1;
        }
        match brought.result {
            Ok(status) => *counts.statuses.entry(status).or_default() += 1,
            Err(error) => *counts.errors.entry((code, kind(error))).or_default() += 1,
        }
        counts.bytes += brought.bytes;
        counts.cached += u64::from(brought.from_cache);
        hosts.ended(brought.host, is_failed, brought.bytes, brought.time);
        (counts.failed, counts.bytes)
    }

    pub(in crate::fetch) fn malformed(&self) {
        let mut state = self.lock();
        state.counts.malformed += 1;
        state.codes.add(exit::MALFORMED);
    }

    pub(in crate::fetch) fn duplicate(&self) {
        self.lock().counts.duplicates += 1;
    }

    pub(in crate::fetch) fn earlier(&self, more: u64) {
        self.lock().counts.earlier += more;
    }

    pub(in crate::fetch) fn counts(&self) -> Counts {
        self.lock().counts.clone()
    }

    pub(in crate::fetch) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// The exit code of what has failed so far.
    pub(in crate::fetch) fn code(&self) -> u8 {
        self.lock().codes.main()
    }

    pub(super) fn snapshot(&self, waiting: Waiting, since: Duration, with_hosts: bool) -> Snapshot {
        let mut state = self.lock();
        let ended = state.counts.ended();
        let more = ended - std::mem::replace(&mut state.ended_before, ended);
        state.rate.add(more, since);
        let (host_count, hosts) = if with_hosts { state.hosts.busiest(ROWS, since) } else { (0, Vec::new()) };
        let (counts, per_second) = (state.counts.clone(), state.rate.per_second());
        Snapshot { counts, waiting, per_second, elapsed: self.start.elapsed(), host_count, hosts }
    }
}

impl Snapshot {
    /// Per second since the beginning.
    pub(super) fn mean(&self) -> f64 {
        self.counts.ended() as f64 / self.elapsed.as_secs_f64().max(1e-3)
    }

    pub(super) fn share(&self) -> Option<f64> {
        self.counts.total.filter(|&total| total > 0).map(|total| self.counts.settled() as f64 / total as f64)
    }

    /// At the pace so far.
    pub(super) fn left(&self) -> Option<Duration> {
        let left = self.counts.total?.saturating_sub(self.counts.settled());
        let mean = self.mean();
        if mean > 0.0 { Duration::try_from_secs_f64(left as f64 / mean).ok() } else { None }
    }
}

/// `ClosedBeforeResponse` as `closed before response`.
fn kind(error: &Error) -> String {
    let mut text = String::new();
    for c in format!("{:?}", error.kind()).chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push(' ');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}
