//! Standing in line: what a waiter holds, and how it leaves on every path.

use super::lease::Hold;
use super::refused::Refused;
use super::shared::Shared;
use super::shelf::Grant;
use super::{Key, Pooled};
use crate::rt::{Stop, Waiter};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// A waiter's place in the line, and where it is handed what it waits for.
pub(super) struct Ticket<C> {
    waiter: Waiter,
    grant: Mutex<Option<Grant<C>>>,
}

impl<C> Ticket<C> {
    pub(super) fn new(waiter: Waiter) -> Self {
        Self { waiter, grant: Mutex::new(None) }
    }

    /// Only under the rack's lock, so that a waiter who leaves under that lock knows whether it was handed something.
    pub(super) fn put(&self, grant: Grant<C>) {
        *self.grant() = Some(grant);
    }

    pub(super) fn take(&self) -> Option<Grant<C>> {
        self.grant().take()
    }

    /// Outside the rack's lock: the one that wakes up wants it.
    pub(super) fn wake(&self) {
        self.waiter.wake();
    }

    fn grant(&self) -> std::sync::MutexGuard<'_, Option<Grant<C>>> {
        self.grant.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Somebody in line. Dropping it, by a deadline or by a panic that unwinds, leaves the line and passes on what was handed
/// over meanwhile.
pub(super) struct Queued<'a, K: Key, C: Pooled> {
    shared: &'a Arc<Shared<K, C>>,
    key: Arc<K>,
    ticket: Arc<Ticket<C>>,
    in_line: bool,
}

impl<'a, K: Key, C: Pooled> Queued<'a, K, C> {
    pub(super) fn new(shared: &'a Arc<Shared<K, C>>, key: Arc<K>, ticket: Arc<Ticket<C>>) -> Self {
        Self { shared, key, ticket, in_line: true }
    }

    pub(super) fn wait(mut self, at: Option<Instant>) -> Result<Grant<C>, Refused> {
        let start = Instant::now();
        loop {
            let stopped = self.ticket.waiter.wait(at);
            match (self.ticket.take(), stopped) {
                (Some(Grant::Closed), _) => {
                    self.in_line = false;
                    return Err(Refused::Closed);
                }
                (Some(grant), Ok(())) => {
                    self.in_line = false;
                    return Ok(grant);
                }
                // Handed over at the very moment of giving up: for the next one.
                (Some(grant), Err(stop)) => {
                    self.in_line = false;
                    pass_on(self.shared, &self.key, grant);
                    return Err(self.refused(stop, start, (self.shared.config.limit(), 0)));
                }
                (None, Ok(())) => {}
                (None, Err(stop)) => {
                    let seen = self.leave();
                    return Err(self.refused(stop, start, seen));
                }
            }
        }
    }

    fn refused(&self, stop: Stop, start: Instant, (in_use, ahead): (usize, usize)) -> Refused {
        match stop {
            Stop::TimedOut => {
                Refused::TimedOut { waited: start.elapsed(), in_use, limit: self.shared.config.limit(), ahead }
            }
            Stop::Cancelled => Refused::Cancelled,
        }
    }

    fn leave(&mut self) -> (usize, usize) {
        self.in_line = false;
        let left = self.shared.lock().leave(&self.key, &self.ticket);
        left.unwrap_or_else(|grant| {
            pass_on(self.shared, &self.key, grant);
            (self.shared.config.limit(), 0)
        })
    }
}

fn pass_on<K: Key, C: Pooled>(shared: &Arc<Shared<K, C>>, key: &Arc<K>, grant: Grant<C>) {
    let hold = match &grant {
        Grant::Closed => return,
        Grant::Idle(_) | Grant::Vacant => Hold::new(shared.clone(), key.clone()),
    };
    if let Grant::Idle(idle) = grant {
        hold.put(idle);
    }
}

impl<K: Key, C: Pooled> Drop for Queued<'_, K, C> {
    fn drop(&mut self) {
        if self.in_line {
            self.leave();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::shared::Taking;
    use crate::pool::{Config, Pool};
    use std::time::Duration;

    struct Conn;

    impl Pooled for Conn {
        fn is_alive(&mut self, _idle: Duration) -> bool {
            true
        }
    }

    /// Two stand in line; the first is handed the only place, and has not noticed yet.
    fn handed_over(test: impl FnOnce(Queued<'_, u8, Conn>)) {
        let pool: Pool<u8, Conn> = Pool::new(Config { max_per_key: 1, ..Config::default() });
        let slot = pool.checkout(&1, None, None).unwrap();
        let queue = || match pool.0.take_or_queue(&1, Waiter::current()).unwrap() {
            Taking::InLine(key, ticket) => Queued::new(&pool.0, key, ticket),
            Taking::Taken(_) => panic!("the only place is taken"),
        };
        let (first, second) = (queue(), queue());
        std::mem::forget(slot);
        assert!(pool.0.lock().free(&1).is_some_and(|ticket| Arc::ptr_eq(&ticket, &first.ticket)));
        test(first);
        assert!(matches!(second.wait(Some(Instant::now() + Duration::from_secs(10))), Ok(Grant::Vacant)));
        assert_eq!((pool.stats().in_use, pool.stats().waiting), (1, 0));
    }

    #[test]
    fn c61_what_is_handed_over_at_the_very_moment_of_a_timeout_goes_to_the_next() {
        handed_over(|first| {
            assert!(matches!(first.wait(Some(Instant::now())), Err(Refused::TimedOut { .. })));
        });
    }

    #[test]
    fn c61_what_is_handed_over_while_a_panic_unwinds_goes_to_the_next() {
        handed_over(|first| drop(first));
    }
}
