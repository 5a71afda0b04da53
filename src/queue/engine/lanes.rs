//! Who is next: lanes that take turns, each first in first out, with priorities.
//!
//! A lane is a host, as a rule. Of the lanes whose first jobs have the same priority the one with the fewest jobs in
//! flight is next, and of those the one that has waited longest: a host that answers slowly, or has a million jobs, holds
//! no more workers than its share while others have something to do.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::slots::{NONE, Slots};
use super::task::Task;

/// Priority, in flight, since when, lane: the least is next.
type Turn = (Reverse<i32>, u32, u64, u32);

pub(super) struct Lanes {
    by_key: HashMap<Arc<str>, u32>,
    lanes: Vec<Lane>,
    free: Vec<u32>,
    turns: BTreeSet<Turn>,
    /// Most jobs of one lane in flight.
    cap: u32,
    last_turn: u64,
}

struct Lane {
    key: Arc<str>,
    /// Highest priority first, none empty.
    levels: Vec<Level>,
    in_flight: u32,
    /// Jobs that have not ended, wherever they are.
    members: u32,
    turn: Option<Turn>,
    since: u64,
}

struct Level {
    priority: i32,
    first: u32,
    last: u32,
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
        }
    }

    /// The lane of that name, with one member more.
    pub(super) fn join(&mut self, key: &str) -> u32 {
        if let Some(&lane) = self.by_key.get(key) {
            self.lanes[lane as usize].members += 1;
            return lane;
        }
        let key: Arc<str> = key.into();
        let lane = Lane { key: key.clone(), levels: Vec::new(), in_flight: 0, members: 1, turn: None, since: 0 };
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
        if lane.members == 0 {
            self.by_key.remove(&lane.key);
            lane.levels = Vec::new();
            self.free.push(index);
        }
    }

    pub(super) fn push<T: Task>(&mut self, slots: &mut Slots<T>, job: u32, in_front: bool) {
        let (lane, priority) = (slots[job].lane, slots[job].priority);
        slots[job].next = NONE;
        let levels = &mut self.lanes[lane as usize].levels;
        match levels.binary_search_by_key(&Reverse(priority), |level| Reverse(level.priority)) {
            Ok(at) if in_front => {
                slots[job].next = levels[at].first;
                levels[at].first = job;
            }
            Ok(at) => {
                slots[levels[at].last].next = job;
                levels[at].last = job;
            }
            Err(at) => {
                // Most lanes never have a second one.
                levels.reserve_exact(1);
                levels.insert(at, Level { priority, first: job, last: job });
            }
        }
        self.set_turn(lane);
    }

    /// Takes the next job out of its line; a live one is in flight then.
    pub(super) fn pop<T: Task>(&mut self, slots: &Slots<T>, is_live: impl Fn(u32) -> bool) -> Option<u32> {
        let &(.., index) = self.turns.first()?;
        let lane = &mut self.lanes[index as usize];
        let level = &mut lane.levels[0];
        let job = level.first;
        level.first = slots[job].next;
        if level.first == NONE {
            lane.levels.remove(0);
        }
        if is_live(job) {
            lane.in_flight += 1;
            self.last_turn += 1;
            lane.since = self.last_turn;
        }
        self.set_turn(index);
        Some(job)
    }

    /// A job of the lane is not in flight any more.
    pub(super) fn landed(&mut self, index: u32) {
        self.lanes[index as usize].in_flight -= 1;
        self.set_turn(index);
    }

    /// Whether a worker would find something.
    pub(super) fn has_next(&self) -> bool {
        !self.turns.is_empty()
    }

    /// Forgets every line, not the lanes.
    pub(super) fn clear(&mut self) {
        self.turns.clear();
        for lane in &mut self.lanes {
            lane.levels = Vec::new();
            lane.turn = None;
        }
    }

    fn set_turn(&mut self, index: u32) {
        let lane = &mut self.lanes[index as usize];
        let first = lane.levels.first().filter(|_| lane.in_flight < self.cap);
        let turn = first.map(|first| (Reverse(first.priority), lane.in_flight, lane.since, index));
        if lane.turn != turn {
            if let Some(old) = lane.turn {
                self.turns.remove(&old);
            }
            self.turns.extend(turn);
            lane.turn = turn;
        }
    }
}
