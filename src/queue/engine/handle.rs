//! The queue as its owners see it.

use std::sync::Arc;
use std::time::Instant;

use super::core::Core;
use super::counts::Counts;
use super::settings::{Place, Settings, Stop};
use super::task::{Cancelled, JobId, Rejected, Task};
use super::wait::Open;
use crate::error::Error;
use crate::rt::scope;

/// A handle to the queue. Dropping the last one cancels what is queued; what is in flight goes on to its end.
pub(in crate::queue) struct Engine<T: Task> {
    core: Arc<Core<T>>,
    /// Counts the handles: workers hold the core, too.
    _owner: Arc<Owner<T>>,
}

struct Owner<T: Task>(Arc<Core<T>>);

impl<T: Task> Drop for Owner<T> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl<T: Task> Clone for Engine<T> {
    fn clone(&self) -> Self {
        Self { core: self.core.clone(), _owner: self._owner.clone() }
    }
}

impl<T: Task> Engine<T> {
    pub(in crate::queue) fn new(settings: Settings) -> Self {
        Self::with_core(Core::new(settings))
    }

    /// Another queue whose workers count as this one's, and this one's as its own: none of them waits for room, or for
    /// the end, of either.
    pub(in crate::queue) fn beside(&self, settings: Settings) -> Self {
        Self::with_core(self.core.beside(settings))
    }

    fn with_core(core: Arc<Core<T>>) -> Self {
        Self { _owner: Arc::new(Owner(core.clone())), core }
    }

    /// Lets workers begin; before it jobs only queue up. Again: nothing.
    pub(in crate::queue) fn start(&self) {
        self.core.start();
    }

    /// # Errors
    /// It was stopped.
    pub(in crate::queue) fn check_open(&self) -> Result<(), Error> {
        self.core.check_open()
    }

    /// Puts a job in line, waiting while the queue is full. From its own workers it never waits, which would be for ever:
    /// the queue gets longer than its bound then.
    ///
    /// # Errors
    /// Stopped; a timeout or cancel of the surrounding scope. The task comes back.
    pub(in crate::queue) fn submit(&self, task: T, place: &Place<'_>) -> Result<JobId, Rejected<T>> {
        self.core.submit(task, place, true)
    }

    /// As [`submit`](Self::submit), with an error where that would wait.
    pub(in crate::queue) fn try_submit(&self, task: T, place: &Place<'_>) -> Result<JobId, Rejected<T>> {
        self.core.submit(task, place, false)
    }

    pub(in crate::queue) fn counts(&self) -> Counts {
        self.core.counts()
    }

    pub(in crate::queue) fn stop(&self, how: Stop) {
        self.core.stop(how);
    }

    /// A job seen from outside; does not count as a handle.
    pub(in crate::queue) fn follow(&self, id: JobId) -> Followed<T> {
        Followed { core: self.core.clone(), id }
    }

    /// Waits until all jobs have ended, until `at` at most and within the surrounding scope.
    pub(in crate::queue) fn wait(&self, at: Option<Instant>) -> Result<(), Open> {
        self.core.wait(at)
    }

    /// Runs `f` as on one of its workers: it would wait for its caller, too.
    pub(in crate::queue) fn as_worker<R>(&self, f: impl FnOnce() -> R) -> R {
        scope::with_owner(self.core.number, f)
    }

    /// Whether the caller runs on one of its workers, or on a coroutine of a group made there.
    pub(in crate::queue) fn is_worker(&self) -> bool {
        self.core.is_worker()
    }
}

/// A job seen from outside.
pub(in crate::queue) struct Followed<T: Task> {
    core: Arc<Core<T>>,
    id: JobId,
}

impl<T: Task> Followed<T> {
    /// Takes the job back if it is not in flight; with `running` one in flight is ended early.
    pub(in crate::queue) fn cancel(&self, running: bool) -> Cancelled {
        self.core.cancel(self.id, running)
    }

    pub(in crate::queue) fn is_running(&self) -> bool {
        self.core.is_running(self.id)
    }

    /// Whether it has ended, and its owner knows.
    pub(in crate::queue) fn is_done(&self) -> bool {
        self.core.is_done(self.id)
    }

    /// Waits for its end. `false`: it has not ended until `at`, or the surrounding scope ended the wait.
    pub(in crate::queue) fn wait(&self, at: Option<Instant>) -> bool {
        self.core.wait_for(self.id, at)
    }
}
