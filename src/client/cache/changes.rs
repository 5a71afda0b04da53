//! What was invalidated lately, so that an answer which was on its way meanwhile is not kept.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use super::digest::Digest;

/// How many are remembered. An answer that was on its way for longer than that is not kept: it costs a request.
const REMEMBERED: usize = 1024;

#[derive(Debug, Default)]
pub(super) struct Changes(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    turn: u64,
    /// Up to here everything counts as changed.
    all: u64,
    recent: VecDeque<(u64, Digest)>,
}

impl Changes {
    /// The moment that [`since`](Self::since) is asked about later.
    pub(super) fn turn(&self) -> u64 {
        self.lock().turn
    }

    pub(super) fn note(&self, key: Digest) {
        let mut state = self.lock();
        state.turn += 1;
        let turn = state.turn;
        state.recent.push_back((turn, key));
        if state.recent.len() > REMEMBERED {
            state.all = state.recent.pop_front().map_or(state.all, |(turn, _)| turn);
        }
    }

    pub(super) fn note_all(&self) {
        let mut state = self.lock();
        state.turn += 1;
        (state.all, state.recent) = (state.turn, VecDeque::new());
    }

    /// Whether `key` may have changed since `turn`.
    pub(super) fn since(&self, turn: u64, key: &Digest) -> bool {
        let state = self.lock();
        turn < state.all || state.recent.iter().rev().take_while(|(at, _)| *at > turn).any(|(_, other)| other == key)
    }

    /// The turn at which `key` changed last, as far as is remembered.
    pub(super) fn last(&self, key: &Digest) -> u64 {
        let state = self.lock();
        state.recent.iter().rev().find(|(_, other)| other == key).map_or(state.all, |(turn, _)| *turn)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_while_an_answer_was_on_its_way() {
        let (one, other) = (Digest::of([&b"1"[..]]), Digest::of([&b"2"[..]]));
        let changes = Changes::default();
        changes.note(one);
        let turn = changes.turn();
        assert!(!changes.since(turn, &one));
        changes.note(other);
        assert!(changes.since(turn, &other) && !changes.since(turn, &one));
        let turn = changes.turn();
        changes.note_all();
        assert!(changes.since(turn, &one) && !changes.since(changes.turn(), &one));
        let turn = changes.turn();
        (0..=REMEMBERED).for_each(|_| changes.note(other));
        assert!(changes.since(turn, &one), "longer than is remembered");
    }
}
