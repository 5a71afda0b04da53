//! The batch itself.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::handle::{Ends, Handle, Line};
use super::job::Job;
use super::report::Report;
use super::runs::Runs;
use crate::client::HttpClient;
use crate::queue::engine::{Engine, Settings, Stop};
use crate::rt::{self, scope};

/// Requests that are collected and fetched together, a few at a time.
///
/// ```no_run
/// use maypole::queue::batch::Batch;
/// let batch = Batch::new()?;
/// batch.get("http://127.0.0.1:8080/").queue()?;
/// batch.post_form("http://127.0.0.1:8080/items", [("name", "ada")]).queue()?;
/// let report = batch.fetch_all(); // prints: REQID 0. HTTP/1.1 200 OK 612 bytes received …
/// println!("{report}");
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// Clones are handles to the same batch; what has no wait in it, the verbs above all, comes from [`Handle`]. Dropping the
/// last one tells what is queued that it will not be fetched. Nothing is shared with other batches: each has its own client,
/// cookies, numbers and report, unless they are given the same.
#[doc(alias = "aquests")]
#[derive(Clone)]
pub struct Batch {
    handle: Handle,
    runs: Arc<Runs>,
    stats_every: Option<Duration>,
}

impl Batch {
    pub(super) fn start(ends: Ends, settings: Settings, stats_every: Option<Duration>) -> Self {
        let runs = Arc::new(Runs::new(settings));
        if ends.shared.eager {
            runs.engine().start();
        }
        let line: Arc<dyn Line> = runs.clone();
        let handle = Handle { ends: Arc::new(ends), line: Arc::downgrade(&line) };
        Self { handle, runs, stats_every }
    }

    /// Fetches everything that is queued, what callbacks queue meanwhile included, and waits for the last callback. May be
    /// called again: numbers and connections go on, the report is the new run's. Of two calls at once one gets the report.
    ///
    /// A coroutine waits without holding its worker, a plain thread blocks. With nothing queued it says so in the log and
    /// returns at once. A surrounding [`scope`] that ends, or a callback of this batch that calls it, ends the wait with
    /// [`Report::unfinished`] requests; those go on.
    #[doc(alias = "fetchall")]
    pub fn fetch_all(&self) -> Report {
        let shared = self.handle.shared();
        shared.tally.begin(true);
        let (engine, number) = self.runs.current();
        let is_empty = engine.counts().pending() == 0;
        if is_empty && !shared.tally.has_any() {
            shared.logger.log("info", "", "nothing is queued");
        }
        engine.start();
        let mut unfinished = self.wait(&engine);
        // What a last callback or another thread has queued in the moment before the run ends still belongs to it.
        while unfinished == 0 && !self.runs.renew(number, shared.eager) {
            unfinished = self.wait(&engine);
        }
        shared.logger.flush();
        shared.tally.take(unfinished)
    }

    /// Waits for the end, and says how many have not ended.
    fn wait(&self, engine: &Engine<Job>) -> usize {
        loop {
            let at = self.stats_every.and_then(|interval| Instant::now().checked_add(interval));
            let Err(open) = engine.wait(at) else { return 0 };
            let is_tick = at.is_some_and(|at| at <= Instant::now()) && !open.on_worker && !is_scope_over();
            if !is_tick {
                return open.counts.pending();
            }
            self.handle.log("info", &self.handle.stats().to_string());
        }
    }

    /// The client that fetches.
    pub fn client(&self) -> &HttpClient {
        &self.handle.shared().client
    }

    /// A handle that does not keep the batch alive, for callbacks of other things.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Waits; kept connections stay as they are. A surrounding [`scope`] ends it.
    #[doc(alias = "suspend")]
    pub fn idle_for(&self, time: Duration) {
        rt::sleep(time);
    }

    /// Ends the batch, in phases: nothing can be queued from now on; what is queued is told that it will not be fetched
    /// (code 705); what is in flight has so long to end, and is cancelled then (code 712), with as long again for its
    /// callbacks. Each request has had its outcome, unless the report says how many are
    /// [unfinished](Report::unfinished).
    pub fn shutdown(&self, limit: Duration) -> Report {
        let engine = self.runs.close();
        let shared = self.handle.shared();
        let until = || Instant::now().checked_add(limit);
        engine.stop(Stop::CancelQueued);
        let mut ended = engine.wait(until());
        if ended.is_err() {
            engine.stop(Stop::Abort);
            ended = engine.wait(until());
        }
        shared.logger.flush();
        shared.tally.take(ended.err().map_or(0, |open| open.counts.pending()))
    }
}

fn is_scope_over() -> bool {
    let scope = scope::current();
    scope.until().is_over(Instant::now()) || scope.token().is_some_and(|token| token.is_cancelled())
}

impl Deref for Batch {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("stats", &self.handle.stats()).finish_non_exhaustive()
    }
}
