//! The pool itself.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::answer::Answer;
use super::call::{self, Call, Terms};
use super::fetch::Fetch;
use super::job::{Done, Job, Work};
use super::pending::Pending;
use super::process::Order;
use super::shared::Shared;
use crate::client::HttpClient;
use crate::error::{Error, Kind, Result};
use crate::queue::engine::{Engine, Followed, Place, Stop};
use crate::rt::oneshot;

/// Jobs in child processes: at most so many at once, each in a process of its own for as long as it runs.
///
/// For work that needs much memory and is to give it back, that may crash, hang, or block a thread. The
/// [module](super) says how a program is set up for it.
///
/// ```no_run
/// // Not run: a worker is the program itself, started again, and a doctest's main is not its own.
/// use maypole::queue::processes::{self, ProcessExecutor};
///
/// fn main() -> maypole::Result<()> {
///     processes::register("length", |text: String| Ok::<usize, maypole::Error>(text.len()))?;
///     processes::init();
///
///     let pool = ProcessExecutor::builder(4).recycle_after(100).build()?;
///     assert_eq!(pool.call::<usize>("length", "hello")?, 5);
///
///     let answer = pool.fetch(pool.client()?.get("http://127.0.0.1:8080/"))?;
///     println!("{} {} bytes", answer.status(), answer.body().len());
///     Ok(())
/// }
/// ```
///
/// Clones are handles to the same pool. Dropping the last one cancels what is queued; what is running goes on to its end,
/// and the processes end with it.
#[doc(alias = "ProcessPoolExecutor")]
#[derive(Clone)]
pub struct ProcessExecutor {
    pub(super) engine: Engine<Job>,
    shared: Arc<Shared>,
    _last: Arc<Last>,
}

/// Lets the workers go with the last handle: a job's own would come back to a pool that nobody has.
struct Last(Arc<Shared>);

impl Drop for Last {
    fn drop(&mut self) {
        self.0.crew.close();
    }
}

/// What a pool does and has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStats {
    /// Jobs that wait for a worker.
    pub queued: usize,
    /// Jobs that are being done.
    pub in_flight: usize,
    /// Jobs that have ended, well or not.
    pub done: u64,
    /// Jobs that were cancelled before they began.
    pub cancelled: u64,
    /// Workers started.
    pub started: u64,
    /// Workers that died without being told to.
    pub died: u64,
    /// Workers ended after their [share](super::ProcessExecutorBuilder::recycle_after) of jobs.
    pub recycled: u64,
    /// The process numbers of those that are alive, oldest first.
    pub pids: Vec<u32>,
}

impl ProcessExecutor {
    pub(super) fn of(engine: Engine<Job>, shared: Shared) -> Self {
        let shared = Arc::new(shared);
        Self { engine, _last: Arc::new(Last(shared.clone())), shared }
    }

    /// Calls a registered function in a worker, and waits for its result.
    ///
    /// # Errors
    /// Those of [`submit`](Self::submit) and [`Pending::join`].
    pub fn call<O>(&self, name: &str, input: &(impl Serialize + ?Sized)) -> Result<O>
    where
        O: DeserializeOwned + Send + 'static,
    {
        self.submit(Call::new(name, input)?)?.join()
    }

    /// Puts a call in line.
    ///
    /// # Errors
    /// [`Kind::Closed`] after [`stop`](Self::stop); a bounded pool stayed full until a surrounding scope ended the wait.
    pub fn submit<O>(&self, call: Call) -> Result<Pending<O>>
    where
        O: DeserializeOwned + Send + 'static,
    {
        let (mut order, terms) = call.into_order(self.shared.defaults.longest)?;
        self.shared.settle(&mut order, &terms);
        let (reply, receiver) = oneshot::channel();
        let done = Box::new(move |outcome| drop(reply.send(outcome)));
        Ok(Pending::new(self.put(order, &terms, done)?, receiver, call::output))
    }

    /// Makes a request in a worker, and waits for the whole answer. The request is one of [`client`](Self::client)'s;
    /// [`Fetch`] adds hooks to it.
    ///
    /// # Errors
    /// Those of [`submit_fetch`](Self::submit_fetch) and [`Pending::join`], and the request's own.
    pub fn fetch(&self, fetch: impl Into<Fetch>) -> Result<Answer> {
        self.submit_fetch(fetch)?.join()
    }

    /// Puts a request in line.
    ///
    /// # Errors
    /// [`Kind::NotTransferable`] for hooks that are not registered, for a request of another client or with options that
    /// cannot be sent to another process; what is wrong with the request; those of [`submit`](Self::submit).
    pub fn submit_fetch(&self, fetch: impl Into<Fetch>) -> Result<Pending<Answer>> {
        let (order, terms) = self.shared.order(fetch.into())?;
        let (reply, receiver) = oneshot::channel();
        let shared = self.shared.clone();
        let done = Box::new(move |outcome| {
            shared.learn(&outcome);
            drop(reply.send(outcome));
        });
        Ok(Pending::new(self.put(order, &terms, done)?, receiver, Answer::read))
    }

    /// The client that builds requests for [`fetch`](Self::fetch) and holds the cookies: made by the
    /// [session's](super::register_session) factory, as those of the workers are. What workers are answered sets cookies
    /// in its jar, and what is in it goes along with their requests.
    ///
    /// # Errors
    /// Those of the factory.
    pub fn client(&self) -> Result<&HttpClient> {
        self.shared.client()
    }

    /// Most processes at once.
    #[doc(alias = "max_workers")]
    pub fn workers(&self) -> usize {
        self.shared.workers
    }

    /// What it does and has done.
    pub fn stats(&self) -> PoolStats {
        let counts = self.engine.counts();
        PoolStats {
            queued: counts.queued,
            in_flight: counts.in_flight,
            done: counts.done,
            cancelled: counts.cancelled,
            started: self.shared.crew.started.load(Relaxed),
            died: self.shared.crew.died.load(Relaxed),
            recycled: self.shared.crew.recycled.load(Relaxed),
            pids: self.shared.crew.pids(),
        }
    }

    /// Ends it: nothing more can be submitted, and `how` says what becomes of the jobs. The workers end; with
    /// [`Stop::Drain`] they end with the last handle.
    #[doc(alias = "shutdown")]
    pub fn stop(&self, how: Stop) {
        self.engine.stop(how);
        if how != Stop::Drain {
            self.shared.crew.close();
        }
    }

    /// Waits until all jobs have ended, as long as a surrounding scope allows; whether they have.
    pub fn wait_all(&self) -> bool {
        self.engine.wait(None).is_ok()
    }

    /// As [`wait_all`](Self::wait_all), `limit` at most.
    pub fn wait(&self, limit: Duration) -> bool {
        self.engine.wait(Instant::now().checked_add(limit)).is_ok()
    }

    fn put(&self, order: Order, terms: &Terms, done: Done) -> Result<Followed<Job>> {
        let place = Place { priority: terms.priority, ..Place::default() };
        let id = self.engine.submit(self.job(Work::Order(order, done)), &place).map_err(|rejected| {
            match rejected.error.kind() {
                Kind::Closed => Error::new(Kind::Closed, "the pool of processes has been stopped"),
                _ => rejected.error,
            }
        })?;
        Ok(self.engine.follow(id))
    }

    pub(super) fn job(&self, work: Work) -> Job {
        Job { shared: self.shared.clone(), work }
    }
}

impl fmt::Debug for ProcessExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessExecutor")
            .field("workers", &self.workers())
            .field("session", &self.shared.session)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
