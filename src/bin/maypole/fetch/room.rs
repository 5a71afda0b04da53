//! Room for lines that were read and not fetched yet.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The reader waits here, on its own thread; handlers leave without waiting.
pub(super) struct Room {
    places: Mutex<Places>,
    changed: Condvar,
}

struct Places {
    free: usize,
    is_closed: bool,
}

impl Room {
    pub(super) fn new(places: usize) -> Self {
        Self { places: Mutex::new(Places { free: places, is_closed: false }), changed: Condvar::new() }
    }

    /// For all: a state directory has room for what memory has not.
    pub(super) fn unbounded() -> Self {
        Self::new(usize::MAX / 2)
    }

    fn lock(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place, if one is free now.
    pub(super) fn try_enter(&self) -> bool {
        let mut places = self.lock();
        let is_free = places.free > 0 && !places.is_closed;
        places.free -= usize::from(is_free);
        is_free
    }

    /// Waits for a place; `false`: nobody enters any more.
    pub(super) fn enter(&self) -> bool {
        let full = |places: &mut Places| places.free == 0 && !places.is_closed;
        let mut places = self.changed.wait_while(self.lock(), full).unwrap_or_else(PoisonError::into_inner);
        if !places.is_closed {
            places.free -= 1;
        }
        !places.is_closed
    }

    /// What was there before this run leaves as well, and has never entered.
    pub(super) fn leave(&self) {
        self.lock().free += 1;
        self.changed.notify_one();
    }

    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().is_closed
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    #[test]
    fn who_finds_it_full_waits_for_who_leaves_or_for_its_end() {
        let room = Arc::new(Room::new(1));
        assert!(room.try_enter() && !room.try_enter());
        let waiting = room.clone();
        let entered = thread::spawn(move || (waiting.enter(), waiting.enter(), waiting.try_enter()));
        room.leave();
        room.close();
        let (_, second, third) = entered.join().unwrap();
        assert!(!second && !third && room.is_closed());
    }
}
