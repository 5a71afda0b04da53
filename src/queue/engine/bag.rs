//! Who is next in random order: any job of the highest priority.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::line::Line;
use super::slots::Slots;
use super::task::Task;

/// In place of a slot's lane: it has had its turn before. Else the slot's `after` is its place in its level.
const BACK: u32 = 1;

pub(super) struct Bag {
    levels: BTreeMap<Reverse<i32>, Vec<u32>>,
    /// Jobs that have had their turn and come back.
    back: Line,
    len: usize,
    state: u64,
}

impl Bag {
    pub(super) fn new(seed: u64) -> Self {
        Self { levels: BTreeMap::new(), back: Line::EMPTY, len: 0, state: seed }
    }

    pub(super) fn push<T: Task>(&mut self, slots: &mut Slots<T>, job: u32, in_front: bool) {
        self.len += 1;
        slots[job].lane = if in_front { BACK } else { 0 };
        if in_front {
            return self.back.push(slots, job, false);
        }
        let level = self.levels.entry(Reverse(slots[job].priority)).or_default();
        slots[job].after = level.len() as u32;
        level.push(job);
    }

    pub(super) fn pop<T: Task>(&mut self, slots: &mut Slots<T>) -> Option<u32> {
        if let Some(job) = self.back.pop(slots) {
            self.len -= 1;
            return Some(job);
        }
        let random = self.random();
        let (_, jobs) = self.levels.first_key_value()?;
        let job = jobs[(random % jobs.len() as u64) as usize];
        self.remove(slots, job);
        Some(job)
    }

    pub(super) fn remove<T: Task>(&mut self, slots: &mut Slots<T>, job: u32) {
        self.len -= 1;
        if slots[job].lane == BACK {
            return self.back.remove(slots, job);
        }
        let (priority, at) = (Reverse(slots[job].priority), slots[job].after);
        let Some(level) = self.levels.get_mut(&priority) else { return };
        level.swap_remove(at as usize);
        if let Some(&moved) = level.get(at as usize) {
            slots[moved].after = at;
        }
        if level.is_empty() {
            self.levels.remove(&priority);
        }
    }

    pub(super) fn open(&self) -> usize {
        self.len
    }

    /// SplitMix64: the same order for the same seed, on every machine.
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
