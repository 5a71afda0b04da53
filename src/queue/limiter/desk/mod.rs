//! Lines of turns, each with a rule that says when the first may go: what all limiters here have in common.
//!
//! ```text
//!   ask ──▶ nobody waits, the rule says now ──▶ Granted ─ begin ─▶ begun ─ release ─┐
//!    │                                             ▲  └── unused ──────────────────┤
//!    └────▶ waiting, highest priority first ───────┘                               ▼
//!                 ▲      the time has come (alarm), or something was given back: look at the line again
//! ```
//!
//! A granted request counts for its rule when it begins. Until then it holds its place, so that those granted while all
//! workers are busy do not go out as one burst later, and one that is cancelled meanwhile costs the others nothing.

mod line;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

pub(super) use line::{Held, Moved, Rule, When};
use state::State;

use super::asking::Acquire;
use super::permit::{Permit, Release};
use super::turn::Turn;
use crate::rt::{Alarm, Ring};

/// All lines of one limiter; clones are the same.
pub(super) struct Desk<R: Rule>(Arc<Shared<R>>);

impl<R: Rule> Clone for Desk<R> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

struct Shared<R: Rule> {
    state: Mutex<State<R>>,
    alarm: Alarm,
    me: Weak<Self>,
}

/// Rings when a line's time has come.
struct Due<R: Rule>(Weak<Shared<R>>);

impl<R: Rule> Ring for Due<R> {
    fn ring(&self) {
        if let Some(shared) = self.0.upgrade() {
            let mut state = shared.lock();
            state.due(Instant::now());
            shared.go_on(state);
        }
    }
}

/// One line, seen from outside.
pub(super) struct Seen<R> {
    pub(super) rule: R,
    pub(super) held: Held,
    pub(super) waiting: usize,
}

impl<R: Rule> Desk<R> {
    pub(super) fn new() -> Self {
        Self(Arc::new_cyclic(|me: &Weak<Shared<R>>| Shared {
            state: Mutex::new(State::new()),
            alarm: Alarm::new(Due(me.clone())),
            me: me.clone(),
        }))
    }

    /// A permit of the line `key`, now or later; `make` says what its rule is if it is new.
    pub(super) fn ask(
        &self,
        key: &str,
        make: impl FnOnce() -> R,
        turn: &Turn,
        note: impl FnOnce() -> R::Note,
    ) -> Acquire {
        let mut state = self.0.lock();
        let index = state.open(key, make, Instant::now());
        if state.grants_at_once(index, Instant::now()) {
            return Acquire::Granted(self.0.permit(index));
        }
        state.join(index, turn.clone(), note());
        self.0.go_on(state);
        Acquire::Queued
    }

    /// Changes a line's rule, and grants what it allows then.
    pub(super) fn change<T>(&self, key: &str, make: impl FnOnce() -> R, f: impl FnOnce(&mut R) -> T) -> T {
        let mut state = self.0.lock();
        let index = state.open(key, make, Instant::now());
        let result = state.change(index, f);
        self.0.go_on(state);
        result
    }

    /// Asks for every turn that waits where it belongs now, in their order, after `f` has changed the rules of the lines.
    pub(super) fn rearrange(&self, f: impl FnMut(&str, &mut R), place: impl Fn(&R::Note) -> Moved<R>) {
        let mut state = self.0.lock();
        let settled = state.rearrange(f, place, Instant::now());
        self.0.go_on(state);
        for (turn, error) in settled {
            match error {
                Some(error) => turn.refuse(error),
                None => turn.grant(Permit::free()),
            }
        }
    }

    /// A line as it is.
    pub(super) fn see(&self, key: &str) -> Option<Seen<R>>
    where
        R: Clone,
    {
        self.0.lock().see(key)
    }

    /// The names of all lines.
    pub(super) fn keys(&self) -> Vec<Arc<str>> {
        self.0.lock().keys()
    }
}

impl<R: Rule> Shared<R> {
    fn lock(&self) -> MutexGuard<'_, State<R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn permit(&self, index: u32) -> Permit {
        match self.me.upgrade() {
            Some(me) => Permit::new(me, u64::from(index)),
            None => Permit::free(),
        }
    }

    /// Grants whatever can be granted. A turn that is granted without the lock may come back here, if nobody wants it any
    /// more: only the first call grants, so that a line of a million cancelled turns is a loop and not a recursion.
    fn go_on<'a>(&'a self, mut state: MutexGuard<'a, State<R>>) {
        if state.granting {
            return;
        }
        state.granting = true;
        let unwinding = Unwinding(self);
        while let Some((turn, index)) = state.next_granted(Instant::now()) {
            drop(state);
            turn.grant(self.permit(index));
            state = self.lock();
        }
        std::mem::forget(unwinding);
        state.granting = false;
        self.alarm.set(state.next_due());
    }
}

/// The end of a job may end what its program has moved into it, and that may panic: the limiter goes on.
struct Unwinding<'a, R: Rule>(&'a Shared<R>);

impl<R: Rule> Drop for Unwinding<'_, R> {
    fn drop(&mut self) {
        self.0.lock().granting = false;
    }
}

impl<R: Rule> Release for Shared<R> {
    fn begin(&self, key: u64) {
        let mut state = self.lock();
        state.begun(key as u32, Instant::now());
        self.go_on(state);
    }

    fn release(&self, key: u64) {
        let mut state = self.lock();
        state.released(key as u32);
        self.go_on(state);
    }

    fn unused(&self, key: u64) {
        let mut state = self.lock();
        state.unused(key as u32);
        self.go_on(state);
    }
}
