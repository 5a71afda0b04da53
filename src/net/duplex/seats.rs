//! Registrations for readiness of one socket.

use std::ops::Deref;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::rt::Socket;

/// The seats of one connection: who reads or writes holds one for itself alone, from the first try to the last wait.
///
/// An edge comes once to each seat. If two shared one, the first to look would take the other's; and a seat that is
/// taken only behind a try that would have blocked may have lost its edge in between.
#[derive(Debug)]
pub(super) struct Seats {
    first: Arc<Socket>,
    taken: AtomicBool,
    crowded: AtomicBool,
    // Those that nobody sits on, as many as there were calls at once.
    more: Mutex<Vec<Socket>>,
}

impl Seats {
    pub(super) fn new(first: Arc<Socket>) -> Self {
        Self { first, taken: AtomicBool::new(false), crowded: AtomicBool::new(false), more: Mutex::default() }
    }

    pub(super) fn first(&self) -> &Arc<Socket> {
        &self.first
    }

    pub(super) fn into_first(self) -> Arc<Socket> {
        self.first
    }

    /// Whether two calls have ever been under way at once.
    pub(super) fn is_crowded(&self) -> bool {
        self.crowded.load(SeqCst)
    }

    pub(super) fn sit(&self) -> std::io::Result<Seat<'_>> {
        if self.taken.compare_exchange(false, true, Acquire, Relaxed).is_ok() {
            return Ok(Seat { seats: self, own: None });
        }
        self.another()
    }

    // Outlined: few connections ever need it.
    #[inline(never)]
    fn another(&self) -> std::io::Result<Seat<'_>> {
        self.crowded.store(true, SeqCst);
        let free = self.lock().pop();
        let own = free.map_or_else(|| self.first.try_clone(), Ok)?;
        Ok(Seat { seats: self, own: Some(own) })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Socket>> {
        self.more.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// A seat that is held.
pub(super) struct Seat<'a> {
    seats: &'a Seats,
    own: Option<Socket>,
}

impl Deref for Seat<'_> {
    type Target = Socket;

    fn deref(&self) -> &Socket {
        self.own.as_ref().unwrap_or(&self.seats.first)
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        // A coroutine that `may` cancels unwinds out of a wait: its registration is not used again.
        if std::thread::panicking() {
            return;
        }
        match self.own.take() {
            Some(own) => self.seats.lock().push(own),
            None => self.seats.taken.store(false, Release),
        }
    }
}
