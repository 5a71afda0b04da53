//! The lock, and writing together: who comes first writes for all that come meanwhile.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use super::bounds::Bounds;
use super::item::Item;
use super::journal::{self, Batch, Found, Journal};
use super::report::{Added, Ended, Progress, Resumed};
use super::retries::Retries;
use super::state::State;
use crate::error::{Error, Kind, Phase, Result};
use crate::message::Url;
use crate::queue::engine::Stop;
use crate::queue::fetch::FetchQueue;
use crate::queue::seen::{Fingerprint, Seen};
use crate::rt::{self, Waiter};

pub(super) struct Core {
    pub(super) queue: FetchQueue,
    pub(super) rules: Rules,
    pub(super) resumed: Resumed,
    pub(super) journal: Option<Arc<Journal>>,
    state: Mutex<State>,
}

pub(super) struct Rules {
    pub(super) seen: Seen,
    pub(super) is_deduping: bool,
    pub(super) max_depth: u32,
    pub(super) retries: Retries,
    pub(super) bounds: Bounds,
    pub(super) window: usize,
}

/// An item that can be added.
pub(super) struct Prepared {
    packed: Vec<u8>,
    fingerprint: Fingerprint,
    is_repeatable: bool,
    depth: u32,
}

impl Core {
    pub(super) fn new(queue: FetchQueue, rules: Rules, journal: Option<Arc<Journal>>, found: Found) -> Arc<Self> {
        let resumed = Resumed { pending: found.pending, done: found.done, cut: found.cut };
        Arc::new(Self { queue, rules, resumed, journal, state: Mutex::new(State::new(found)) })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(super) fn is_on_disk(&self) -> bool {
        self.journal.is_some()
    }

    /// Checks an item and packs it, which takes no lock.
    pub(super) fn prepare(&self, item: Item) -> Result<Prepared> {
        let url = Url::parse(&item.url)?;
        let fingerprint = self.rules.seen.fingerprint(&item.method, &url, &item.body);
        let packed = journal::pack(&item, fingerprint)?;
        let (is_repeatable, depth) = (item.is_repeatable || !self.rules.is_deduping, item.depth);
        Ok(Prepared { packed, fingerprint, is_repeatable, depth })
    }

    /// Adds it from outside; it is not written yet.
    pub(super) fn add(&self, item: Prepared) -> Result<Added> {
        let mut state = self.lock();
        if let Some(failure) = &state.failure {
            return Err(failure.again());
        }
        if state.is_closed || state.stopping.is_some() {
            return Err(Error::new(Kind::Closed, "the frontier has been stopped").with_phase(Phase::Build));
        }
        let added = self.accept(&mut state, item);
        let pump = self.wanted(&mut state);
        drop(state);
        pump.iter().for_each(Waiter::wake);
        Ok(added)
    }

    /// Under one lock it is seen and put in line: who finds that it has been seen is written after it.
    pub(super) fn accept(&self, state: &mut State, item: Prepared) -> Added {
        if item.depth > self.rules.max_depth {
            state.tally.too_deep += 1;
            return Added::TooDeep;
        }
        let is_new = self.rules.is_deduping && self.rules.seen.insert(item.fingerprint);
        if !is_new && !item.is_repeatable {
            state.tally.duplicates += 1;
            return Added::Duplicate;
        }
        Added::New(state.push(item.packed, self.is_on_disk()))
    }

    /// Bytes that wait to be written.
    pub(super) fn collected(&self) -> usize {
        self.lock().writing.batch.items.len()
    }

    /// Waits until everything that has been noted is written. Not ended by a surrounding scope: what is done is done.
    pub(super) fn commit(&self) -> Result<()> {
        let Some(journal) = &self.journal else { return Ok(()) };
        // Before the lock, so that it goes after it: a coroutine's parker may yield when it is dropped.
        let mut waiter = None;
        let mut state = self.lock();
        let wanted = state.writing.given + u64::from(state.has_unwritten());
        loop {
            // First: what has been written is done, whatever failed after it.
            if state.writing.written >= wanted {
                return Ok(());
            }
            if let Some(failure) = &state.failure {
                return Err(failure.again());
            }
            if state.writing.is_busy {
                let waiter: &Waiter = waiter.get_or_insert_with(Waiter::current);
                state.writing.waiting.push(waiter.clone());
                drop(state);
                waiter.wait(None).ok();
                state = self.lock();
                continue;
            }
            state.writing.is_busy = true;
            drop(state);
            // Others that have ended at the same moment come along: alone, the first would have a sync for itself.
            rt::yield_io();
            let batch = Arc::new(self.lock().give());
            let result = write(journal, &batch);
            self.wrote(&batch, result);
            state = self.lock();
        }
    }

    /// Wakes those who have waited for it, and one who writes what has come meanwhile is among them.
    fn wrote(&self, batch: &Batch, result: Result<()>) {
        let mut state = self.lock();
        state.writing.is_busy = false;
        let failed = match result {
            Ok(()) => {
                state.written(batch);
                None
            }
            Err(error) => {
                // Under this lock: who comes next would write what follows, and with that this would count as written.
                state.failure.get_or_insert(error.again());
                Some(error)
            }
        };
        let pump = self.wanted(&mut state);
        let waiting = std::mem::take(&mut state.writing.waiting);
        drop(state);
        if let Some(error) = failed {
            self.fail(error);
        }
        waiting.iter().chain(&pump).for_each(Waiter::wake);
    }

    /// Without its directory it cannot go on: what is in flight is broken off, and stays pending.
    pub(super) fn fail(&self, error: Error) {
        let mut state = self.lock();
        state.failure.get_or_insert(error);
        state.stopping.get_or_insert(Ended::Stopped);
        let pump = self.wanted(&mut state);
        drop(state);
        self.queue.stop(Stop::Abort);
        pump.iter().for_each(Waiter::wake);
    }

    pub(super) fn read(&self, count: usize) -> Result<Vec<journal::Taken>> {
        match self.journal.clone() {
            Some(journal) => journal::aside(move || journal.read(count)),
            None => {
                let items = self.lock().unshelve(count);
                Ok(items.into_iter().map(|item| journal::Taken { item, not_before: 0 }).collect())
            }
        }
    }

    /// The pump, if there is something for it to do.
    pub(super) fn wanted(&self, state: &mut State) -> Option<Waiter> {
        let has_room = state.open <= self.rules.window / 2;
        let is_wanted =
            state.stopping.is_some() || state.open == 0 || (has_room && (state.has_backlog() || state.is_abandoned()));
        if is_wanted { state.pump.take() } else { None }
    }

    /// One feed more or less.
    pub(super) fn feeds(&self, change: isize) {
        let mut state = self.lock();
        state.feeds = state.feeds.saturating_add_signed(change);
        let pump = self.wanted(&mut state);
        drop(state);
        pump.iter().for_each(Waiter::wake);
    }

    pub(super) fn stop(&self, how: Stop) {
        let mut state = self.lock();
        state.is_closed = true;
        if how != Stop::Drain {
            state.stopping.get_or_insert(Ended::Stopped);
        }
        let pump = self.wanted(&mut state);
        drop(state);
        if how != Stop::Drain {
            self.queue.stop(how);
        }
        pump.iter().for_each(Waiter::wake);
    }

    /// An item stays pending.
    pub(super) fn leave(&self) {
        self.leave_all(1);
    }

    pub(super) fn leave_all(&self, items: usize) {
        let mut state = self.lock();
        state.leave(items);
        let pump = self.wanted(&mut state);
        drop(state);
        pump.iter().for_each(Waiter::wake);
    }

    /// Ends the run for a reason, unless it has ended for another.
    pub(super) fn end(&self, why: Ended, how: Stop) {
        let mut state = self.lock();
        state.stopping.get_or_insert(why);
        let pump = self.wanted(&mut state);
        drop(state);
        self.queue.stop(how);
        pump.iter().for_each(Waiter::wake);
    }

    pub(super) fn progress(&self) -> Progress {
        self.lock().progress()
    }
}

fn write(journal: &Arc<Journal>, batch: &Arc<Batch>) -> Result<()> {
    let (journal, batch) = (journal.clone(), batch.clone());
    journal::aside(move || journal.write(&batch))
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("progress", &self.progress()).finish_non_exhaustive()
    }
}
