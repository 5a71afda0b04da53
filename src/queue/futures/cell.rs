//! An outcome on its way to whoever waits for it: a coroutine, a thread, a task of any executor, a callback.
//!
//! ```text
//!   Pending ── complete ──▶ Showing ── callbacks have seen it ──▶ Ready ── take ──▶ Taken
//!                              ▲                                    │
//!                              └──────── one more callback ─────────┘
//! ```
//!
//! Nothing of anybody else's runs under the lock: neither callbacks nor an executor's wakers, nor their destructors.

use std::mem::{replace, take};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use crate::deadline::Until;
use crate::error::{Error, Kind, Result, defuse};
use crate::queue::engine::within_scope;
use crate::rt::{self, Waiter};

type Show<T> = Box<dyn FnOnce(&Result<T>) + Send>;
type Take<T> = Box<dyn FnOnce(Result<T>) + Send>;

/// Set once, taken once.
pub(super) struct Cell<T>(Mutex<State<T>>);

struct State<T> {
    outcome: Outcome<T>,
    waiters: Vec<Waiter>,
    waker: Option<Waker>,
    /// Called with the outcome before anybody can take it.
    shows: Vec<Show<T>>,
    /// Called when it is there.
    tells: Vec<Box<dyn FnOnce() + Send>>,
    /// Gets the outcome, in place of whoever would wait for it.
    taker: Option<Take<T>>,
}

enum Outcome<T> {
    Pending,
    /// With whoever shows it to the callbacks.
    Showing,
    Ready(Box<Result<T>>),
    Taken,
}

impl<T> Outcome<T> {
    fn is_there(&self) -> bool {
        matches!(self, Self::Ready(_) | Self::Taken)
    }
}

impl<T> Default for Cell<T> {
    fn default() -> Self {
        let (waiters, shows, tells) = (Vec::new(), Vec::new(), Vec::new());
        Self(Mutex::new(State { outcome: Outcome::Pending, waiters, waker: None, shows, tells, taker: None }))
    }
}

impl<T> Cell<T> {
    /// Sets the outcome. A second one is dropped.
    pub(super) fn complete(&self, result: Result<T>) {
        let mut state = self.lock();
        if matches!(state.outcome, Outcome::Pending) {
            state.outcome = Outcome::Showing;
            drop(state);
            self.show(Box::new(result));
        }
    }

    /// Shows the outcome to the callbacks, until there is none that has not seen it, and lets it be taken.
    fn show(&self, result: Box<Result<T>>) {
        loop {
            let mut state = self.lock();
            let shows = take(&mut state.shows);
            if shows.is_empty() {
                let (waiters, waker) = (take(&mut state.waiters), state.waker.take());
                let (tells, taker) = (take(&mut state.tells), state.taker.take());
                match taker {
                    None => {
                        state.outcome = Outcome::Ready(result);
                        drop(state);
                    }
                    Some(taker) => {
                        state.outcome = Outcome::Taken;
                        drop(state);
                        taker(*result);
                    }
                }
                return told(waiters, waker, tells);
            }
            drop(state);
            for show in shows {
                // What it wanted to do is lost, and nothing else: the others want the outcome, too.
                guarded(|| show(&result));
            }
        }
    }

    /// Calls `f` with the outcome, once: here and now if it is there. Not any more when it has been taken.
    pub(super) fn on_shown(&self, f: impl FnOnce(&Result<T>) + Send + 'static) {
        let mut state = self.lock();
        match replace(&mut state.outcome, Outcome::Showing) {
            Outcome::Ready(result) => {
                state.shows.push(Box::new(f));
                drop(state);
                self.show(result);
            }
            Outcome::Taken => state.outcome = Outcome::Taken,
            other => {
                state.outcome = other;
                state.shows.push(Box::new(f));
            }
        }
    }

    /// Calls `f` when the outcome is there; here and now if it is already.
    pub(super) fn on_ready(&self, f: impl FnOnce() + Send + 'static) {
        let mut state = self.lock();
        if !state.outcome.is_there() {
            state.tells.push(Box::new(f));
            return;
        }
        drop(state);
        f();
    }

    /// Gives the outcome to `f` when it is there, or at once the error that it has been taken. Nobody else may take it.
    pub(super) fn then(&self, f: impl FnOnce(Result<T>) + Send + 'static) {
        let mut state = self.lock();
        match replace(&mut state.outcome, Outcome::Taken) {
            Outcome::Ready(result) => {
                drop(state);
                f(*result);
            }
            Outcome::Taken => {
                drop(state);
                f(Err(taken()));
            }
            other => {
                state.outcome = other;
                state.taker = Some(Box::new(f));
            }
        }
    }

    /// Waits until it is there, until `at` at most and within the surrounding scope.
    pub(super) fn wait(&self, at: Option<Instant>) -> Result<(), (rt::Stop, Until)> {
        let mut waiter = None;
        loop {
            let mut state = self.lock();
            if state.outcome.is_there() {
                return Ok(());
            }
            let waiter: &Waiter = waiter.get_or_insert_with(Waiter::current);
            state.waiters.push(waiter.clone());
            drop(state);
            if let Err(stopped) = within_scope(waiter, at) {
                let mut state = self.lock();
                state.waiters.retain(|other| !other.is(waiter));
                return if state.outcome.is_there() { Ok(()) } else { Err(stopped) };
            }
        }
    }

    /// The outcome, if it is there and nobody has taken it.
    pub(super) fn take(&self) -> Option<Result<T>> {
        let mut state = self.lock();
        match replace(&mut state.outcome, Outcome::Taken) {
            Outcome::Ready(result) => {
                drop(state);
                Some(*result)
            }
            other => {
                state.outcome = other;
                None
            }
        }
    }

    /// The outcome, or a promise to wake the waker of this call, and no other.
    ///
    /// # Panics
    /// When it has been taken.
    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<Result<T>> {
        let waker = context.waker().clone();
        let mut state = self.lock();
        match replace(&mut state.outcome, Outcome::Taken) {
            Outcome::Ready(result) => {
                drop(state);
                Poll::Ready(*result)
            }
            Outcome::Taken => {
                drop(state);
                panic!("the result of this future has been taken: polled again after it was ready");
            }
            other => {
                state.outcome = other;
                let old = state.waker.replace(waker);
                drop(state);
                drop(old);
                Poll::Pending
            }
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.lock().outcome.is_there()
    }

    /// What went wrong, if something has and nobody has taken the outcome.
    pub(super) fn error(&self) -> Option<Error> {
        match &self.lock().outcome {
            Outcome::Ready(result) => result.as_ref().as_ref().err().map(Error::again),
            _ => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

pub(super) fn taken() -> Error {
    Error::new(Kind::Closed, "the result has been taken before, by polling")
}

fn guarded(run: impl FnOnce()) {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(defuse);
}

fn told(waiters: Vec<Waiter>, waker: Option<Waker>, tells: Vec<Box<dyn FnOnce() + Send>>) {
    waiters.into_iter().for_each(|waiter| waiter.wake());
    if let Some(waker) = waker {
        guarded(|| waker.wake());
    }
    tells.into_iter().for_each(|tell| tell());
}
