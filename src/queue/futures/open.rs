//! The futures of a session that have not ended.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use crate::error::{Error, Kind, Result};
use crate::queue::engine::{Stop, within_scope};
use crate::rt::Waiter;

/// One of them.
pub(super) trait Member: Send + Sync {
    /// Takes it back, if it has not begun. [`refuse`](Self::refuse) is to follow.
    fn withdraw(&self) -> bool;
    /// Tells whoever waits for it that it was taken back.
    fn refuse(&self, why: &'static str);
    fn abort(&self) -> bool;
    fn is_waiting(&self) -> bool;
}

#[derive(Default)]
pub(super) struct Open {
    numbers: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    closed: Option<Stop>,
    /// In the order in which they were sent.
    members: BTreeMap<u64, Arc<dyn Member>>,
    waiters: Vec<Waiter>,
}

impl Open {
    pub(super) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Relaxed)
    }

    pub(super) fn enter(&self, number: u64, member: Arc<dyn Member>) -> Result<()> {
        let mut state = self.lock();
        if state.closed.is_some() {
            return Err(Error::new(Kind::Closed, "the session has been closed"));
        }
        state.members.insert(number, member);
        Ok(())
    }

    /// Those that leave have told their result.
    pub(super) fn leave(&self, number: u64) {
        let mut state = self.lock();
        let gone = state.members.remove(&number);
        let waiters = if state.members.is_empty() { std::mem::take(&mut state.waiters) } else { Vec::new() };
        drop(state);
        drop(gone);
        waiters.into_iter().for_each(|waiter| waiter.wake());
    }

    /// Lets nobody in any more, and ends as many as is asked for. Returns those that are still to be told.
    pub(super) fn close(&self, how: Stop) -> Vec<Arc<dyn Member>> {
        let mut state = self.lock();
        state.closed = state.closed.max(Some(how));
        let members: Vec<_> = match how {
            Stop::Drain => Vec::new(),
            Stop::CancelQueued | Stop::Abort => state.members.values().cloned().collect(),
        };
        drop(state);
        let (withdrawn, running): (Vec<_>, Vec<_>) = members.into_iter().partition(|member| member.withdraw());
        if how == Stop::Abort {
            for member in running {
                member.abort();
            }
        }
        withdrawn
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed.is_some()
    }

    /// How many wait for a worker, and how many have one.
    pub(super) fn counts(&self) -> (usize, usize) {
        let members: Vec<_> = self.lock().members.values().cloned().collect();
        let waiting = members.iter().filter(|member| member.is_waiting()).count();
        (waiting, members.len() - waiting)
    }

    pub(super) fn len(&self) -> usize {
        self.lock().members.len()
    }

    /// Waits until all have ended, until `at` at most and within the surrounding scope; whether they have.
    pub(super) fn wait(&self, at: Option<Instant>) -> bool {
        let mut waiter = None;
        loop {
            let mut state = self.lock();
            if state.members.is_empty() {
                return true;
            }
            let waiter: &Waiter = waiter.get_or_insert_with(Waiter::current);
            state.waiters.push(waiter.clone());
            drop(state);
            if within_scope(waiter, at).is_err() {
                let mut state = self.lock();
                state.waiters.retain(|other| !other.is(waiter));
                return state.members.is_empty();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
