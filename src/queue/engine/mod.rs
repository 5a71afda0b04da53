//! Jobs, workers, and what lies between them; knows nothing of HTTP.
//!
//! ```text
//!   submit ──▶ Queued ── its turn ──▶ Running ──▶ Done
//!                ▲  ▲                   │ │
//!                │  └── its time ── Delayed │       a worker is a coroutine that ends when there is nothing to do;
//!                └──── granted ──── Blocked ┘       an usher tells refused jobs that they will not run
//! ```
//!
//! One short lock holds everything together: a worker takes it once per job, to say how the last one ended and to be given
//! the next. Nothing polls: times ring an alarm, grants and room wake who waits for them.

mod bag;
mod core;
mod lanes;
mod slots;
mod state;
#[cfg(test)]
mod tests;
mod wait;

use std::sync::Arc;
use std::time::Instant;

use self::core::Core;
use crate::error::Error;
use crate::rt::CancelToken;

pub(super) use wait::{Open, within_scope};

/// What a worker does.
pub(super) trait Task: Sized + Send + 'static {
    /// What a job may have to wait for.
    type Grant: Send + 'static;

    /// Does it, or says what it waits for. A panic is caught and counted; the job has ended then.
    fn run(self, turn: Turn<'_, Self>) -> Next<Self>;

    /// It will not be run. On a coroutine of its own kind, one job after the other, beside the workers.
    fn refuse(self, why: Refused);
}

/// A job's turn on a worker.
pub(super) struct Turn<'a, T: Task> {
    pub(super) id: JobId,
    /// What it has waited for.
    pub(super) grant: Option<T::Grant>,
    /// Fired when the job is to end early.
    pub(super) token: &'a CancelToken,
    core: &'a Arc<Core<T>>,
}

impl<T: Task> Turn<'_, T> {
    /// Where whoever has something to grant gives it, with the job's id.
    pub(super) fn granting(&self) -> Arc<dyn Granting<T::Grant>> {
        self.core.clone()
    }
}

/// Takes what jobs have waited for.
pub(super) trait Granting<G>: Send + Sync {
    /// Hands it to the job; one that has ended meanwhile drops it. Never waits.
    fn grant(self: Arc<Self>, id: JobId, grant: G);
}

/// How a turn ended.
pub(super) enum Next<T> {
    Done,
    /// Again at that time.
    Later(T, Instant),
    /// Again when it is granted something, which may have happened already.
    Blocked(T),
}

/// Why a job will not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It was cancelled.
    Cancelled,
    /// The queue was stopped.
    Stopped,
}

/// A job, for as long as the process lives: numbers are not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct JobId {
    index: u32,
    number: u64,
}

impl JobId {
    fn number(self) -> u64 {
        self.number
    }
}

/// Where a job stands in line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place<'a> {
    /// Whose share of the workers it counts to; a host, as a rule.
    pub(super) lane: &'a str,
    /// Higher is sooner.
    pub(super) priority: i32,
    /// Not before.
    pub(super) at: Option<Instant>,
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
pub(super) enum Workers {
    #[default]
    Coroutines,
    Threads,
}

#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// Most jobs in flight. With 0 nothing ever runs.
    pub(super) concurrency: usize,
    /// Most jobs of one lane in flight, with [`Order::Fair`].
    pub(super) per_lane: usize,
    /// Most jobs that wait for their turn before `submit` waits.
    pub(super) bound: usize,
    pub(super) order: Order,
    pub(super) workers: Workers,
}

impl Default for Settings {
    fn default() -> Self {
        let (order, workers) = (Order::default(), Workers::default());
        Self { concurrency: 10, per_lane: usize::MAX, bound: usize::MAX, order, workers }
    }
}

/// How many jobs are where, at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Wait for a worker, or for a limiter.
    pub(super) queued: usize,
    /// Those of them that wait for a limiter.
    pub(super) blocked: usize,
    /// Wait for their time.
    pub(super) delayed: usize,
    pub(super) in_flight: usize,
    pub(super) done: u64,
    pub(super) cancelled: u64,
    pub(super) panicked: u64,
}

impl Counts {
    /// All that have not ended.
    pub(super) fn pending(&self) -> usize {
        self.queued + self.delayed + self.in_flight
    }
}

/// What became of a [`cancel`](Followed::cancel).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cancelled {
    /// It had not begun, and will not.
    Queued,
    /// It is in flight.
    Running,
    /// It had ended.
    Ended,
}

/// A handle to the queue. Dropping the last one cancels what is queued; what is in flight goes on to its end.
pub(super) struct Engine<T: Task> {
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

/// What could not be enqueued, and why.
pub(super) struct Rejected<T> {
    pub(super) task: T,
    pub(super) error: Error,
}

impl<T: Task> Engine<T> {
    pub(super) fn new(settings: Settings) -> Self {
        let core = Core::new(settings);
        Self { _owner: Arc::new(Owner(core.clone())), core }
    }

    /// Lets workers begin; before it jobs only queue up. Again: nothing.
    pub(super) fn start(&self) {
        self.core.start();
    }

    /// Puts a job in line, waiting while the queue is full. From its own workers it never waits, which would be for ever:
    /// the queue gets longer than its bound then.
    ///
    /// # Errors
    /// Stopped; a timeout or cancel of the surrounding scope. The task comes back.
    pub(super) fn submit(&self, task: T, place: &Place<'_>) -> Result<JobId, Rejected<T>> {
        self.core.submit(task, place, true)
    }

    /// As [`submit`](Self::submit), with an error where that would wait.
    pub(super) fn try_submit(&self, task: T, place: &Place<'_>) -> Result<JobId, Rejected<T>> {
        self.core.submit(task, place, false)
    }

    pub(super) fn counts(&self) -> Counts {
        self.core.counts()
    }

    pub(super) fn stop(&self, how: Stop) {
        self.core.stop(how);
    }

    /// A job seen from outside; does not count as a handle.
    pub(super) fn follow(&self, id: JobId) -> Followed<T> {
        Followed { core: self.core.clone(), id }
    }

    /// Waits until all jobs have ended, until `at` at most and within the surrounding scope.
    pub(super) fn wait(&self, at: Option<Instant>) -> Result<(), Open> {
        self.core.wait(at)
    }

    /// Whether the caller runs on one of its workers, or on a coroutine of a group made there.
    pub(super) fn is_worker(&self) -> bool {
        self.core.is_worker()
    }
}

/// A job seen from outside.
pub(super) struct Followed<T: Task> {
    core: Arc<Core<T>>,
    id: JobId,
}

impl<T: Task> Followed<T> {
    /// Takes the job back if it is not in flight; with `running` one in flight is ended early.
    pub(super) fn cancel(&self, running: bool) -> Cancelled {
        self.core.cancel(self.id, running)
    }

    pub(super) fn is_running(&self) -> bool {
        self.core.is_running(self.id)
    }

    /// Waits for its end. `false`: it has not ended until `at`, or the surrounding scope ended the wait.
    pub(super) fn wait(&self, at: Option<Instant>) -> bool {
        self.core.wait_for(self.id, at)
    }
}
