//! A result on its way from a coroutine to whoever waits for it: a thread, another coroutine, or a task of any executor.
//!
//! ```text
//!   Running ── poll ──▶ Running, with the waker of the last poll
//!      └────── end ───▶ Ended ── poll, take ──▶ Taken
//! ```

use std::mem::replace;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

/// Set once, taken once.
pub(super) struct Ticket<T>(Mutex<State<T>>);

enum State<T> {
    Running(Option<Waker>),
    Ended(std::thread::Result<T>),
    Taken,
}

impl<T> Default for Ticket<T> {
    fn default() -> Self {
        Self(Mutex::new(State::Running(None)))
    }
}

impl<T> Ticket<T> {
    /// Sets the result and wakes who waits for it.
    pub(super) fn end(&self, result: std::thread::Result<T>) {
        let before = replace(&mut *self.lock(), State::Ended(result));
        if let State::Running(Some(waker)) = before {
            waker.wake();
        }
    }

    /// The result, if it has come and nobody has taken it.
    pub(super) fn take(&self) -> Option<std::thread::Result<T>> {
        let mut state = self.lock();
        match replace(&mut *state, State::Taken) {
            State::Ended(result) => Some(result),
            other => {
                *state = other;
                None
            }
        }
    }

    pub(super) fn is_ended(&self) -> bool {
        !matches!(*self.lock(), State::Running(_))
    }

    /// The result, or a promise to wake the waker of this call, and no other, when it comes.
    ///
    /// # Panics
    /// When the result has been taken.
    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<std::thread::Result<T>> {
        let is_known = |state: &State<T>| match state {
            State::Running(waker) => waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())),
            State::Ended(_) | State::Taken => false,
        };
        let mut fresh = None;
        loop {
            let mut state = self.lock();
            if is_known(&state) {
                return Poll::Pending;
            }
            match (replace(&mut *state, State::Taken), fresh.take()) {
                (State::Ended(result), _) => return Poll::Ready(result),
                (State::Running(old), Some(waker)) => {
                    *state = State::Running(Some(waker));
                    drop(state);
                    drop(old);
                    return Poll::Pending;
                }
                // Cloned without the lock, as one is dropped: that is an executor's code, and may do anything.
                (State::Running(old), None) => {
                    *state = State::Running(old);
                    drop(state);
                    fresh = Some(context.waker().clone());
                }
                (State::Taken, _) => {
                    drop(state);
                    panic!("the result of this coroutine has been taken: polled again after it was ready");
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
