//! What a checkout hands out. Each frees its place on every path, and none of them waits in doing so.

use super::shared::Shared;
use super::shelf::{Grant, Idle};
use super::{Key, Pooled};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Instant;

/// What a checkout got.
#[derive(Debug)]
pub enum Checkout<K: Key, C: Pooled> {
    /// A connection that was idle and is alive.
    Reused(Lease<K, C>),
    /// A place for a connection that the caller opens now.
    Vacant(Slot<K, C>),
}

/// A place without a connection. Dropping it frees the place.
#[must_use = "dropping it frees the place"]
pub struct Slot<K: Key, C: Pooled>(pub(super) Hold<K, C>);

impl<K: Key, C: Pooled> Slot<K, C> {
    /// Puts a fresh connection into the place.
    pub fn fill(self, conn: C) -> Lease<K, C> {
        self.0.shared.counters.created();
        let now = Instant::now();
        let idle = Idle { conn, born: now, since: now, end: None, uses: 0 };
        Lease { idle: Box::new(idle), hold: self.0 }
    }
}

/// A connection that is lent out. Dropping it closes the connection, then frees the place.
#[must_use = "dropping it closes the connection"]
pub struct Lease<K: Key, C: Pooled> {
    // Dropped in this order: a place is free only when its connection is closed.
    idle: Box<Idle<C>>,
    hold: Hold<K, C>,
}

impl<K: Key, C: Pooled> Lease<K, C> {
    pub(super) fn again(idle: Box<Idle<C>>, hold: Hold<K, C>) -> Self {
        Self { idle, hold }
    }

    /// Returns the connection for the next one to use, unless it is worn out or the pool is closed. Never waits.
    pub fn give_back(self) {
        self.give_back_at(Instant::now());
    }

    /// The same for who has just read the clock.
    pub(crate) fn give_back_at(self, now: Instant) {
        let Self { mut idle, hold } = self;
        let config = &hold.shared.config;
        idle.uses += 1;
        idle.since = now;
        let ends = [config.end_of_life(idle.born), now.checked_add(config.idle_timeout), idle.conn.expires()];
        idle.end = ends.into_iter().flatten().min();
        if config.is_worn_out(idle.uses) || idle.is_over(now) {
            drop(idle);
            drop(hold);
        } else {
            hold.put(idle);
        }
    }

    /// Closes the connection and keeps its place, to open a fresh one in.
    pub fn vacate(self) -> Slot<K, C> {
        let Self { idle, hold } = self;
        drop(idle);
        Slot(hold)
    }

    /// Takes the connection out of the pool for good; its place is free for another one.
    pub fn take(self) -> C {
        drop(self.hold);
        self.idle.conn
    }

    /// Whether the connection was used before.
    pub fn is_reused(&self) -> bool {
        self.idle.uses > 0
    }

    /// Since when it is lent out.
    pub fn since(&self) -> Instant {
        self.idle.since
    }

    /// When the connection was put into the pool.
    pub fn born(&self) -> Instant {
        self.idle.born
    }
}

impl<K: Key, C: Pooled> Deref for Lease<K, C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.idle.conn
    }
}

impl<K: Key, C: Pooled> DerefMut for Lease<K, C> {
    fn deref_mut(&mut self) -> &mut C {
        &mut self.idle.conn
    }
}

/// A place that is lent out; dropping it frees it.
pub(super) struct Hold<K: Key, C: Pooled> {
    pub(super) shared: Arc<Shared<K, C>>,
    key: Arc<K>,
    lent: bool,
}

impl<K: Key, C: Pooled> Hold<K, C> {
    pub(super) fn new(shared: Arc<Shared<K, C>>, key: Arc<K>) -> Self {
        Self { shared, key, lent: true }
    }

    /// For a place whose connection was just closed.
    pub(super) fn next_idle(&self) -> Grant<C> {
        self.shared.lock().next_idle(&self.key)
    }

    /// Gives the place back together with its connection.
    pub(super) fn put(mut self, idle: Box<Idle<C>>) {
        match self.shared.put(&self.key, idle) {
            Ok(()) => self.lent = false,
            // First closed, then free.
            Err(refused) => drop(refused),
        }
    }
}

impl<K: Key, C: Pooled> Drop for Hold<K, C> {
    fn drop(&mut self) {
        if self.lent {
            self.shared.free(&self.key);
        }
    }
}

impl<K: Key, C: Pooled> fmt::Debug for Slot<K, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot")
    }
}

impl<K: Key, C: Pooled> fmt::Debug for Lease<K, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").field("uses", &self.idle.uses).finish_non_exhaustive()
    }
}
