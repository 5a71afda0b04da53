//! The places of one key: those that are idle, a line of waiters, and how many are lent out.

use super::config::IdleOrder;
use super::line::Ticket;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

/// A connection that nobody uses.
pub(super) struct Idle<C> {
    pub(super) conn: C,
    pub(super) born: Instant,
    /// Since when it lies idle, or is lent out.
    pub(super) since: Instant,
    /// The soonest of idle timeout, lifetime, and what the peer has announced.
    pub(super) end: Option<Instant>,
    pub(super) uses: u64,
}

impl<C> Idle<C> {
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.end.is_some_and(|end| end <= now)
    }
}

/// What a place comes with. Boxed once when a connection is opened, so that handing it around moves a pointer.
pub(super) enum Grant<C> {
    Idle(Box<Idle<C>>),
    Vacant,
    Closed,
}

/// Invariants: `idle.len() + in_use <= limit`; while somebody is in line, nothing is idle and every place is lent out.
pub(super) struct Shelf<K, C> {
    pub(super) key: Arc<K>,
    order: IdleOrder,
    /// In the order in which they came back.
    pub(super) idle: Vec<Box<Idle<C>>>,
    pub(super) in_use: usize,
    pub(super) line: VecDeque<Arc<Ticket<C>>>,
}

impl<K, C> Shelf<K, C> {
    pub(super) fn new(key: Arc<K>, order: IdleOrder) -> Self {
        Self { key, order, idle: Vec::new(), in_use: 0, line: VecDeque::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.in_use == 0 && self.idle.is_empty() && self.line.is_empty()
    }

    /// Takes the idle connection whose turn it is.
    pub(super) fn next_idle(&mut self) -> Option<Box<Idle<C>>> {
        match self.order {
            IdleOrder::Lifo => self.idle.pop(),
            IdleOrder::Fifo if self.idle.is_empty() => None,
            // Moves as many pointers as there are idle connections of one host.
            IdleOrder::Fifo => Some(self.idle.remove(0)),
        }
    }

    /// Lends out a place, if there is one: an idle connection, or else a vacant one.
    pub(super) fn take(&mut self, limit: usize) -> Option<Grant<C>> {
        let grant = match self.next_idle() {
            Some(idle) => Grant::Idle(idle),
            None if self.in_use < limit => Grant::Vacant,
            None => return None,
        };
        self.in_use += 1;
        Some(grant)
    }

    /// Hands a place that is lent out to the first in line, who has to be woken; or gives it back to the caller.
    pub(super) fn hand_over(&mut self, grant: Grant<C>) -> Result<Arc<Ticket<C>>, Grant<C>> {
        match self.line.pop_front() {
            Some(first) => {
                first.put(grant);
                Ok(first)
            }
            None => Err(grant),
        }
    }
}
