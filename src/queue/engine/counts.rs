//! How many jobs are where.

/// How many jobs are where, at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::queue) struct Counts {
    /// Wait for a worker, or for a limiter.
    pub(in crate::queue) queued: usize,
    /// Those of them that wait for a limiter.
    pub(in crate::queue) blocked: usize,
    /// Wait for their time.
    pub(in crate::queue) delayed: usize,
    pub(in crate::queue) in_flight: usize,
    pub(in crate::queue) done: u64,
    pub(in crate::queue) cancelled: u64,
    pub(in crate::queue) panicked: u64,
}

impl Counts {
    /// All that have not ended.
    pub(in crate::queue) fn pending(&self) -> usize {
        self.queued + self.delayed + self.in_flight
    }
}
