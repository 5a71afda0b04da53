//! How many fetches are where, and what a wait that ended early has to say of it.

use std::fmt;

use crate::queue::engine::{Counts, Open};

/// How many fetches are where, at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Wait for a worker, a limiter, or an equal fetch that is under way.
    pub queued: usize,
    /// Those of them that wait for a limiter or an equal fetch.
    pub blocked: usize,
    /// Wait for their time, or for the next try.
    pub delayed: usize,
    /// Are being fetched or handled.
    pub in_flight: usize,
    /// Have been handled.
    pub done: u64,
    /// Were cancelled before they began.
    pub cancelled: u64,
    /// Handlers that panicked, and other functions of the program's that the queue called.
    pub panicked: u64,
    /// Answers that were not fetched: from the cache, or from an equal fetch.
    pub cache_hits: u64,
    /// Tries beside the first ones, by the queue's [`retry`](super::FetchQueueBuilder::retry).
    pub retried: u64,
    /// Fetches that were not made, since the same was [seen](super::FetchQueueBuilder::dedupe) before.
    pub duplicates: u64,
}

impl Stats {
    /// All that have not ended: queued, delayed and in flight.
    pub fn pending(&self) -> usize {
        self.queued + self.delayed + self.in_flight
    }

    pub(super) fn add(&mut self, counts: Counts) {
        self.queued += counts.queued;
        self.blocked += counts.blocked;
        self.delayed += counts.delayed;
        self.in_flight += counts.in_flight;
        self.done += counts.done;
        self.cancelled += counts.cancelled;
        self.panicked += counts.panicked;
    }
}

/// A wait that ended before the queue was empty. The work goes on, and can be waited for again.
#[doc(alias = "TimeoutError")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WaitTimeout {
    /// Fetches that wait for a worker or a limiter.
    pub queued: usize,
    /// Fetches that wait for their time.
    pub delayed: usize,
    /// Fetches that are under way, handlers included.
    pub in_flight: usize,
    /// Asked for by a handler of this queue, which would have waited for itself.
    pub in_handler: bool,
}

impl WaitTimeout {
    pub(super) fn new(open: &Open, beside: Counts) -> Self {
        let counts = open.counts;
        Self {
            queued: counts.queued + beside.queued,
            delayed: counts.delayed + beside.delayed,
            in_flight: counts.in_flight + beside.in_flight,
            in_handler: open.on_worker,
        }
    }
}

impl fmt::Display for WaitTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { queued, delayed, in_flight, in_handler } = self;
        write!(f, "{queued} fetches queued, {delayed} delayed, {in_flight} in flight")?;
        if *in_handler {
            f.write_str("; a handler cannot wait for its own queue")?;
        }
        Ok(())
    }
}

impl std::error::Error for WaitTimeout {}
