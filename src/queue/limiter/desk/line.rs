//! One line: who waits, who has been let go, and the rule.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use crate::error::Error;
use crate::queue::limiter::turn::Turn;

/// When the next of a line may go; knows no clock but what it is told.
pub(in crate::queue::limiter) trait Rule: Send + 'static {
    /// What is kept of who waits.
    type Note: Send + 'static;

    /// Whether one more may be granted.
    fn next(&self, held: Held, now: Instant) -> When;

    /// A granted request goes out.
    fn begun(&mut self, now: Instant) {
        let _ = now;
    }

    /// Whether the line, with nobody in it, may be forgotten: a new one would be the same.
    fn is_fresh(&self, now: Instant) -> bool;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::queue::limiter) enum When {
    Now,
    At(Instant),
    /// Not before something is given back, begins, or the rule is changed.
    Changed,
}

/// Permits out of one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::queue::limiter) struct Held {
    /// Whose requests have not begun.
    pub(in crate::queue::limiter) granted: usize,
    /// Whose requests are under way.
    pub(in crate::queue::limiter) begun: usize,
}

impl Held {
    pub(in crate::queue::limiter) fn all(self) -> usize {
        self.granted + self.begun
    }
}

/// Where a turn goes when rules have changed.
pub(in crate::queue::limiter) enum Moved<R> {
    Line(Arc<str>, R),
    Free,
    Refused(Error),
}

/// The priority, and who came when among all of the desk.
pub(super) type Place = (Reverse<i32>, u64);

pub(super) struct Waiting<N> {
    pub(super) turn: Turn,
    pub(super) note: N,
}

pub(super) struct Line<R: Rule> {
    pub(super) key: Arc<str>,
    pub(super) rule: R,
    pub(super) waiting: BTreeMap<Place, Waiting<R::Note>>,
    pub(super) held: Held,
    /// When it is to be looked at again.
    pub(super) due: Option<Instant>,
    pub(super) used: Instant,
    /// At this length it is looked through for turns that nobody wants.
    sweep_at: usize,
}

/// Shorter lines are not worth looking through.
const SWEPT: usize = 64;

impl<R: Rule> Line<R> {
    pub(super) fn new(key: Arc<str>, rule: R, now: Instant) -> Self {
        let (waiting, held) = (BTreeMap::new(), Held::default());
        Self { key, rule, waiting, held, due: None, used: now, sweep_at: SWEPT }
    }

    /// Behind those of its priority. In a line that never moves, cancelled turns would pile up otherwise.
    pub(super) fn join(&mut self, number: u64, waiting: Waiting<R::Note>) {
        if self.waiting.len() >= self.sweep_at {
            self.waiting.retain(|_, waiting| waiting.turn.is_wanted());
            self.sweep_at = SWEPT.max(2 * self.waiting.len());
        }
        self.waiting.insert((Reverse(waiting.turn.priority()), number), waiting);
    }

    /// Whether somebody waits. Those in front that nobody wants any more go.
    pub(super) fn is_wanted(&mut self) -> bool {
        while let Some(first) = self.waiting.first_entry() {
            if first.get().turn.is_wanted() {
                return true;
            }
            first.remove();
        }
        false
    }

    /// Whether it holds nobody and nothing.
    pub(super) fn is_idle(&self) -> bool {
        self.held.all() == 0 && self.waiting.is_empty()
    }
}
