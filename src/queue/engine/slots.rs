//! Where jobs lie: blocks of slots that never move, so that a million jobs cost neither doubling nor copying.

use super::task::{JobId, Refused, Task};
use crate::rt::CancelToken;

/// No slot; ends a line.
pub(super) const NONE: u32 = u32::MAX;
const BLOCK: usize = 1024;

pub(super) struct Slot<T: Task> {
    /// Of the job that lies here; numbers are never used again, so that an old ticket finds nothing.
    pub(super) number: u64,
    /// Its neighbours in a line; behind a free slot stands the next free one.
    pub(super) before: u32,
    pub(super) after: u32,
    pub(super) lane: u32,
    pub(super) priority: i32,
    pub(super) phase: Phase<T>,
}

pub(super) enum Phase<T: Task> {
    Free,
    /// In its line.
    Queued(T, Option<T::Grant>),
    /// Until a time.
    Delayed(T),
    /// Until it is granted something.
    Blocked(T),
    /// What ends it, until somebody does; what was granted before the job said that it waits for it.
    Running(Option<CancelToken>, Option<T::Grant>),
    /// Will not run; its owner is to be told.
    Refused(T, Option<T::Grant>, Refused),
    /// Its owner is being told. Also a slot between two phases.
    Away,
}

pub(super) struct Slots<T: Task> {
    blocks: Vec<Vec<Slot<T>>>,
    free: u32,
    used: usize,
    next_number: u64,
}

impl<T: Task> Slots<T> {
    pub(super) fn new() -> Self {
        Self { blocks: Vec::new(), free: NONE, used: 0, next_number: 0 }
    }

    pub(super) fn insert(&mut self, lane: u32, priority: i32, phase: Phase<T>) -> JobId {
        self.used += 1;
        let number = self.next_number;
        self.next_number += 1;
        let slot = Slot { number, before: NONE, after: NONE, lane, priority, phase };
        if self.free != NONE {
            let index = self.free;
            self.free = self[index].after;
            self[index] = slot;
            return JobId { index, number };
        }
        if self.blocks.last().is_none_or(|block| block.len() == BLOCK) {
            self.blocks.push(Vec::with_capacity(BLOCK));
        }
        let block = self.blocks.len() - 1;
        self.blocks[block].push(slot);
        JobId { index: (block * BLOCK + self.blocks[block].len() - 1) as u32, number }
    }

    /// Frees a slot. When the last is free their memory goes back.
    pub(super) fn free(&mut self, index: u32) {
        let free = self.free;
        let slot = &mut self[index];
        slot.phase = Phase::Free;
        slot.after = free;
        self.free = index;
        self.used -= 1;
        if self.used == 0 && self.blocks.len() > 1 {
            self.blocks.truncate(1);
            self.blocks[0].clear();
            self.free = NONE;
        }
    }

    /// The slot of a job that has not ended.
    pub(super) fn find(&mut self, id: JobId) -> Option<&mut Slot<T>> {
        let slot = self.blocks.get_mut(id.index as usize / BLOCK)?.get_mut(id.index as usize % BLOCK)?;
        (slot.number == id.number && !matches!(slot.phase, Phase::Free)).then_some(slot)
    }

    /// Takes out what lies in a slot.
    pub(super) fn take(&mut self, index: u32) -> Phase<T> {
        std::mem::replace(&mut self[index].phase, Phase::Away)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// All that are in use.
    pub(super) fn ids(&self) -> Vec<JobId> {
        let numbered = self.blocks.iter().flatten().enumerate();
        let used = numbered.filter(|(_, slot)| !matches!(slot.phase, Phase::Free));
        used.map(|(index, slot)| JobId { index: index as u32, number: slot.number }).collect()
    }
}

impl<T: Task> std::ops::Index<u32> for Slots<T> {
    type Output = Slot<T>;

    fn index(&self, index: u32) -> &Slot<T> {
        &self.blocks[index as usize / BLOCK][index as usize % BLOCK]
    }
}

impl<T: Task> std::ops::IndexMut<u32> for Slots<T> {
    fn index_mut(&mut self, index: u32) -> &mut Slot<T> {
        &mut self.blocks[index as usize / BLOCK][index as usize % BLOCK]
    }
}
