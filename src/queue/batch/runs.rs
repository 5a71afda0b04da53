//! The engines that run a batch, one after the other.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, MutexGuard};

use super::draft::Draft;
use super::handle::{Handle, Line, Once, closed};
use super::job::Job;
use crate::error::Result;
use crate::queue::engine::{Counts, Engine, Place, Settings};

/// The engine of the current run. Each run has one of its own, which is started by `fetch_all`: what is queued between
/// two runs waits for the second.
pub(super) struct Runs {
    settings: Settings,
    current: Mutex<Current>,
}

struct Current {
    engine: Engine<Job>,
    /// How many engines were there before it.
    number: u64,
    closed: bool,
}

impl Runs {
    pub(super) fn new(settings: Settings) -> Self {
        let engine = Engine::new(settings.clone());
        Self { settings, current: Mutex::new(Current { engine, number: 0, closed: false }) }
    }

    fn lock(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(super) fn engine(&self) -> Engine<Job> {
        self.lock().engine.clone()
    }

    /// The engine of the current run, and which one it is.
    pub(super) fn current(&self) -> (Engine<Job>, u64) {
        let current = self.lock();
        (current.engine.clone(), current.number)
    }

    /// Puts a new engine in place of this one, if it has nothing to do any more; `false` if it has. Who comes late finds
    /// the next run's, which may wait for somebody to begin it, and has nothing to do with it.
    pub(super) fn renew(&self, number: u64, eager: bool) -> bool {
        let mut current = self.lock();
        if current.number != number {
            return true;
        }
        if current.engine.counts().pending() > 0 {
            return false;
        }
        if !eager && !current.closed {
            let old = std::mem::replace(&mut current.engine, Engine::new(self.settings.clone()));
            current.number += 1;
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

impl Line for Runs {
    /// Both under one lock: with one worker the numbers are the order.
    fn enqueue(&self, handle: &Handle, draft: Draft, callback: Option<Once>) -> Result<u64> {
        let shared = handle.shared();
        let lane = draft.lane().to_owned();
        let place = Place { lane: &lane, ..Place::default() };
        let current = self.lock();
        if current.closed {
            return Err(closed());
        }
        let id = shared.ids.fetch_add(1, Relaxed);
        shared.tally.begin(shared.eager);
        let job = Job::new(handle.clone(), draft.queued(id), callback);
        current.engine.try_submit(job, &place).map_err(|rejected| rejected.error)?;
        Ok(id)
    }

    fn counts(&self) -> Counts {
        self.engine().counts()
    }
}
