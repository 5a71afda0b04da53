//! All shelves, under one lock. Nothing in here waits, closes a connection or runs a caller's code but `Hash` and `Eq`.

use super::Key;
use super::config::IdleOrder;
use super::line::Ticket;
use super::shelf::{Grant, Idle, Shelf};
use super::stats::Stats;
use super::sweep::Sweeper;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

pub(super) struct Rack<K, C> {
    shelves: HashMap<Arc<K>, Shelf<K, C>>,
    idle: usize,
    order: IdleOrder,
    pub(super) closed: bool,
    pub(super) sweeper: Sweeper,
}

/// An idle connection that has to be closed; its place is lent out until that has happened.
pub(super) type Doomed<K, C> = (Arc<K>, Box<Idle<C>>);

impl<K: Key, C> Rack<K, C> {
    pub(super) fn new(order: IdleOrder) -> Self {
        Self { shelves: HashMap::new(), idle: 0, order, closed: false, sweeper: Sweeper::None }
    }

    /// Lends out a place, if there is one.
    pub(super) fn take(&mut self, key: &K, limit: usize) -> Option<(Arc<K>, Grant<C>)> {
        if let Some(shelf) = self.shelves.get_mut(key) {
            let grant = shelf.take(limit)?;
            self.idle -= usize::from(matches!(grant, Grant::Idle(_)));
            return Some((shelf.key.clone(), grant));
        }
        // Cloned only here, once for many uses: that copies what decides, and leaves what does not.
        let key = Arc::new(key.clone());
        let mut shelf = Shelf::new(key.clone(), self.order);
        let grant = shelf.take(limit)?;
        self.shelves.insert(key.clone(), shelf);
        Some((key, grant))
    }

    /// Puts somebody in line who was given nothing under this very lock.
    pub(super) fn queue(&mut self, key: &K, ticket: Arc<Ticket<C>>) -> Arc<K> {
        let shelf = self.shelves.get_mut(key).expect("its places are all lent out");
        shelf.line.push_back(ticket);
        shelf.key.clone()
    }

    /// Exchanges a place that is lent out for an idle connection, if there is one.
    pub(super) fn next_idle(&mut self, key: &K) -> Grant<C> {
        match self.shelves.get_mut(key).and_then(Shelf::next_idle) {
            Some(idle) => {
                self.idle -= 1;
                Grant::Idle(idle)
            }
            None => Grant::Vacant,
        }
    }

    /// Takes back a place whose connection is closed. Returns whom to wake.
    pub(super) fn free(&mut self, key: &K) -> Option<Arc<Ticket<C>>> {
        let shelf = self.shelves.get_mut(key)?;
        if let Ok(first) = shelf.hand_over(Grant::Vacant) {
            return Some(first);
        }
        shelf.in_use -= 1;
        // A crawl of a million hosts must not leave a million empty shelves.
        if shelf.is_empty() {
            self.shelves.remove(key);
        }
        None
    }

    /// Takes back a place with its connection. Returns whom to wake; nobody when it is idle now.
    pub(super) fn put(&mut self, key: &K, idle: Box<Idle<C>>) -> Option<Arc<Ticket<C>>> {
        let shelf = self.shelves.get_mut(key).expect("one of its places is lent out");
        match shelf.hand_over(Grant::Idle(idle)) {
            Ok(first) => return Some(first),
            Err(Grant::Idle(idle)) => {
                shelf.in_use -= 1;
                shelf.idle.push(idle);
                self.idle += 1;
            }
            Err(Grant::Vacant | Grant::Closed) => {}
        }
        None
    }

    /// Leaves the line. `Ok` holds how many are in use and how many were still ahead, `Err` what was handed over at that
    /// very moment.
    pub(super) fn leave(&mut self, key: &K, ticket: &Arc<Ticket<C>>) -> Result<(usize, usize), Grant<C>> {
        if let Some(grant) = ticket.take() {
            return Err(grant);
        }
        let Some(shelf) = self.shelves.get_mut(key) else { return Ok((0, 0)) };
        let ahead = shelf.line.iter().position(|other| Arc::ptr_eq(other, ticket));
        ahead.and_then(|ahead| shelf.line.remove(ahead));
        Ok((shelf.in_use, ahead.unwrap_or(0)))
    }

    /// The connection that is idle the longest, if there are more than `cap`.
    pub(super) fn evict_above(&mut self, cap: usize) -> Option<Doomed<K, C>> {
        if self.idle <= cap {
            return None;
        }
        // A walk over all keys, but only at the cap: some µs for 1,000 keys, against a list to be kept on each return.
        // The first was returned first, whatever the order of use.
        let oldest = self.shelves.values_mut().filter(|shelf| !shelf.idle.is_empty());
        let shelf = oldest.min_by_key(|shelf| shelf.idle[0].since)?;
        shelf.in_use += 1;
        self.idle -= 1;
        Some((shelf.key.clone(), shelf.idle.remove(0)))
    }

    /// Takes out what is over, or everything, and says when the next one will be.
    pub(super) fn doom(&mut self, over: impl Fn(&Idle<C>) -> bool) -> (Vec<Doomed<K, C>>, Option<Instant>) {
        let mut doomed = Vec::new();
        let mut next: Option<Instant> = None;
        for shelf in self.shelves.values_mut() {
            let Shelf { key, idle, in_use, .. } = shelf;
            for gone in idle.extract_if(.., |idle| over(idle)) {
                *in_use += 1;
                doomed.push((key.clone(), gone));
            }
            let soonest = idle.iter().filter_map(|idle| idle.end).min();
            next = next.into_iter().chain(soonest).min();
        }
        self.idle -= doomed.len();
        (doomed, next)
    }

    pub(super) fn drain_lines(&mut self) -> Vec<Arc<Ticket<C>>> {
        self.shelves.values_mut().flat_map(|shelf| shelf.line.drain(..)).collect()
    }

    pub(super) fn has_idle(&self) -> bool {
        self.idle > 0
    }

    pub(super) fn stats(&self) -> Stats {
        let in_use = self.shelves.values().map(|shelf| shelf.in_use).sum();
        let waiting = self.shelves.values().map(|shelf| shelf.line.len()).sum();
        let keys = self.shelves.len();
        Stats { open: self.idle + in_use, idle: self.idle, in_use, waiting, keys, ..Stats::default() }
    }
}
