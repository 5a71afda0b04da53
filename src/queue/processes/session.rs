//! Requests of futures sessions, made in workers.

use super::executor::ProcessExecutor;
use super::job::Work;
use crate::client::HttpClient;
use crate::error::Result;
use crate::queue::futures::{Executor, Job};

/// The requests of a [`FuturesSession`](crate::queue::FuturesSession) are made in workers, by the client that is
/// [registered](super::register_session) there; the session has the program's [`client`](ProcessExecutor::client) of the
/// same name, unless it is given one, which is an error of every request then.
///
/// ```no_run
/// // Not run: a worker is the program itself, started again, and a doctest's main is not its own.
/// use maypole::queue::{FuturesSession, processes::{self, Attached, ProcessExecutor}};
///
/// fn main() -> maypole::Result<()> {
///     processes::register_response_hook("parsed", |answer| {
///         let value: serde_json::Value = serde_json::from_slice(answer.body()).unwrap_or_default();
///         answer.attach("value", &value)
///     })?;
///     processes::init();
///
///     let pool = ProcessExecutor::builder(10).on_response("parsed").build()?;
///     let session = FuturesSession::builder().executor(pool).build()?;
///     let response = session.get("http://127.0.0.1:8080/json").send().result()?;
///     let value: Option<serde_json::Value> = response.extensions().get::<Attached>().unwrap().data("value")?;
///     Ok(())
/// }
/// ```
///
/// Callbacks and `map` run in the program, on the answer that has come back; what is to be done in the worker is a hook by
/// name. Hooks that are closures, which would have to see redirects there, are an error of kind
/// [`NotTransferable`](crate::error::Kind::NotTransferable), and so are options of requests that are no values.
impl Executor for ProcessExecutor {
    fn max_workers(&self) -> usize {
        self.workers()
    }

    fn submit(&self, job: Job) {
        if let Err(rejected) = self.engine.submit(self.job(Work::Request(job)), &Default::default())
            && let Work::Request(job) = rejected.task.work
        {
            job.fail(rejected.error);
        }
    }

    fn is_worker(&self) -> bool {
        self.engine.is_worker()
    }

    fn client(&self) -> Option<Result<HttpClient>> {
        Some(ProcessExecutor::client(self).cloned())
    }
}
