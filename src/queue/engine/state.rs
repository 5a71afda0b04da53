//! What the queue knows, and each step from one state to the next: no lock, no clock, nobody woken.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::time::Instant;

use super::bag::Bag;
use super::counts::Counts;
use super::lanes::Lanes;
use super::settings::{Order, Place, Settings, Stop};
use super::slots::{Phase, Slots};
use super::task::{JobId, Next, Refused, Task};
use crate::rt::{CancelToken, Waiter};

pub(super) struct State<T: Task> {
    slots: Slots<T>,
    lines: Lines,
    delayed: BinaryHeap<Reverse<(Instant, JobId)>>,
    /// Jobs that will not run and whose owners are still to be told.
    refused: VecDeque<Refusal<T>>,
    telling: HashSet<u64>,
    pub(super) counts: Counts,
    pub(super) staff: Staff,
    pub(super) started: bool,
    pub(super) stopped: Option<Stop>,
    /// Those that wait for the end of everything, for room, for the end of one job.
    pub(super) for_end: Vec<Waiter>,
    pub(super) for_room: VecDeque<Waiter>,
    pub(super) for_job: HashMap<u64, Vec<Waiter>>,
}

/// Who works. A worker ends when there is nothing to do.
#[derive(Default)]
pub(super) struct Staff {
    pub(super) workers: usize,
    /// Workers on their way to their first job.
    pub(super) arriving: usize,
    /// Whether somebody tells refused jobs so.
    pub(super) ushering: bool,
}

enum Lines {
    Lanes(Lanes),
    Bag(Bag),
}

/// A job that will not run.
pub(super) struct Refusal<T: Task> {
    pub(super) id: JobId,
    pub(super) task: T,
    /// Dropped without the lock: that grants it to another job.
    pub(super) grant: Option<T::Grant>,
    pub(super) why: Refused,
}

/// A job on its way to a worker.
pub(super) struct Taken<T: Task> {
    pub(super) id: JobId,
    pub(super) task: T,
    pub(super) grant: Option<T::Grant>,
}

impl<T: Task> State<T> {
    pub(super) fn new(settings: &Settings) -> Self {
        let lines = match settings.order {
            Order::Fair => Lines::Lanes(Lanes::new(settings.per_lane)),
            Order::Fifo => Lines::Lanes(Lanes::new(usize::MAX)),
            Order::Random { seed } => Lines::Bag(Bag::new(seed)),
        };
        Self {
            slots: Slots::new(),
            lines,
            delayed: BinaryHeap::new(),
            refused: VecDeque::new(),
            telling: HashSet::new(),
            counts: Counts::default(),
            staff: Staff::default(),
            started: false,
            stopped: None,
            for_end: Vec::new(),
            for_room: VecDeque::new(),
            for_job: HashMap::new(),
        }
    }

    pub(super) fn submit(&mut self, task: T, place: &Place<'_>, is_fifo: bool) -> JobId {
        let lane = match &mut self.lines {
            Lines::Lanes(lanes) => lanes.join(if is_fifo { "" } else { place.lane }),
            Lines::Bag(_) => 0,
        };
        match place.at {
            Some(at) => {
                let id = self.slots.insert(lane, place.priority, Phase::Delayed(task));
                self.delayed.push(Reverse((at, id)));
                self.counts.delayed += 1;
                id
            }
            None => {
                let id = self.slots.insert(lane, place.priority, Phase::Queued(task, None));
                self.counts.queued += 1;
                self.push(id.index, false);
                id
            }
        }
    }

    /// The next job; it counts as in flight from now on.
    pub(super) fn take(&mut self, token: &CancelToken) -> Option<Taken<T>> {
        loop {
            let index = match &mut self.lines {
                Lines::Lanes(lanes) => {
                    let slots = &self.slots;
                    lanes.pop(slots, |job| !matches!(slots[job].phase, Phase::Gone))?
                }
                Lines::Bag(bag) => bag.pop()?,
            };
            let slot = &mut self.slots[index];
            match std::mem::replace(&mut slot.phase, Phase::Running(token.clone(), None)) {
                Phase::Queued(task, grant) => {
                    self.counts.queued -= 1;
                    self.counts.in_flight += 1;
                    return Some(Taken { id: JobId { index, number: slot.number }, task, grant });
                }
                _ => self.forget(index),
            }
        }
    }

    /// What a job in flight has said. Returns what it was granted and did not use, for dropping without the lock.
    pub(super) fn finish(&mut self, id: JobId, next: Next<T>) -> Option<T::Grant> {
        let slot = &mut self.slots[id.index];
        let Phase::Running(_, granted) = std::mem::replace(&mut slot.phase, Phase::Gone) else {
            unreachable!("a job in flight stays in its slot")
        };
        let lane = slot.lane;
        self.counts.in_flight -= 1;
        if let Lines::Lanes(lanes) = &mut self.lines {
            lanes.landed(lane);
        }
        match (next, self.stopped) {
            (Next::Done, _) => {
                self.counts.done += 1;
                self.forget(id.index);
                granted
            }
            (Next::Later(task, _) | Next::Blocked(task), Some(Stop::CancelQueued | Stop::Abort)) => {
                self.forget(id.index);
                self.refuse(id, task, granted, Refused::Stopped);
                None
            }
            (Next::Later(task, at), _) => {
                self.slots[id.index].phase = Phase::Delayed(task);
                self.counts.delayed += 1;
                self.delayed.push(Reverse((at, id)));
                granted
            }
            (Next::Blocked(task), _) if granted.is_some() => {
                self.requeue(id.index, task, granted);
                None
            }
            (Next::Blocked(task), _) => {
                self.slots[id.index].phase = Phase::Blocked(task);
                self.counts.queued += 1;
                self.counts.blocked += 1;
                None
            }
        }
    }

    /// Gives a job what it waits for, or will wait for; back comes what nobody wants.
    pub(super) fn grant(&mut self, id: JobId, grant: T::Grant) -> Option<T::Grant> {
        let Some(slot) = self.slots.find(id) else { return Some(grant) };
        match &mut slot.phase {
            Phase::Running(_, granted) => granted.replace(grant),
            Phase::Blocked(_) => {
                let Phase::Blocked(task) = std::mem::replace(&mut slot.phase, Phase::Gone) else { unreachable!() };
                self.counts.queued -= 1;
                self.counts.blocked -= 1;
                self.requeue(id.index, task, Some(grant));
                None
            }
            _ => Some(grant),
        }
    }

    /// Moves jobs whose time has come into their lines. Returns when the next one is due.
    pub(super) fn due(&mut self, now: Instant) -> Option<Instant> {
        while let Some(&Reverse((at, id))) = self.delayed.peek() {
            let is_delayed = self.slots.find(id).is_some_and(|slot| matches!(slot.phase, Phase::Delayed(_)));
            if is_delayed && at > now {
                return Some(at);
            }
            self.delayed.pop();
            if is_delayed {
                let slot = &mut self.slots[id.index];
                if let Phase::Delayed(task) = std::mem::replace(&mut slot.phase, Phase::Gone) {
                    slot.phase = Phase::Queued(task, None);
                    self.counts.delayed -= 1;
                    self.counts.queued += 1;
                    self.push(id.index, false);
                }
            }
        }
        None
    }

    /// Takes a job out that is not in flight; its owner is still to be told.
    pub(super) fn cancel(&mut self, id: JobId, why: Refused) -> bool {
        let Some(slot) = self.slots.find(id) else { return false };
        if matches!(slot.phase, Phase::Running(..)) {
            return false;
        }
        match std::mem::replace(&mut slot.phase, Phase::Gone) {
            // Its line comes by the slot and frees it.
            Phase::Queued(task, grant) => {
                self.counts.queued -= 1;
                self.refuse(id, task, grant, why);
            }
            Phase::Delayed(task) => {
                self.counts.delayed -= 1;
                self.forget(id.index);
                self.refuse(id, task, None, why);
            }
            Phase::Blocked(task) => {
                self.counts.queued -= 1;
                self.counts.blocked -= 1;
                self.forget(id.index);
                self.refuse(id, task, None, why);
            }
            Phase::Running(..) | Phase::Gone | Phase::Free => unreachable!("found, and not in flight"),
        }
        true
    }

    /// Takes everything out that is not in flight.
    pub(super) fn cancel_queued(&mut self) {
        for id in self.slots.ids() {
            // The lines are forgotten, so that nothing comes by these slots any more.
            let stands_in_line = matches!(self.slots[id.index].phase, Phase::Queued(..) | Phase::Gone);
            self.cancel(id, Refused::Stopped);
            if stands_in_line {
                self.forget(id.index);
            }
        }
        match &mut self.lines {
            Lines::Lanes(lanes) => lanes.clear(),
            Lines::Bag(bag) => bag.clear(),
        }
        self.delayed.clear();
    }

    /// Fires what ends the jobs in flight; under the lock, or the token might end the next job of its worker.
    pub(super) fn abort_running(&mut self) {
        for id in self.slots.ids() {
            self.abort(id);
        }
    }

    pub(super) fn abort(&mut self, id: JobId) -> bool {
        match self.slots.find(id).map(|slot| &slot.phase) {
            Some(Phase::Running(token, _)) => {
                token.cancel();
                true
            }
            _ => false,
        }
    }

    pub(super) fn is_running(&mut self, id: JobId) -> bool {
        self.slots.find(id).is_some_and(|slot| matches!(slot.phase, Phase::Running(..)))
    }

    /// Whether the job has not ended, which it has when its owner knows.
    pub(super) fn is_open(&mut self, id: JobId) -> bool {
        self.slots.find(id).is_some() || self.telling.contains(&id.number)
    }

    pub(super) fn next_refused(&mut self) -> Option<Refusal<T>> {
        self.refused.pop_front()
    }

    /// The owner of a refused job has been told.
    pub(super) fn told(&mut self, id: JobId) {
        self.telling.remove(&id.number);
    }

    pub(super) fn has_refused(&self) -> bool {
        !self.refused.is_empty()
    }

    /// Jobs that a worker could take, at most.
    pub(super) fn takeable(&self) -> usize {
        let has_next = match &self.lines {
            Lines::Lanes(lanes) => lanes.has_next(),
            Lines::Bag(bag) => bag.has_next(),
        };
        if has_next { self.counts.queued - self.counts.blocked } else { 0 }
    }

    /// Whether everything has ended, and everybody was told.
    pub(super) fn is_over(&self) -> bool {
        self.counts.pending() == 0 && self.refused.is_empty() && !self.staff.ushering
    }

    fn refuse(&mut self, id: JobId, task: T, grant: Option<T::Grant>, why: Refused) {
        self.counts.cancelled += 1;
        self.telling.insert(id.number);
        self.refused.push_back(Refusal { id, task, grant, why });
    }

    fn requeue(&mut self, index: u32, task: T, grant: Option<T::Grant>) {
        self.slots[index].phase = Phase::Queued(task, grant);
        self.counts.queued += 1;
        self.push(index, true);
    }

    fn push(&mut self, index: u32, in_front: bool) {
        match &mut self.lines {
            Lines::Lanes(lanes) => lanes.push(&mut self.slots, index, in_front),
            Lines::Bag(bag) => bag.push(index, self.slots[index].priority, in_front),
        }
    }

    /// The job of this slot has ended, or was cancelled and stands in no line any more.
    fn forget(&mut self, index: u32) {
        if let Lines::Lanes(lanes) = &mut self.lines {
            lanes.leave(self.slots[index].lane);
        }
        self.slots.free(index);
    }
}
