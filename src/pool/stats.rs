//! Counts.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a pool holds at one moment, over all keys, and what it has done so far.
///
/// The first five are taken together: at every moment `open == idle + in_use`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Places that are taken: connections, those being opened or closed included.
    pub open: usize,
    /// Connections that wait to be used.
    pub idle: usize,
    /// Places lent out: in a request, being opened, or being closed.
    pub in_use: usize,
    /// How many stand in line.
    pub waiting: usize,
    /// Keys with anything of the above.
    pub keys: usize,
    /// Connections opened so far.
    pub created: u64,
    /// How many times an idle connection was used again.
    pub reused: u64,
    /// Idle connections that were found dead or expired and closed, on checkout or by the sweeper, or were one too many.
    pub discarded: u64,
}

#[derive(Default)]
pub(super) struct Counters {
    created: AtomicU64,
    reused: AtomicU64,
    discarded: AtomicU64,
}

impl Counters {
    pub(super) fn created(&self) {
        self.created.fetch_add(1, Relaxed);
    }

    pub(super) fn reused(&self) {
        self.reused.fetch_add(1, Relaxed);
    }

    pub(super) fn discarded(&self) {
        self.discarded.fetch_add(1, Relaxed);
    }

    pub(super) fn add_to(&self, stats: Stats) -> Stats {
        Stats {
            created: self.created.load(Relaxed),
            reused: self.reused.load(Relaxed),
            discarded: self.discarded.load(Relaxed),
            ..stats
        }
    }
}
