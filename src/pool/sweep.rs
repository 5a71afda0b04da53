//! Closing idle connections without traffic: a coroutine that exists while something idle will expire, and a little
//! longer.
//!
//! ```text
//!   None ── a connection becomes idle ─► Starting ─► Running, asleep until the soonest end ── twice nothing to end ─► None
//! ```
//!
//! It holds the pool weakly and only while it looks, so that it never keeps one alive; the pool's end wakes it.

use super::shared::Shared;
use super::{Key, Pooled};
use crate::rt::{self, Waiter};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// The least time between two looks: with 10,000 idle connections that end one by one, a look at all of them costs some
/// 100 µs. A checkout never takes one that is over, so that being late is only about the descriptor.
const GRAIN: Duration = Duration::from_millis(50);

/// The longest it stays with nothing to do.
const LINGER: Duration = Duration::from_secs(60);

pub(super) enum Sweeper {
    None,
    Starting,
    Running { waiter: Waiter, at: Instant },
}

/// What has to happen outside the lock.
pub(super) enum Call {
    Nobody,
    Start,
    Wake(Waiter),
}

impl Sweeper {
    /// A connection became idle that is over at `end`.
    pub(super) fn call_for(&mut self, end: Option<Instant>) -> Call {
        match (&mut *self, end) {
            (Self::None, Some(_)) => {
                *self = Self::Starting;
                Call::Start
            }
            // `end` is before its next look by more than it would be put off anyway.
            (Self::Running { waiter, at }, Some(end)) if end + GRAIN < *at => {
                *at = end;
                Call::Wake(waiter.clone())
            }
            _ => Call::Nobody,
        }
    }

    /// Nothing is idle any more.
    pub(super) fn call_off(&self) -> Call {
        match self {
            Self::Running { waiter, .. } => Call::Wake(waiter.clone()),
            Self::None | Self::Starting => Call::Nobody,
        }
    }
}

pub(super) fn answer<K: Key, C: Pooled>(shared: &Arc<Shared<K, C>>, call: Call) {
    match call {
        Call::Nobody => {}
        Call::Wake(sweeper) => sweeper.wake(),
        Call::Start => {
            let pool = Arc::downgrade(shared);
            // Without one, checkouts still refuse what is over, and the next return tries again.
            if rt::spawn(move || sweep(&pool)).is_err() {
                shared.lock().sweeper = Sweeper::None;
            }
        }
    }
}

fn sweep<K: Key, C: Pooled>(pool: &Weak<Shared<K, C>>) {
    let waiter = Waiter::current();
    let mut found_nothing = false;
    while let Some(shared) = pool.upgrade() {
        let now = Instant::now();
        let mut rack = shared.lock();
        let (doomed, next) = rack.doom(|idle| idle.is_over(now));
        // Under load everything is in use at most moments: a sweeper that ended then would be spawned again by the next
        // return, once every dozen requests. It stays for one more idle timeout.
        let linger = (!found_nothing && !rack.closed).then(|| now + shared.config.idle_timeout.min(LINGER));
        found_nothing = next.is_none();
        let next = next.or(linger).map(|end| end.max(now + GRAIN));
        rack.sweeper = match next {
            Some(at) => Sweeper::Running { waiter: waiter.clone(), at },
            None => Sweeper::None,
        };
        drop(rack);
        shared.bury(doomed);
        drop(shared);
        let Some(at) = next else { return };
        // By the time, by an earlier end, or by the pool's own end: all three mean to look again.
        let _ = waiter.wait(Some(at));
    }
}
