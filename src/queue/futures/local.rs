//! Workers in this process.

use std::fmt;

use super::executor::{Executor, Job};
use crate::error::Result;
use crate::queue::engine::{Engine, Next, Place, Refused, Settings, Task, Turn, Workers};
use crate::queue::fetch::{Held, Leave};
use crate::queue::limiter::Permit;

/// Workers in this process: coroutines, or threads for callbacks that hold a processor for long.
///
/// Clones are handles to the same workers; sessions that share them together never run more than their number.
///
/// ```
/// use maypole::queue::{FuturesSession, LocalExecutor};
/// let workers = LocalExecutor::coroutines(10);
/// let one = FuturesSession::builder().executor(workers.clone()).build()?;
/// let two = FuturesSession::builder().executor(workers).build()?;
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// A worker starts when there is something to do and ends when there is not. Hosts take turns; the requests to one host
/// begin in the order in which they were sent. A request that waits for a limiter holds no worker.
#[doc(alias = "ThreadPoolExecutor")]
#[derive(Clone)]
pub struct LocalExecutor {
    engine: Engine<Queued>,
    settings: Settings,
}

impl LocalExecutor {
    /// So many coroutines at most. What a session has that is given nothing else.
    pub fn coroutines(workers: usize) -> Self {
        Self::with(Settings { concurrency: workers, ..Settings::default() })
    }

    /// So many threads at most: for background callbacks that compute. Requests wait there without a coroutine, and cost a
    /// thread each.
    pub fn threads(workers: usize) -> Self {
        Self::with(Settings { concurrency: workers, workers: Workers::Threads, ..Settings::default() })
    }

    /// Most requests that wait for a worker; who sends more waits for room, but for callbacks on its own workers. Default
    /// no bound. For an executor that nobody uses yet: this makes another one.
    pub fn bounded(self, requests: usize) -> Self {
        Self::with(Settings { bound: requests, ..self.settings })
    }

    fn with(settings: Settings) -> Self {
        let engine = Engine::new(settings.clone());
        engine.start();
        Self { engine, settings }
    }
}

impl Executor for LocalExecutor {
    fn max_workers(&self) -> usize {
        self.settings.concurrency
    }

    fn submit(&self, job: Job) {
        let host = job.url().map(|url| url.host().to_owned());
        let place = Place { lane: host.as_deref().unwrap_or_default(), ..Place::default() };
        if let Err(rejected) = self.engine.submit(Queued { job, held: Held::default() }, &place) {
            rejected.task.job.fail(rejected.error);
        }
    }

    fn is_worker(&self) -> bool {
        self.engine.is_worker()
    }
}

impl fmt::Debug for LocalExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalExecutor")
            .field("max_workers", &self.settings.concurrency)
            .field("workers", &self.settings.workers)
            .finish_non_exhaustive()
    }
}

/// A job in the engine's line, with what its limiters have granted so far.
struct Queued {
    job: Job,
    held: Held,
}

impl Queued {
    /// Whether all limiters have granted; else when to ask again, or that one of them will say.
    fn ask(&mut self, turn: &mut Turn<'_, Self>) -> Result<Leave> {
        let limiters = self.job.limiters();
        match self.job.url().filter(|_| !limiters.is_empty()) {
            Some(url) => self.held.ask(limiters, url, turn),
            None => Ok(Leave::Go),
        }
    }
}

impl Task for Queued {
    type Grant = Result<Permit>;

    fn run(mut self, mut turn: Turn<'_, Self>) -> Next<Self> {
        if self.job.is_cancelled() {
            return Next::Done;
        }
        match self.ask(&mut turn) {
            Ok(Leave::Go) => self.job.run_with(self.held.permits, &mut |request, _| request.send()),
            Ok(Leave::Until(at)) => return Next::Later(self, at),
            Ok(Leave::Granted) => return Next::Blocked(self),
            Err(error) => self.job.fail(error),
        }
        Next::Done
    }

    fn refuse(self, _: Refused) {
        // Never: jobs are cancelled by their futures and sessions, and the engine is not stopped with any in it.
        drop(self);
    }
}
