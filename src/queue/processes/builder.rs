//! Options of a pool.

use std::sync::OnceLock;
use std::time::Duration;

use super::crew::Crew;
use super::executor::ProcessExecutor;
use super::hooks::Hooks;
use super::shared::{Defaults, Shared};
use super::{place, registry};
use crate::error::{Error, Kind, Phase, Result};
use crate::queue::engine::{Engine, Order, Settings};

/// A result longer than this is an error, so that one page cannot fill the memory that the pool is there to save.
const RESULT: u64 = 64 << 20;
/// From the start of a process until it serves. A debug build on a busy machine takes some hundred milliseconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// Options of a [`ProcessExecutor`].
#[must_use = "a builder does nothing until `build`"]
#[derive(Clone, Debug)]
pub struct ProcessExecutorBuilder {
    workers: usize,
    recycle_after: Option<u32>,
    bound: usize,
    patience: Duration,
    session: Option<String>,
    hooks: Hooks,
    defaults: Defaults,
}

impl ProcessExecutor {
    /// At most `workers` processes, with every other default.
    ///
    /// # Errors
    /// As [`ProcessExecutorBuilder::build`].
    #[doc(alias = "ProcessPoolExecutor")]
    pub fn new(workers: usize) -> Result<Self> {
        Self::builder(workers).build()
    }

    /// A pool of at most `workers` processes, with options.
    pub fn builder(workers: usize) -> ProcessExecutorBuilder {
        ProcessExecutorBuilder {
            workers,
            recycle_after: None,
            bound: usize::MAX,
            patience: PATIENCE,
            session: None,
            hooks: Hooks::default(),
            defaults: Defaults { deadline: None, retries: 0, longest: RESULT },
        }
    }
}

impl ProcessExecutorBuilder {
    /// Ends a worker after so many jobs, and starts another one when there is more to do: what its jobs have left in
    /// memory goes back to the system. Default never; starting one takes some milliseconds.
    #[doc(alias = "max_tasks_per_child")]
    pub fn recycle_after(mut self, jobs: u32) -> Self {
        self.recycle_after = Some(jobs);
        self
    }

    /// How long a job may take in its worker, which is then killed and replaced; the wait for a worker does not count.
    /// Default no limit: how long a job takes is its own affair.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.defaults.deadline = Some(limit);
        self
    }

    /// How many times a job is done again whose worker died of it. Default 0: it may have had an effect. A job that had
    /// not begun when its worker died is always given to another one.
    pub fn retry_crashed(mut self, times: u32) -> Self {
        self.defaults.retries = times;
        self
    }

    /// Most jobs that wait for their turn; who submits more waits for room. Default no bound.
    pub fn bounded(mut self, jobs: usize) -> Self {
        self.bound = jobs;
        self
    }

    /// Most bytes of a result, or of an answer's body. Default 64 MiB.
    pub fn max_result(mut self, bytes: u64) -> Self {
        self.defaults.longest = bytes;
        self
    }

    /// How long a worker may take from its start until it serves. Default 30 s: a busy machine is no error.
    pub fn start_timeout(mut self, limit: Duration) -> Self {
        self.patience = limit;
        self
    }

    /// The session, by [its name](super::register_session), that fetches go through. Default a
    /// [`Session`](crate::Session) with every default.
    pub fn session(mut self, name: &str) -> Self {
        self.session = Some(name.to_owned());
        self
    }

    /// Has a [registered](super::register_request_hook) hook change every request, before those that the request names
    /// itself. Calls add up. Default none.
    pub fn on_request(mut self, name: &str) -> Self {
        self.hooks.request.push(name.to_owned());
        self
    }

    /// Has a [registered](super::register_response_hook) hook see every answer, before those that the request names itself.
    /// Calls add up. Default none.
    #[doc(alias = "hooks")]
    pub fn on_response(mut self, name: &str) -> Self {
        self.hooks.response.push(name.to_owned());
        self
    }

    /// The pool. No process is started before there is a job for it.
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`] without workers, inside a worker, and where [`init`](super::init) has not been called;
    /// [`Kind::NotTransferable`] for a session or a hook that is not registered.
    pub fn build(self) -> Result<ProcessExecutor> {
        place::check()?;
        if self.workers == 0 || self.recycle_after == Some(0) {
            let what = "a pool of processes needs at least one worker, and each at least one job";
            return Err(Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build));
        }
        if let Some(name) = &self.session {
            registry::session(name)?;
        }
        self.hooks.check()?;
        let settings =
            Settings { concurrency: self.workers, bound: self.bound, order: Order::Fifo, ..Settings::default() };
        let engine = Engine::new(settings);
        engine.start();
        Ok(ProcessExecutor::of(
            engine,
            Shared {
                crew: Crew::new(self.recycle_after, self.patience),
                workers: self.workers,
                session: self.session,
                hooks: self.hooks,
                defaults: self.defaults,
                client: OnceLock::new(),
            },
        ))
    }
}
