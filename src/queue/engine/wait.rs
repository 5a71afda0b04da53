//! Waiting for the end of one job or of all.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use super::core::{Core, within_scope};
use super::counts::Counts;
use super::task::{JobId, Task};
use crate::rt::Waiter;

/// What is still open when a wait ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::queue) struct Open {
    pub(in crate::queue) counts: Counts,
    /// It was asked for on a worker of this queue, which would have waited for itself.
    pub(in crate::queue) on_worker: bool,
}

impl fmt::Display for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { queued, delayed, in_flight, .. } = self.counts;
        write!(f, "{queued} queued, {delayed} delayed, {in_flight} in flight")
    }
}

impl<T: Task> Core<T> {
    pub(super) fn wait(self: &Arc<Self>, at: Option<Instant>) -> Result<(), Open> {
        let open = |counts, on_worker| Err(Open { counts, on_worker });
        let mut waiter = None;
        loop {
            let mut state = self.lock();
            if state.is_over() {
                return Ok(());
            }
            if self.is_worker() {
                return open(state.counts, true);
            }
            let waiter: &Waiter = waiter.get_or_insert_with(Waiter::current);
            state.for_end.push(waiter.clone());
            drop(state);
            if within_scope(waiter, at).is_err() {
                let mut state = self.lock();
                state.for_end.retain(|other| !other.is(waiter));
                return if state.is_over() { Ok(()) } else { open(state.counts, false) };
            }
        }
    }

    pub(super) fn wait_for(self: &Arc<Self>, id: JobId, at: Option<Instant>) -> bool {
        let mut waiter = None;
        loop {
            let mut state = self.lock();
            if !state.is_open(id) {
                return true;
            }
            let waiter: &Waiter = waiter.get_or_insert_with(Waiter::current);
            state.for_job.entry(id.number).or_default().push(waiter.clone());
            drop(state);
            if within_scope(waiter, at).is_err() {
                let mut state = self.lock();
                if let Some(waiting) = state.for_job.get_mut(&id.number) {
                    waiting.retain(|other| !other.is(waiter));
                    if waiting.is_empty() {
                        state.for_job.remove(&id.number);
                    }
                }
                return !state.is_open(id);
            }
        }
    }
}
