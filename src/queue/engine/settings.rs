//! What a queue is told: how many, in which order, where; and a job's place in it.

use std::time::Instant;

/// Where a job stands in line.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::queue) struct Place<'a> {
    /// Whose share of the workers it counts to; a host, as a rule.
    pub(in crate::queue) lane: &'a str,
    /// Higher is sooner.
    pub(in crate::queue) priority: i32,
    /// Not before.
    pub(in crate::queue) at: Option<Instant>,
}

/// In which order jobs get their turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Hosts take turns, and each host's jobs come first in first out: the host with the fewest jobs in flight is next, so
    /// that a slow or huge one never holds more workers than its share. With one host it is [`Fifo`](Self::Fifo).
    #[default]
    Fair,
    /// First in, first out, whatever the host.
    Fifo,
    /// Any job, the same sequence for the same seed: spreads the load of a list that is sorted by host.
    Random {
        /// Where the sequence begins.
        seed: u64,
    },
}

/// What becomes of the jobs when a queue is stopped. Nothing more can be enqueued then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// All that are queued are still done.
    Drain,
    /// Those in flight are done; those queued are told that they are cancelled.
    CancelQueued,
    /// Those in flight are cancelled, too.
    Abort,
}

/// Where workers run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::queue) enum Workers {
    #[default]
    Coroutines,
    Threads,
}

#[derive(Clone, Debug)]
pub(in crate::queue) struct Settings {
    /// Most jobs in flight. With 0 nothing ever runs.
    pub(in crate::queue) concurrency: usize,
    /// Most jobs of one lane in flight, with [`Order::Fair`].
    pub(in crate::queue) per_lane: usize,
    /// Most jobs that wait for their turn before `submit` waits.
    pub(in crate::queue) bound: usize,
    pub(in crate::queue) order: Order,
    pub(in crate::queue) workers: Workers,
}

impl Default for Settings {
    fn default() -> Self {
        let (order, workers) = (Order::default(), Workers::default());
        Self { concurrency: 10, per_lane: usize::MAX, bound: usize::MAX, order, workers }
    }
}
