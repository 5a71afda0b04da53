//! A socket's place in the workers' event queue. It has one while coroutines wait for it, and none while a plain thread
//! does: each event would wake a worker that has nobody to run (measured: 3 to 5 µs an exchange).

use std::io;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use may::io::{CoIo, WaitIo, WaitIoWaker};

use super::linger::Linger;

/// The registration only: `CoIo` closes what it owns first, and then removes a number from the event queue that may be
/// another socket's by now, or, when a duplicate keeps the connection open, leaves the queue with a pointer to freed memory.
type Io = CoIo<RawFd>;

pub(super) struct Registration {
    io: Mutex<Option<Arc<Io>>>,
    /// Whether `io` is there, for who would only find that it is not.
    there: AtomicBool,
}

/// Wakes the coroutine that waits for the socket, if one does.
#[derive(Default)]
pub(super) struct Wakeup(Mutex<Option<WaitIoWaker>>);

impl Wakeup {
    pub(super) fn wakeup(&self) {
        if let Some(waker) = &*lock(&self.0) {
            waker.wakeup();
        }
    }
}

impl Registration {
    pub(super) fn new() -> Self {
        Self { io: Mutex::default(), there: AtomicBool::new(false) }
    }

    /// Enters the queue, unless it is there; and whether it has just entered. What had come before is an event then, but
    /// a wake-up is lost: who waits looks first whether there was reason for one.
    pub(super) fn enter(&self, socket: RawFd, wakeup: &Wakeup) -> io::Result<(Held, bool)> {
        let mut io = lock(&self.io);
        if let Some(io) = &*io {
            return Ok((Held(io.clone()), false));
        }
        let made = Arc::new(register(socket)?);
        *lock(&wakeup.0) = Some(made.waker());
        self.there.store(true, Relaxed);
        Ok((Held(io.insert(made).clone()), true))
    }

    /// Leaves the queue. Whoever waits there goes on to the end of the wait.
    pub(super) fn leave(&self) {
        if self.there.load(Relaxed) {
            let mut io = lock(&self.io);
            self.there.store(false, Relaxed);
            let left = io.take().map(Held);
            drop(io);
            drop(left);
        }
    }
}

/// A handle to it: the socket stays in the queue as long as one is held.
pub(super) struct Held(Arc<Io>);

impl Held {
    /// Waits for an event or a wake-up, on a coroutine.
    pub(super) fn wait(&self) -> usize {
        self.0.wait_io()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if Arc::strong_count(&self.0) == 1 {
            LEFT.keep((Arc::downgrade(&self.0), self.0.waker()));
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.leave();
    }
}

/// While a coroutine falls asleep in `wait_io` on one worker, an event can wake it on another: the first one then still
/// looks at the registration for a few instructions (`may` 0.3.51, `wait_io.rs`, behind `co.store`), or for as long as
/// the system suspends it there, and meanwhile the woken one may have closed the socket. The end of the registration is
/// not put off, only the end of its memory, which a weak reference keeps.
static LEFT: Linger<(Weak<Io>, WaitIoWaker)> = Linger::new();

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

// Outlined, as everything that reads errno.
#[inline(never)]
fn register(socket: RawFd) -> io::Result<Io> {
    CoIo::new(socket).map_err(io::Error::from)
}
