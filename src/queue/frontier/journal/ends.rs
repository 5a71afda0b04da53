//! Which items are done, and which were tried.

use std::collections::HashMap;
use std::fs::{self, File};

use super::End;
use super::frame::frame;
use super::items::Items;
use super::place::{HEAD, Place, Sort};
use super::record::Note;
use crate::error::Result;

pub(super) struct Ends {
    pub(super) number: u64,
    pub(super) file: File,
    pub(super) bytes: u64,
    /// Below this it is not worth a new file.
    pub(super) least: u64,
    /// Of items that are not done: how often they were tried, and when they may be next.
    pub(super) tried: HashMap<u64, (u32, u64)>,
}

impl Ends {
    pub(super) fn append(&mut self, place: &Place, ends: &[End]) -> Result<()> {
        if ends.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::with_capacity(ends.len() * 16);
        for end in ends {
            bytes.extend(frame(&Note::End(*end).encode())?);
        }
        place.append(&self.file, &place.path(Sort::Ends, self.number), self.bytes, &bytes)?;
        self.bytes += bytes.len() as u64;
        ends.iter().for_each(|end| self.note(*end));
        Ok(())
    }

    pub(super) fn note(&mut self, end: End) {
        match end {
            End::Done(id) => drop(self.tried.remove(&id)),
            End::Tried { id, attempts, not_before } => drop(self.tried.insert(id, (attempts, not_before))),
        }
    }

    /// Begins a new file with what is known, when that is much shorter than the old one.
    pub(super) fn shrink(&mut self, place: &Place, items: &Items) -> Result<()> {
        let known = items.bits() + 32 * self.tried.len() as u64;
        if self.bytes < self.least.max(4 * known) {
            return Ok(());
        }
        let mut content = Sort::Ends.head(self.number + 1).to_vec();
        for segment in items.segments() {
            content.extend(frame(&Note::Bits(segment.first, segment.bits()).encode())?);
        }
        for (&id, &(attempts, not_before)) in &self.tried {
            content.extend(frame(&Note::End(End::Tried { id, attempts, not_before }).encode())?);
        }
        self.file = place.create(Sort::Ends, self.number + 1, &content)?;
        fs::remove_file(place.path(Sort::Ends, self.number)).ok();
        self.number += 1;
        self.bytes = content.len() as u64;
        Ok(())
    }

    pub(super) fn begin(place: &Place, number: u64, least: u64) -> Result<Self> {
        let file = place.create(Sort::Ends, number, &Sort::Ends.head(number))?;
        Ok(Self { number, file, bytes: HEAD, least, tried: HashMap::new() })
    }
}
