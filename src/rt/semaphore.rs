//! Permits in arrival order.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use super::waiter::{Stop, Waiter};

/// A number of permits, given out first come, first served.
///
/// A permit that comes back goes straight to the one who has waited longest; nobody who comes later can take it.
/// Clones share the permits.
///
/// ```
/// use maypole::rt::Semaphore;
/// let semaphore = Semaphore::new(1);
/// let permit = semaphore.acquire(None).unwrap();
/// assert!(semaphore.try_acquire().is_none());
/// drop(permit);
/// assert!(semaphore.try_acquire().is_some());
/// ```
#[derive(Clone)]
pub struct Semaphore(Arc<Mutex<State>>);

struct State {
    free: usize,
    waiting: VecDeque<Arc<Place>>,
}

struct Place {
    granted: AtomicBool,
    waiter: Waiter,
}

impl Semaphore {
    /// A semaphore with `permits` permits.
    pub fn new(permits: usize) -> Self {
        Self(Arc::new(Mutex::new(State { free: permits, waiting: VecDeque::new() })))
    }

    /// Waits for a permit, until `at` at most.
    ///
    /// # Errors
    /// [`Stop::TimedOut`] once `at` has passed.
    pub fn acquire(&self, at: Option<Instant>) -> Result<Permit, Stop> {
        let place = {
            let mut state = self.lock();
            if state.free > 0 {
                state.free -= 1;
                return Ok(Permit(self.clone()));
            }
            let place = Arc::new(Place { granted: AtomicBool::new(false), waiter: Waiter::current() });
            state.waiting.push_back(place.clone());
            place
        };
        let queued = Queued { semaphore: self, place: &place };
        let scope = super::scope::current();
        let at = [at, scope.until().at()].into_iter().flatten().min();
        let _guard = scope.token().map(|token| place.waiter.cancel_with(token));
        while !place.granted.load(SeqCst) {
            place.waiter.wait(at)?;
        }
        std::mem::forget(queued);
        Ok(Permit(self.clone()))
    }

    /// A permit, if one is free.
    pub fn try_acquire(&self) -> Option<Permit> {
        let mut state = self.lock();
        state.free = state.free.checked_sub(1)?;
        Some(Permit(self.clone()))
    }

    /// Adds permits.
    pub fn add(&self, permits: usize) {
        (0..permits).for_each(|_| self.give());
    }

    /// How many permits are free.
    pub fn free(&self) -> usize {
        self.lock().free
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn give(&self) {
        let mut state = self.lock();
        match state.waiting.pop_front() {
            Some(next) => {
                drop(state);
                next.granted.store(true, SeqCst);
                next.waiter.wake();
            }
            None => state.free += 1,
        }
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Semaphore").field("free", &state.free).field("waiting", &state.waiting.len()).finish()
    }
}

/// A place in the queue that is given up: timed out, or the coroutine unwinds.
struct Queued<'a> {
    semaphore: &'a Semaphore,
    place: &'a Arc<Place>,
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        let mut state = self.semaphore.lock();
        let position = state.waiting.iter().position(|place| Arc::ptr_eq(place, self.place));
        match position {
            Some(position) => drop(state.waiting.remove(position)),
            // Taken out, so a permit is on its way here: it goes to the next one.
            None => {
                drop(state);
                self.semaphore.give();
            }
        }
    }
}

/// One permit; dropping it gives it back.
#[must_use = "a permit that is dropped is given back"]
pub struct Permit(Semaphore);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.give();
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Permit")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rt;
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    #[test]
    fn a_thousand_coroutines_never_hold_more_than_the_permits() {
        let semaphore = Semaphore::new(3);
        let (inside, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let all: Vec<_> = (0..1000)
            .map(|_| {
                let (semaphore, inside, peak) = (semaphore.clone(), inside.clone(), peak.clone());
                rt::spawn(move || {
                    let _permit = semaphore.acquire(None).unwrap();
                    peak.fetch_max(inside.fetch_add(1, SeqCst) + 1, SeqCst);
                    rt::yield_io();
                    inside.fetch_sub(1, SeqCst);
                })
                .unwrap()
            })
            .collect();
        all.into_iter().for_each(|handle| handle.join().unwrap());
        assert_eq!((peak.load(SeqCst), semaphore.free()), (3, 3));
    }

    #[test]
    fn giving_up_at_the_moment_of_the_grant_loses_no_permit() {
        let semaphore = Semaphore::new(1);
        let all: Vec<_> = (0..2000)
            .map(|n| {
                let semaphore = semaphore.clone();
                rt::spawn(move || {
                    let at = Instant::now() + Duration::from_micros(n % 300);
                    if let Ok(permit) = semaphore.acquire(Some(at)) {
                        rt::yield_io();
                        drop(permit);
                    }
                })
                .unwrap()
            })
            .collect();
        all.into_iter().for_each(|handle| handle.join().unwrap());
        assert_eq!(semaphore.free(), 1);
    }
}
