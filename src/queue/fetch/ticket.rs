//! One fetch, seen from outside.

use std::fmt;
use std::time::{Duration, Instant};

use super::job::Job;
use crate::queue::engine::{Cancelled, Followed};

/// A fetch that was enqueued: to be waited for, or taken back. Dropping it changes nothing.
pub struct Ticket(Followed<Job>);

impl Ticket {
    pub(super) fn new(job: Followed<Job>) -> Self {
        Self(job)
    }

    /// Ends the fetch early; its handler is told so. `false`: it had ended.
    pub fn cancel(&self) -> bool {
        self.0.cancel(true) != Cancelled::Ended
    }

    /// Waits until its handler has run, for so long at most; whether it has.
    pub fn wait(&self, timeout: Duration) -> bool {
        self.0.wait(Instant::now().checked_add(timeout))
    }

    /// Whether a worker is at it.
    pub fn is_running(&self) -> bool {
        self.0.is_running()
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").field("running", &self.is_running()).finish_non_exhaustive()
    }
}
