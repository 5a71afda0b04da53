//! Who is next: lanes that take turns, each first in first out, with priorities.
//!
//! A lane is a host, as a rule. Of the lanes whose first jobs have the same priority the one with the fewest jobs in
//! flight is next, and of those the one that has waited longest: a host that answers slowly, or has a million jobs, holds
//! no more workers than its share while others have something to do.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::levels::Levels;
use super::slots::Slots;
use super::task::Task;

/// Priority, in flight, since when, lane: the least is next.
type Turn = (Reverse<i32>, u32, u64, u32);

/// So many lanes are kept for the next jobs when all have ended.
const KEPT: usize = 1024;

pub(super) struct Lanes {
    by_key: HashMap<Arc<str>, u32>,
    lanes: Vec<Lane>,
    free: Vec<u32>,
    turns: BTreeSet<Turn>,
    /// Most jobs of one lane in flight.
    cap: u32,
    last_turn: u64,
    /// Jobs that workers could take now.
    open: usize,
}

struct Lane {
    key: Arc<str>,
    levels: Levels,
    /// Jobs in `levels`.
    waiting: u32,
    in_flight: u32,
    /// Of those that wait, how many may go now.
    open: u32,
    /// Jobs that have not ended, wherever they are.
    members: u32,
    turn: Option<Turn>,
    since: u64,
}

impl Lane {
    fn new(key: Arc<str>, since: u64) -> Self {
        Self { key, levels: Levels::EMPTY, waiting: 0, in_flight: 0, open: 0, members: 1, turn: None, since }
    }
}

impl Lanes {
    pub(super) fn new(cap: usize) -> Self {
        Self {
            by_key: HashMap::new(),
            lanes: Vec::new(),
            free: Vec::new(),
            turns: BTreeSet::new(),
            cap: u32::try_from(cap).unwrap_or(u32::MAX),
            last_turn: 0,
            open: 0,
        }
    }

    /// The lane of that name, with one member more.
    pub(super) fn join(&mut self, key: &str) -> u32 {
        if let Some(&lane) = self.by_key.get(key) {
            self.lanes[lane as usize].members += 1;
            return lane;
        }
        let key: Arc<str> = key.into();
        // Behind those that wait already: with a new host every moment they would never be next.
        self.last_turn += 1;
        let lane = Lane::new(key.clone(), self.last_turn);
        let index = match self.free.pop() {
            Some(index) => {
                self.lanes[index as usize] = lane;
                index
            }
            None => {
                self.lanes.push(lane);
                (self.lanes.len() - 1) as u32
            }
        };
        self.by_key.insert(key, index);
        index
    }

    /// A member has ended.
    pub(super) fn leave(&mut self, index: u32) {
        let lane = &mut self.lanes[index as usize];
        lane.members -= 1;
        if lane.members > 0 {
            return;
        }
        self.by_key.remove(&lane.key);
        self.free.push(index);
        if self.by_key.is_empty() && self.lanes.len() > KEPT {
            *self = Self { last_turn: self.last_turn, ..Self::new(self.cap as usize) };
        }
    }

    pub(super) fn push<T: Task>(&mut self, slots: &mut Slots<T>, job: u32, in_front: bool) {
        let index = slots[job].lane;
        let lane = &mut self.lanes[index as usize];
        lane.levels.push(slots, job, in_front);
        lane.waiting += 1;
        self.settle(index);
    }

    /// Takes the next job out of its line; it is in flight then.
    pub(super) fn pop<T: Task>(&mut self, slots: &mut Slots<T>) -> Option<u32> {
        let &(.., index) = self.turns.first()?;
        let lane = &mut self.lanes[index as usize];
        let job = lane.levels.pop(slots)?;
        lane.waiting -= 1;
        lane.in_flight += 1;
        self.last_turn += 1;
        lane.since = self.last_turn;
        self.settle(index);
        Some(job)
    }

    /// Takes a job out of its line.
    pub(super) fn remove<T: Task>(&mut self, slots: &mut Slots<T>, job: u32) {
        let index = slots[job].lane;
        let lane = &mut self.lanes[index as usize];
        lane.levels.remove(slots, job);
        lane.waiting -= 1;
        self.settle(index);
    }

    /// A job of the lane is not in flight any more.
    pub(super) fn landed(&mut self, index: u32) {
        self.lanes[index as usize].in_flight -= 1;
        self.settle(index);
    }

    /// How many jobs workers could take now.
    pub(super) fn open(&self) -> usize {
        self.open
    }

    /// Gives a lane the place that it has now.
    fn settle(&mut self, index: u32) {
        let lane = &mut self.lanes[index as usize];
        let open = lane.waiting.min(self.cap - lane.in_flight);
        self.open = self.open + open as usize - lane.open as usize;
        lane.open = open;
        let priority = lane.levels.priority().filter(|_| open > 0);
        let turn = priority.map(|priority| (Reverse(priority), lane.in_flight, lane.since, index));
        if lane.turn != turn {
            if let Some(old) = lane.turn {
                self.turns.remove(&old);
            }
            self.turns.extend(turn);
            lane.turn = turn;
        }
    }
}
