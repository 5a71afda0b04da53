//! The lines of one lane, by priority.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::line::Line;
use super::slots::Slots;
use super::task::Task;

/// Most lanes have one priority, and with it no memory of their own here; a crawl that scores its links has thousands.
pub(super) struct Levels {
    /// Of those at the top.
    priority: i32,
    top: Line,
    /// Lower ones, none empty.
    rest: BTreeMap<Reverse<i32>, Line>,
}

impl Levels {
    pub(super) const EMPTY: Self = Self { priority: 0, top: Line::EMPTY, rest: BTreeMap::new() };

    /// The highest priority that somebody has.
    pub(super) fn priority(&self) -> Option<i32> {
        (!self.top.is_empty()).then_some(self.priority)
    }

    pub(super) fn push<T: Task>(&mut self, slots: &mut Slots<T>, job: u32, in_front: bool) {
        let priority = slots[job].priority;
        if self.top.is_empty() {
            self.priority = priority;
        } else if priority > self.priority {
            self.rest.insert(Reverse(self.priority), self.top);
            (self.priority, self.top) = (priority, Line::EMPTY);
        }
        match priority == self.priority {
            true => &mut self.top,
            false => self.rest.entry(Reverse(priority)).or_insert(Line::EMPTY),
        }
        .push(slots, job, in_front);
    }

    pub(super) fn pop<T: Task>(&mut self, slots: &mut Slots<T>) -> Option<u32> {
        let job = self.top.pop(slots);
        self.settle();
        job
    }

    pub(super) fn remove<T: Task>(&mut self, slots: &mut Slots<T>, job: u32) {
        let priority = slots[job].priority;
        if priority == self.priority {
            self.top.remove(slots, job);
            self.settle();
        } else if let Some(line) = self.rest.get_mut(&Reverse(priority)) {
            line.remove(slots, job);
            if line.is_empty() {
                self.rest.remove(&Reverse(priority));
            }
        }
    }

    fn settle(&mut self) {
        if self.top.is_empty()
            && let Some((Reverse(priority), line)) = self.rest.pop_first()
        {
            (self.priority, self.top) = (priority, line);
        }
    }
}
