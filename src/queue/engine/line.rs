//! A line of jobs, linked through their slots: a job that is taken back leaves it from anywhere, without a search and
//! without a trace.

use super::slots::{NONE, Slots};
use super::task::Task;

#[derive(Clone, Copy)]
pub(super) struct Line {
    first: u32,
    last: u32,
    /// The last of those in front, which have had their turn before and stand there in the order in which they came back.
    returned: u32,
}

impl Line {
    pub(super) const EMPTY: Self = Self { first: NONE, last: NONE, returned: NONE };

    pub(super) fn is_empty(&self) -> bool {
        self.first == NONE
    }

    pub(super) fn push<T: Task>(&mut self, slots: &mut Slots<T>, job: u32, in_front: bool) {
        let before = if in_front { self.returned } else { self.last };
        let after = if before == NONE { self.first } else { slots[before].after };
        if in_front {
            self.returned = job;
        }
        (slots[job].before, slots[job].after) = (before, after);
        self.link(slots, before, job);
        self.link(slots, job, after);
    }

    pub(super) fn pop<T: Task>(&mut self, slots: &mut Slots<T>) -> Option<u32> {
        let job = self.first;
        if job == NONE {
            return None;
        }
        self.remove(slots, job);
        Some(job)
    }

    /// Takes a job out that stands in this line.
    pub(super) fn remove<T: Task>(&mut self, slots: &mut Slots<T>, job: u32) {
        let (before, after) = (slots[job].before, slots[job].after);
        if self.returned == job {
            self.returned = before;
        }
        self.link(slots, before, after);
    }

    /// Lets `after` follow `before`; without a job on one side the other one is at that end.
    fn link<T: Task>(&mut self, slots: &mut Slots<T>, before: u32, after: u32) {
        match before {
            NONE => self.first = after,
            _ => slots[before].after = after,
        }
        match after {
            NONE => self.last = before,
            _ => slots[after].before = before,
        }
    }
}
