//! A job whose result is still to come.

use std::fmt;
use std::time::{Duration, Instant};

use super::job::Job;
use super::process::Reply;
use crate::error::{Error, Kind, Phase, Result};
use crate::queue::engine::{Cancelled, Followed};
use crate::rt::{oneshot, scope};

/// A job of a [`ProcessExecutor`](super::ProcessExecutor), and its result when it comes.
///
/// Dropping it lets the job go on. A coroutine that waits parks; a plain thread blocks.
#[doc(alias = "Future")]
#[must_use = "the result is lost otherwise"]
pub struct Pending<O> {
    job: Followed<Job>,
    reply: oneshot::Receiver<Result<Reply>>,
    read: fn(Reply) -> Result<O>,
}

impl<O> Pending<O> {
    pub(super) fn new(
        job: Followed<Job>,
        reply: oneshot::Receiver<Result<Reply>>,
        read: fn(Reply) -> Result<O>,
    ) -> Self {
        Self { job, reply, read }
    }

    /// Waits for the result, as long as a surrounding [`scope`](crate::rt::scope) allows.
    ///
    /// # Errors
    /// What the job returned, or why it was not done: [`Kind::WorkerDied`], [`Kind::Panicked`], [`Kind::Timeout`],
    /// [`Kind::Cancelled`], [`Kind::NotTransferable`].
    #[doc(alias = "result")]
    pub fn join(self) -> Result<O> {
        match self.join_until(None) {
            Ok(result) => result,
            Err(_) => {
                let bounds = scope::current();
                match bounds.token().is_some_and(crate::rt::CancelToken::is_cancelled) {
                    true => Err(Error::cancelled(Phase::Checkout)),
                    false => Err(Error::timeout(Phase::Checkout, bounds.until().limit())),
                }
            }
        }
    }

    /// Waits for the result, `limit` at most.
    ///
    /// # Errors
    /// The job is not done yet: it goes on, and can be waited for again.
    #[doc(alias = "result_timeout")]
    pub fn join_timeout(self, limit: Duration) -> Result<Result<O>, Self> {
        self.join_until(Instant::now().checked_add(limit))
    }

    fn join_until(self, at: Option<Instant>) -> Result<Result<O>, Self> {
        if !self.job.wait(at) {
            return Err(self);
        }
        let reply = self.reply.try_recv().unwrap_or_else(|| Err(Error::new(Kind::Closed, "the job has no result")));
        Ok(reply.and_then(self.read))
    }

    /// Whether it has ended.
    #[doc(alias = "done")]
    pub fn is_done(&self) -> bool {
        self.job.wait(Some(Instant::now()))
    }

    /// Whether a worker does it at this moment.
    #[doc(alias = "running")]
    pub fn is_running(&self) -> bool {
        self.job.is_running()
    }

    /// Takes the job back if it has not begun; whether it had not.
    pub fn cancel(&self) -> bool {
        self.job.cancel(false) == Cancelled::Queued
    }

    /// As [`cancel`](Self::cancel); if it has begun its worker is killed. Whether there was something to end.
    pub fn abort(&self) -> bool {
        self.job.cancel(true) != Cancelled::Ended
    }
}

impl<O> fmt::Debug for Pending<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("running", &self.is_running()).finish_non_exhaustive()
    }
}
