//! A job: what runs it, what it says, what it is known by.

use std::sync::Arc;
use std::time::Instant;

use crate::error::Error;
use crate::rt::CancelToken;

/// What a worker does.
pub(in crate::queue) trait Task: Sized + Send + 'static {
    /// What a job may have to wait for.
    type Grant: Send + 'static;

    /// Does it, or says what it waits for. A panic is caught and counted; the job has ended then.
    fn run(self, turn: Turn<'_, Self>) -> Next<Self>;

    /// It will not be run. Beside the workers, on coroutines or threads as theirs, at most as many and at most 64.
    fn refuse(self, why: Refused);
}

/// A job's turn on a worker.
pub(in crate::queue) struct Turn<'a, T: Task> {
    pub(in crate::queue) id: JobId,
    pub(in crate::queue) priority: i32,
    /// What it has waited for.
    pub(in crate::queue) grant: Option<T::Grant>,
    /// Fired when the job is to end early.
    pub(in crate::queue) token: &'a CancelToken,
    /// Where whoever has something to grant gives it, with the job's id.
    pub(in crate::queue) granting: &'a Arc<dyn Granting<T::Grant>>,
}

/// Takes what jobs have waited for.
pub(in crate::queue) trait Granting<G>: Send + Sync {
    /// Hands it to the job; one that has ended meanwhile drops it. Never waits.
    fn grant(self: Arc<Self>, id: JobId, grant: G);
}

/// How a turn ended.
pub(in crate::queue) enum Next<T> {
    Done,
    /// Again at that time.
    Later(T, Instant),
    /// Again when it is granted something, which may have happened already.
    Blocked(T),
}

/// Why a job will not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::queue) enum Refused {
    /// It was cancelled.
    Cancelled,
    /// The queue was stopped.
    Stopped,
}

/// A job, for as long as the process lives: numbers are not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::queue) struct JobId {
    pub(super) number: u64,
    pub(super) index: u32,
}

/// What became of a cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::queue) enum Cancelled {
    /// It had not begun, and will not.
    Queued,
    /// It is in flight.
    Running,
    /// It had ended.
    Ended,
}

/// What could not be enqueued, and why.
pub(in crate::queue) struct Rejected<T> {
    pub(in crate::queue) task: T,
    pub(in crate::queue) error: Error,
}
