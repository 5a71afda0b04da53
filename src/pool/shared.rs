//! The rack behind its lock, and what has to happen after the lock is gone: waking, closing, sweeping.

use super::config::Config;
use super::lease::{Hold, Lease};
use super::line::Ticket;
use super::rack::{Doomed, Rack};
use super::refused::Refused;
use super::shelf::{Grant, Idle};
use super::stats::{Counters, Stats};
use super::sweep::{self, Call};
use super::{Key, Pooled};
use crate::rt::Waiter;
use std::sync::{Arc, Mutex, MutexGuard};

pub(super) struct Shared<K: Key, C: Pooled> {
    pub(super) config: Config,
    pub(super) counters: Counters,
    rack: Mutex<Rack<K, C>>,
}

pub(super) type Taken<K, C> = (Arc<K>, Grant<C>);

pub(super) enum Taking<K, C> {
    Taken(Taken<K, C>),
    InLine(Arc<K>, Arc<Ticket<C>>),
}

impl<K: Key, C: Pooled> Shared<K, C> {
    pub(super) fn new(config: Config) -> Self {
        Self { config, counters: Counters::default(), rack: Mutex::new(Rack::new(config.idle_order)) }
    }

    // A std mutex: it is held for some 100 ns and never over a wait, so that it also fits destructors.
    pub(super) fn lock(&self) -> MutexGuard<'_, Rack<K, C>> {
        self.rack.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(super) fn try_take(&self, key: &K) -> Result<Option<Taken<K, C>>, Refused> {
        let mut rack = self.lock();
        if rack.closed { Err(Refused::Closed) } else { Ok(rack.take(key, self.config.limit())) }
    }

    /// As [`try_take`](Self::try_take), but stands in line when there is nothing.
    pub(super) fn take_or_queue(&self, key: &K, waiter: Waiter) -> Result<Taking<K, C>, Refused> {
        let ticket = Arc::new(Ticket::new(waiter));
        let mut rack = self.lock();
        if rack.closed {
            return Err(Refused::Closed);
        }
        if let Some(taken) = rack.take(key, self.config.limit()) {
            return Ok(Taking::Taken(taken));
        }
        Ok(Taking::InLine(rack.queue(key, ticket.clone()), ticket))
    }

    /// Takes back a place whose connection is closed.
    pub(super) fn free(&self, key: &K) {
        let first = self.lock().free(key);
        if let Some(first) = first {
            first.wake();
        }
    }

    /// Takes back a place with its connection, unless the pool is closed.
    pub(super) fn put(self: &Arc<Self>, key: &Arc<K>, idle: Box<Idle<C>>) -> Result<(), Box<Idle<C>>> {
        let end = idle.end;
        let mut rack = self.lock();
        if rack.closed {
            return Err(idle);
        }
        if let Some(first) = rack.put(key, idle) {
            drop(rack);
            first.wake();
            return Ok(());
        }
        let evicted = rack.evict_above(self.config.max_idle_total);
        let call = if rack.has_idle() { rack.sweeper.call_for(end) } else { Call::Nobody };
        drop(rack);
        self.bury(evicted);
        sweep::answer(self, call);
        Ok(())
    }

    pub(super) fn close(self: &Arc<Self>) {
        let mut rack = self.lock();
        rack.closed = true;
        let waiting = rack.drain_lines();
        waiting.iter().for_each(|ticket| ticket.put(Grant::Closed));
        let (idle, _) = rack.doom(|_| true);
        let call = rack.sweeper.call_off();
        drop(rack);
        waiting.iter().for_each(|ticket| ticket.wake());
        self.bury(idle);
        sweep::answer(self, call);
    }

    /// Closes connections, then frees their places. Never under the lock.
    pub(super) fn bury(self: &Arc<Self>, doomed: impl IntoIterator<Item = Doomed<K, C>>) {
        for (key, idle) in doomed {
            self.counters.discarded();
            drop(Lease::again(idle, Hold::new(self.clone(), key)));
        }
    }

    pub(super) fn stats(&self) -> Stats {
        let now = self.lock().stats();
        self.counters.add_to(now)
    }
}

impl<K: Key, C: Pooled> Drop for Shared<K, C> {
    fn drop(&mut self) {
        let rack = self.rack.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner());
        // It finds the pool gone, and ends now instead of at the next idle timeout.
        if let Call::Wake(sweeper) = rack.sweeper.call_off() {
            sweeper.wake();
        }
    }
}
