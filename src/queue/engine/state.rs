//! What the queue knows, and each step from one state to the next: no lock, no clock, nobody woken.

use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use super::counts::Counts;
use super::delayed::Delayed;
use super::line::Line;
use super::lines::Lines;
use super::settings::{Place, Settings, Stop};
use super::slots::{Phase, Slots};
use super::task::{JobId, Next, Refused, Task};
use crate::rt::{CancelToken, Waiter};

/// Most ushers at once. They come on top of the workers, and a stop of a queue with ten thousand of those is no reason to
/// set aside as many stacks again.
pub(super) const USHERS: usize = 64;

pub(super) struct State<T: Task> {
    slots: Slots<T>,
    lines: Lines,
    delayed: Delayed,
    /// Jobs that will not run and whose owners are still to be told.
    refused: Line,
    /// How many those are.
    unheard: usize,
    pub(super) counts: Counts,
    pub(super) staff: Staff,
    pub(super) started: bool,
    pub(super) stopped: Option<Stop>,
    /// When the alarm rings.
    pub(super) rings: Option<Instant>,
    /// Those that wait for the end of everything, for room, for the end of one job.
    pub(super) for_end: Vec<Waiter>,
    pub(super) for_room: VecDeque<Waiter>,
    pub(super) for_job: HashMap<u64, Vec<Waiter>>,
    /// Until everything has ended: the queue itself, when nobody holds it any more.
    pub(super) keep: Option<Arc<dyn Any + Send + Sync>>,
}

/// Who works: workers, and ushers, who tell refused jobs so.
#[derive(Default)]
pub(super) struct Staff {
    pub(super) workers: Shift,
    pub(super) ushers: Shift,
}

/// Those who do one kind of work. Each ends when there is nothing to do.
#[derive(Default)]
pub(super) struct Shift {
    pub(super) at_work: usize,
    /// Of those, how many are on their way to their first job.
    pub(super) arriving: usize,
}

impl Shift {
    /// How many more come, of `most`, for so many jobs that nobody has taken.
    fn call(&mut self, most: usize, jobs: usize) -> usize {
        let more = (most - self.at_work).min(jobs.saturating_sub(self.arriving));
        self.at_work += more;
        self.arriving += more;
        more
    }

    /// So many could not come.
    pub(super) fn missing(&mut self, those: usize) {
        self.at_work -= those;
        self.arriving -= those;
    }
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
    pub(super) priority: i32,
    pub(super) task: T,
    pub(super) grant: Option<T::Grant>,
}

impl<T: Task> State<T> {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            slots: Slots::new(),
            lines: Lines::new(settings),
            delayed: Delayed::default(),
            refused: Line::EMPTY,
            unheard: 0,
            counts: Counts::default(),
            staff: Staff::default(),
            started: false,
            stopped: None,
            rings: None,
            for_end: Vec::new(),
            for_room: VecDeque::new(),
            for_job: HashMap::new(),
            keep: None,
        }
    }

    pub(super) fn submit(&mut self, task: T, place: &Place<'_>) -> JobId {
        let lane = self.lines.join(place.lane);
        let Some(at) = place.at else {
            let id = self.slots.insert(lane, place.priority, Phase::Queued(task, None));
            self.counts.queued += 1;
            self.lines.push(&mut self.slots, id.index, false);
            return id;
        };
        let id = self.slots.insert(lane, place.priority, Phase::Delayed(task));
        self.counts.delayed += 1;
        self.delayed.push(at, id);
        id
    }

    /// The next job; it counts as in flight from now on.
    pub(super) fn take(&mut self, token: &CancelToken) -> Option<Taken<T>> {
        let index = self.lines.pop(&mut self.slots)?;
        let slot = &mut self.slots[index];
        let Phase::Queued(task, grant) = std::mem::replace(&mut slot.phase, Phase::Running(Some(token.clone()), None))
        else {
            unreachable!("only jobs that can go stand in line")
        };
        self.counts.queued -= 1;
        self.counts.in_flight += 1;
        Some(Taken { id: JobId { number: slot.number, index }, priority: slot.priority, task, grant })
    }

    /// What a job in flight has said. Returns what it was granted and did not use, for dropping without the lock.
    pub(super) fn finish(&mut self, id: JobId, next: Next<T>) -> Option<T::Grant> {
        let Phase::Running(token, granted) = self.slots.take(id.index) else {
            unreachable!("a job in flight stays in its slot")
        };
        self.counts.in_flight -= 1;
        self.lines.landed(self.slots[id.index].lane);
        let refused = match self.stopped {
            Some(Stop::CancelQueued | Stop::Abort) => Some(Refused::Stopped),
            // It was to end early, and whoever wanted that was told that it will.
            _ => token.is_none().then_some(Refused::Cancelled),
        };
        match (next, refused) {
            (Next::Done, _) => {
                self.counts.done += 1;
                self.free(id.index);
                granted
            }
            (Next::Later(task, _) | Next::Blocked(task), Some(why)) => {
                self.refuse(id, task, granted, why);
                None
            }
            (Next::Later(task, at), _) => {
                self.slots[id.index].phase = Phase::Delayed(task);
                self.counts.delayed += 1;
                self.delayed.push(at, id);
                granted
            }
            (Next::Blocked(task), _) if granted.is_some() => {
                self.counts.queued += 1;
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
                let Phase::Blocked(task) = self.slots.take(id.index) else { unreachable!("just seen") };
                self.counts.blocked -= 1;
                self.requeue(id.index, task, Some(grant));
                None
            }
            _ => Some(grant),
        }
    }

    /// Moves jobs whose time has come into their lines. Returns when the next one is due.
    pub(super) fn due(&mut self, now: Instant) -> Option<Instant> {
        loop {
            let (at, id) = self.delayed.first()?;
            let is_delayed = self.slots.find(id).is_some_and(|slot| matches!(slot.phase, Phase::Delayed(_)));
            if is_delayed && at > now {
                return Some(at);
            }
            self.delayed.pop(is_delayed);
            if !is_delayed {
                continue;
            }
            if let Phase::Delayed(task) = self.slots.take(id.index) {
                self.slots[id.index].phase = Phase::Queued(task, None);
                self.counts.delayed -= 1;
                self.counts.queued += 1;
                self.lines.push(&mut self.slots, id.index, false);
            }
        }
    }

    /// Takes a job out that is not in flight; its owner is still to be told.
    pub(super) fn cancel(&mut self, id: JobId, why: Refused) -> bool {
        let Some(slot) = self.slots.find(id) else { return false };
        if !matches!(slot.phase, Phase::Queued(..) | Phase::Delayed(_) | Phase::Blocked(_)) {
            return false;
        }
        match self.slots.take(id.index) {
            Phase::Queued(task, grant) => {
                self.counts.queued -= 1;
                self.lines.remove(&mut self.slots, id.index);
                self.refuse(id, task, grant, why);
            }
            Phase::Delayed(task) => {
                self.counts.delayed -= 1;
                self.refuse(id, task, None, why);
                let Self { delayed, slots, .. } = self;
                delayed.gone(|id| slots.find(id).is_some_and(|slot| matches!(slot.phase, Phase::Delayed(_))));
            }
            Phase::Blocked(task) => {
                self.counts.queued -= 1;
                self.counts.blocked -= 1;
                self.refuse(id, task, None, why);
            }
            _ => unreachable!("just seen"),
        }
        true
    }

    /// Takes everything out that is not in flight.
    pub(super) fn cancel_queued(&mut self) {
        for id in self.slots.ids() {
            self.cancel(id, Refused::Stopped);
        }
    }

    /// What ends the jobs in flight, to be fired without the lock: that wakes, and drops what it has woken.
    pub(super) fn abort_running(&mut self) -> Vec<CancelToken> {
        self.slots.ids().into_iter().filter_map(|id| self.abort(id)).collect()
    }

    /// `None`: it is not in flight, or is being ended.
    pub(super) fn abort(&mut self, id: JobId) -> Option<CancelToken> {
        match self.slots.find(id).map(|slot| &mut slot.phase) {
            Some(Phase::Running(token, _)) => token.take(),
            _ => None,
        }
    }

    /// Whether the token of a job in flight was fired, or will be in a moment: its worker needs another one.
    pub(super) fn is_aborted(&mut self, id: JobId) -> bool {
        self.slots.find(id).is_some_and(|slot| matches!(slot.phase, Phase::Running(None, _)))
    }

    pub(super) fn is_running(&mut self, id: JobId) -> bool {
        self.slots.find(id).is_some_and(|slot| matches!(slot.phase, Phase::Running(..)))
    }

    /// Whether the job has not ended, which it has when its owner knows.
    pub(super) fn is_open(&mut self, id: JobId) -> bool {
        self.slots.find(id).is_some()
    }

    pub(super) fn next_refused(&mut self) -> Option<Refusal<T>> {
        let index = self.refused.pop(&mut self.slots)?;
        self.unheard -= 1;
        let id = JobId { number: self.slots[index].number, index };
        let Phase::Refused(task, grant, why) = self.slots.take(index) else {
            unreachable!("only refused jobs stand in this line")
        };
        Some(Refusal { id, task, grant, why })
    }

    /// The owner of a refused job has been told.
    pub(super) fn forget(&mut self, id: JobId) {
        self.free(id.index);
    }

    /// Those that wait for this job, if it has ended.
    pub(super) fn told(&mut self, id: JobId, wake: &mut Vec<Waiter>) {
        if !self.for_job.is_empty() && !self.is_open(id) {
            wake.extend(self.for_job.remove(&id.number).into_iter().flatten());
        }
    }

    /// Those that wait for the end of everything, if it has come.
    pub(super) fn ended(&mut self, wake: &mut Vec<Waiter>) {
        if self.is_over() {
            wake.append(&mut self.for_end);
            self.keep = None;
        }
    }

    /// How many workers and ushers are needed beside those who are there. Refused jobs hear of it before the queue is
    /// started, too, and with a concurrency of 0.
    pub(super) fn call(&mut self, concurrency: usize) -> (usize, usize) {
        let jobs = if self.started { self.takeable() } else { 0 };
        (self.staff.workers.call(concurrency, jobs), self.staff.ushers.call(concurrency.clamp(1, USHERS), self.unheard))
    }

    /// Jobs that a worker could take.
    pub(super) fn takeable(&self) -> usize {
        self.lines.open()
    }

    /// Whether everything has ended, and everybody was told.
    pub(super) fn is_over(&self) -> bool {
        self.slots.is_empty()
    }

    fn refuse(&mut self, id: JobId, task: T, grant: Option<T::Grant>, why: Refused) {
        self.counts.cancelled += 1;
        self.slots[id.index].phase = Phase::Refused(task, grant, why);
        self.refused.push(&mut self.slots, id.index, false);
        self.unheard += 1;
    }

    fn requeue(&mut self, index: u32, task: T, grant: Option<T::Grant>) {
        self.slots[index].phase = Phase::Queued(task, grant);
        self.lines.push(&mut self.slots, index, true);
    }

    fn free(&mut self, index: u32) {
        self.lines.leave(self.slots[index].lane);
        self.slots.free(index);
    }
}
