//! The files of a directory, and the order in which they are written.

use super::ends::Ends;
use super::items::Items;
use super::lock::Lock;
use super::place::Place;
use super::{Batch, End, Taken};
use crate::error::Result;

pub(super) struct Files {
    pub(super) place: Place,
    pub(super) items: Items,
    pub(super) ends: Ends,
    pub(super) _lock: Lock,
}

impl Files {
    pub(super) fn write(&mut self, batch: &Batch) -> Result<()> {
        self.items.append(&self.place, batch)?;
        self.ends.append(&self.place, &batch.ends)?;
        for end in &batch.ends {
            if let End::Done(id) = end {
                self.items.done(*id);
            }
        }
        self.items.retire(&self.place)?;
        self.ends.shrink(&self.place, &self.items)
    }

    pub(super) fn read(&mut self, count: usize) -> Result<Vec<Taken>> {
        self.items.read(&self.place, count, &self.ends.tried)
    }
}
