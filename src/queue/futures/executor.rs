//! Who runs the jobs of a session.

use std::fmt;
use std::sync::Arc;

use super::work::{SendBy, Work, admitted};
use crate::client::HttpClient;
use crate::error::{Error, Kind, Result};
use crate::message::Url;
use crate::queue::limiter::{Limiter, Permit};

/// Workers of a session without an executor. Eight, requests-futures' number today; its first one, two, came from the
/// price of a thread.
pub const DEFAULT_MAX_WORKERS: usize = 8;

/// Runs the jobs of [`FuturesSession`](super::FuturesSession)s, several sessions' if they share it; none of them closes it.
///
/// Whatever runs closures can be one:
///
/// ```
/// use maypole::queue::{Executor, FuturesSession, Job};
/// /// A thread for each request.
/// struct Threads;
/// impl Executor for Threads {
///     fn max_workers(&self) -> usize {
///         100
///     }
///     fn submit(&self, job: Job) {
///         std::thread::spawn(move || job.run());
///     }
/// }
/// let session = FuturesSession::builder().executor(Threads).build()?;
/// # Ok::<(), maypole::Error>(())
/// ```
pub trait Executor: Send + Sync + 'static {
    /// How many jobs it runs at once; the pool of a session's own client is as large. 0 is an error of
    /// [`build`](super::FuturesSessionBuilder::build).
    fn max_workers(&self) -> usize;

    /// Takes a job, to [`run`](Job::run) it when its turn has come. May wait where its queue has a bound, and must not run
    /// it here.
    fn submit(&self, job: Job);

    /// Whether the caller runs on one of its workers, and would wait for itself if it waited for all of them. Default
    /// no.
    fn is_worker(&self) -> bool {
        false
    }

    /// The client of sessions that are given none: for an executor that cannot send by any client. Default none; the session
    /// has one of its own.
    ///
    /// # Errors
    /// Those of making it, which are those of [`build`](super::FuturesSessionBuilder::build).
    fn client(&self) -> Option<Result<HttpClient>> {
        None
    }
}

impl<E: Executor + ?Sized> Executor for Arc<E> {
    fn max_workers(&self) -> usize {
        (**self).max_workers()
    }

    fn submit(&self, job: Job) {
        (**self).submit(job);
    }

    fn is_worker(&self) -> bool {
        (**self).is_worker()
    }

    fn client(&self) -> Option<Result<HttpClient>> {
        (**self).client()
    }
}

/// A request on its way to a worker. Dropping it ends its future with an error of kind [`Cancelled`](Kind::Cancelled).
#[must_use = "a job that is dropped has failed"]
pub struct Job(Option<Arc<dyn Work>>);

impl Job {
    pub(super) fn new(work: Arc<dyn Work>) -> Self {
        Self(Some(work))
    }

    /// Does all that there is to do, here: waits for limiters, sends, reads the body, calls back. Never panics.
    pub fn run(self) {
        self.run_by(&mut |request, _| request.send());
    }

    /// As [`run`](Self::run), with the request sent by `send`, and the limiters asked here. `send` is called with the
    /// token that ends the job, which the surrounding scope has as well; it is not called if the job was cancelled.
    pub(crate) fn run_by(self, send: &mut SendBy<'_>) {
        if self.work().is_waiting() {
            match admitted(self.limiters(), self.work().requested()) {
                Ok(permits) => self.run_with(permits, send),
                Err(error) => self.fail(error),
            }
        }
    }

    pub(super) fn run_with(mut self, permits: Vec<Permit>, send: &mut SendBy<'_>) {
        if let Some(work) = self.0.take() {
            work.run(permits, send);
        }
    }

    /// Ends it with this error, unless it was cancelled.
    pub fn fail(mut self, error: Error) {
        if let Some(work) = self.0.take() {
            work.fail(error);
        }
    }

    /// Whether it was cancelled, and there is nothing to do any more.
    pub fn is_cancelled(&self) -> bool {
        !self.work().is_waiting()
    }

    /// Where the request goes; none if its URL is no legal one, which its future will say.
    pub fn url(&self) -> Option<&Url> {
        self.work().requested().url()
    }

    pub(super) fn limiters(&self) -> &[Arc<dyn Limiter>] {
        self.work().limiters()
    }

    fn work(&self) -> &Arc<dyn Work> {
        self.0.as_ref().expect("taken only by what consumes the job")
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if let Some(work) = self.0.take() {
            work.fail(Error::new(Kind::Cancelled, "the executor has dropped the request"));
        }
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("url", &self.url()).field("cancelled", &self.is_cancelled()).finish()
    }
}
