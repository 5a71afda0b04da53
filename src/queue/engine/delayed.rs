//! Jobs that wait for their time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

use super::task::JobId;

/// A sweep for fewer would cost more than they do.
const SWEEP: usize = 1024;

#[derive(Default)]
pub(super) struct Delayed {
    /// Of two for the same time the older job is first.
    heap: BinaryHeap<Reverse<(Instant, JobId)>>,
    /// Entries of jobs that were cancelled. A queue that cancels retries of the next hour would collect them.
    gone: usize,
}

impl Delayed {
    pub(super) fn push(&mut self, at: Instant, id: JobId) {
        self.heap.push(Reverse((at, id)));
    }

    pub(super) fn first(&self) -> Option<(Instant, JobId)> {
        self.heap.peek().map(|&Reverse(first)| first)
    }

    /// Takes the first one out.
    pub(super) fn pop(&mut self, is_delayed: bool) {
        self.heap.pop();
        self.gone -= usize::from(!is_delayed);
    }

    /// One of them was cancelled.
    pub(super) fn gone(&mut self, mut is_delayed: impl FnMut(JobId) -> bool) {
        self.gone += 1;
        if self.gone >= SWEEP && self.gone > self.heap.len() / 2 {
            self.gone = 0;
            self.heap.retain(|&Reverse((_, id))| is_delayed(id));
            self.heap.shrink_to(2 * self.heap.len());
        }
    }
}
