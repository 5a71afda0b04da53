//! Who is next in random order: any job of the highest priority.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

pub(super) struct Bag {
    levels: BTreeMap<Reverse<i32>, Vec<u32>>,
    /// Jobs that have had their turn and come back.
    back: VecDeque<u32>,
    state: u64,
}

impl Bag {
    pub(super) fn new(seed: u64) -> Self {
        Self { levels: BTreeMap::new(), back: VecDeque::new(), state: seed }
    }

    pub(super) fn push(&mut self, job: u32, priority: i32, in_front: bool) {
        if in_front {
            self.back.push_back(job);
        } else {
            self.levels.entry(Reverse(priority)).or_default().push(job);
        }
    }

    pub(super) fn pop(&mut self) -> Option<u32> {
        if let Some(job) = self.back.pop_front() {
            return Some(job);
        }
        let random = self.random();
        let mut level = self.levels.first_entry()?;
        let jobs = level.get_mut();
        let job = jobs.swap_remove((random % jobs.len() as u64) as usize);
        if jobs.is_empty() {
            level.remove();
        }
        Some(job)
    }

    pub(super) fn has_next(&self) -> bool {
        !self.back.is_empty() || !self.levels.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.levels.clear();
        self.back.clear();
    }

    /// SplitMix64: the same order for the same seed, on every machine.
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
