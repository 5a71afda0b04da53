//! Where the connection lies between two exchanges, and the body of a response between two reads.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use super::error::{Error, Kind, Result};
use crate::exchange::{Connection, Hold, Incoming};

/// The place of one connection: empty while it is lent to an exchange, and when there is none.
#[derive(Debug, Default)]
pub(super) struct Place(Mutex<Option<Box<Connection>>>);

impl Place {
    pub(super) fn take(&self) -> Option<Box<Connection>> {
        lock(&self.0).take()
    }

    pub(super) fn is_taken(&self) -> bool {
        lock(&self.0).is_some()
    }
}

/// A connection that is lent out; it goes back to its place, or is closed.
#[derive(Debug)]
pub(super) struct Held {
    connection: Box<Connection>,
    place: Arc<Place>,
}

impl Held {
    pub(super) fn new(connection: Box<Connection>, place: &Arc<Place>) -> Self {
        Self { connection, place: place.clone() }
    }
}

impl Deref for Held {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

impl Hold for Held {
    fn give_back(self, _now: Instant) {
        lock(&self.place.0).replace(self.connection);
    }

    fn take(self) -> Connection {
        *self.connection
    }

    fn is_reused(&self) -> bool {
        self.connection.served() > 0
    }
}

/// A body on its connection.
pub(super) type Flow = Box<Incoming<Held>>;

/// Where a body lies while nobody reads it, so that closing the connection closes the body as well.
#[derive(Debug)]
pub(super) struct Shelf(Mutex<Slot>);

#[derive(Debug)]
enum Slot {
    Resting(Flow),
    /// Somebody reads it.
    Taken,
    Closed,
}

impl Shelf {
    pub(super) fn new(flow: Flow) -> Self {
        Self(Mutex::new(Slot::Resting(flow)))
    }

    /// Takes the body to read from it; it must be put back.
    pub(super) fn take(&self) -> Result<Flow> {
        let mut slot = lock(&self.0);
        match std::mem::replace(&mut *slot, Slot::Taken) {
            Slot::Resting(flow) => Ok(flow),
            gone => {
                *slot = gone;
                Err(closed())
            }
        }
    }

    /// Puts it back, unless it was closed meanwhile.
    pub(super) fn put(&self, flow: Flow) {
        let mut slot = lock(&self.0);
        let unwanted = match &*slot {
            // What is read to its end has nothing to close.
            Slot::Closed if !flow.is_over() => Some(flow),
            _ => {
                *slot = Slot::Resting(flow);
                None
            }
        };
        // Closing is a system call: outside of the lock.
        drop(slot);
        drop(unwanted);
    }

    /// Closes the connection under the body, unless the body was read to its end.
    pub(super) fn close(&self) {
        let mut slot = lock(&self.0);
        if matches!(&*slot, Slot::Resting(flow) if flow.is_over()) {
            return;
        }
        let closed = std::mem::replace(&mut *slot, Slot::Closed);
        drop(slot);
        drop(closed);
    }

    /// Whether the body still has a connection.
    pub(super) fn is_open(&self) -> bool {
        match &*lock(&self.0) {
            Slot::Resting(flow) => !flow.is_over(),
            Slot::Taken => true,
            Slot::Closed => false,
        }
    }

    /// Looks at the body, if nobody reads it at this moment and it is not closed.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Flow) -> T) -> Option<T> {
        match &*lock(&self.0) {
            Slot::Resting(flow) => Some(look(flow)),
            Slot::Taken | Slot::Closed => None,
        }
    }
}

pub(super) fn closed() -> Error {
    Error::new(Kind::ResponseClosed, "closed before the body was read to its end; read it before `close`")
}

// Held for some 100 ns and never over a wait.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
