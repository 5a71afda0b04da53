//! What the requests of a batch have in common, and the engines that run them.

use std::any::Any;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard};

use super::callback::Callback;
use super::handle::closed;
use super::jars::Jars;
use super::job::Job;
use super::log::Logger;
use super::tally::Tally;
use crate::client::HttpClient;
use crate::error::Result;
use crate::queue::engine::{Counts, Engine, Place, Settings};

pub(super) struct Shared {
    pub(super) client: HttpClient,
    pub(super) callback: Callback,
    pub(super) logger: Arc<dyn Logger>,
    /// With a jar for each worker.
    pub(super) jars: Option<Jars>,
    /// The `Accept` line of a request is a promise of the answer's.
    pub(super) checks_accept: bool,
    pub(super) tally: Arc<Tally>,
    /// The number of the next request.
    pub(super) ids: Arc<AtomicU64>,
    pub(super) eager: bool,
}

impl Shared {
    pub(super) fn panicked(&self, id: u64, panic: &(dyn Any + Send)) {
        self.tally.panicked();
        let said = said(panic);
        self.logger.log("expt", "", &format!("REQID {id}. the callback panicked: {said}"));
    }
}

/// What a panic says, if it says anything.
pub(super) fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or(panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

/// The engine of the current run. Each run has one of its own, which is started by `fetch_all`: what is queued between
/// two runs waits for the second.
pub(super) struct Runs {
    settings: Settings,
    current: Mutex<Current>,
}

struct Current {
    engine: Engine<Job>,
    closed: bool,
}

impl Runs {
    pub(super) fn new(settings: Settings) -> Self {
        let engine = Engine::new(settings.clone());
        Self { settings, current: Mutex::new(Current { engine, closed: false }) }
    }

    fn lock(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(super) fn counts(&self) -> Counts {
        self.engine().counts()
    }

    pub(super) fn engine(&self) -> Engine<Job> {
        self.lock().engine.clone()
    }

    /// Numbers a request and puts it in line, both under one lock: with one worker the numbers are the order.
    pub(super) fn enqueue(&self, shared: &Shared, make: impl FnOnce() -> (u64, Job)) -> Result<u64> {
        let current = self.lock();
        if current.closed {
            return Err(closed());
        }
        let (id, job) = make();
        shared.tally.begin(shared.eager);
        let lane = job.item.lane().to_owned();
        let place = Place { lane: &lane, ..Place::default() };
        current.engine.try_submit(job, &place).map_err(|rejected| rejected.error)?;
        Ok(id)
    }

    /// Puts a new engine in place of one that has nothing to do any more; `false` if it has.
    pub(super) fn renew(&self, eager: bool) -> bool {
        let mut current = self.lock();
        if current.engine.counts().pending() > 0 {
            return false;
        }
        if !eager && !current.closed {
            let old = std::mem::replace(&mut current.engine, Engine::new(self.settings.clone()));
            drop(current);
            drop(old);
        }
        true
    }

    /// Nothing can be queued from now on.
    pub(super) fn close(&self) -> Engine<Job> {
        let mut current = self.lock();
        current.closed = true;
        current.engine.clone()
    }
}
