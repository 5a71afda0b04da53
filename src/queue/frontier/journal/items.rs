//! The segments of items.

use std::collections::{HashMap, VecDeque};
use std::fs::{self, File};

use super::cursor::Cursor;
use super::frame::{self, frame};
use super::place::{HEAD, Place, Sort};
use super::problem::{cannot, damaged};
use super::record;
use super::records::fingerprints;
use super::segment::Segment;
use super::{Batch, Taken};
use crate::error::Result;

/// Fingerprints in one record.
const TOGETHER: usize = 4096;

pub(super) struct Items {
    /// In the order of their numbers; the last one is written to.
    pub(super) segments: VecDeque<Segment>,
    pub(super) file: Option<File>,
    /// When a segment is full, in bytes.
    pub(super) full: u64,
    pub(super) next_number: u64,
    pub(super) cursor: Cursor,
}

impl Items {
    pub(super) fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.segments.iter()
    }

    /// How many bytes the marks of all items take.
    pub(super) fn bits(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bits().len() as u64 + 16).sum()
    }

    pub(super) fn append(&mut self, place: &Place, batch: &Batch) -> Result<()> {
        if batch.count == 0 {
            return Ok(());
        }
        let fits = self.segments.back().is_some_and(|last| last.bytes < self.full && last.end() == batch.first);
        let file = match self.file.take() {
            Some(file) if fits => file,
            full => {
                // Only the last file may lack something after a loss of power.
                if let (Some(file), Some(last)) = (full, self.segments.back()) {
                    file.sync_data().map_err(cannot("write", &place.path(Sort::Items, last.number)))?;
                }
                self.begin(place, batch.first)?
            }
        };
        let file = self.file.insert(file);
        let Some(last) = self.segments.back_mut() else { unreachable!("one was begun") };
        place.append(file, &place.path(Sort::Items, last.number), last.bytes, &batch.items)?;
        last.grow(batch.count, batch.items.len() as u64);
        Ok(())
    }

    fn begin(&mut self, place: &Place, first: u64) -> Result<File> {
        let number = self.next_number;
        let file = place.create(Sort::Items, number, &Sort::Items.head(first))?;
        self.next_number += 1;
        self.segments.push_back(Segment::new(number, first, HEAD));
        Ok(file)
    }

    /// The segment of an item; `None` if all of it is done.
    pub(super) fn find(&mut self, id: u64) -> Option<&mut Segment> {
        let after = self.segments.partition_point(|segment| segment.first <= id);
        let segment = self.segments.get_mut(after.checked_sub(1)?)?;
        (id < segment.end()).then_some(segment)
    }

    pub(super) fn done(&mut self, id: u64) {
        if let Some(segment) = self.find(id) {
            segment.end_of(id);
        }
    }

    /// Of full segments whose items are all done the fingerprints are enough.
    pub(super) fn retire(&mut self, place: &Place) -> Result<()> {
        let is_full = |items: &Self, at: usize| at + 1 < items.segments.len() || items.segments[at].bytes >= items.full;
        let mut at = 0;
        while at < self.segments.len() {
            if self.segments[at].left > 0 || self.segments[at].count == 0 || !is_full(self, at) {
                at += 1;
                continue;
            }
            if at + 1 == self.segments.len() {
                self.file = None;
            }
            let Some(segment) = self.segments.remove(at) else { break };
            forget(place, &segment)?;
        }
        Ok(())
    }

    /// The next items that are not done, so many at most.
    pub(super) fn read(&mut self, place: &Place, count: usize, tried: &HashMap<u64, (u32, u64)>) -> Result<Vec<Taken>> {
        let mut taken = Vec::with_capacity(count);
        let mut buffer = Vec::new();
        while taken.len() < count {
            let at = self.segments.partition_point(|segment| segment.number < self.cursor.number);
            let Some(segment) = self.segments.get(at) else { break };
            self.cursor.enter(segment);
            if self.cursor.at >= segment.bytes {
                if at + 1 == self.segments.len() {
                    break;
                }
                self.cursor = Cursor { number: segment.number + 1, ..Cursor::default() };
                continue;
            }
            let path = place.path(Sort::Items, segment.number);
            self.cursor.fill(segment, &path, &mut buffer)?;
            let mut rest = &buffer[..];
            while let Some((payload, after)) = frame::first(rest).filter(|_| taken.len() < count) {
                let id = self.cursor.id;
                if !segment.is_done(id) {
                    let mut item = record::decode(payload, id).ok_or_else(|| damaged(&path, self.cursor.at))?;
                    let (attempts, not_before) = tried.get(&id).copied().unwrap_or_default();
                    item.attempts = attempts;
                    taken.push(Taken { item, not_before });
                }
                self.cursor.at += (rest.len() - after.len()) as u64;
                self.cursor.id += 1;
                rest = after;
            }
            if rest.len() == buffer.len() {
                return Err(damaged(&path, self.cursor.at));
            }
        }
        Ok(taken)
    }
}

/// Puts fingerprints in the place of items.
pub(super) fn forget(place: &Place, segment: &Segment) -> Result<()> {
    let mut content = Sort::Seen.head(segment.first).to_vec();
    for some in fingerprints(place, segment)?.chunks(TOGETHER) {
        let bytes: Vec<u8> = some.iter().flat_map(|fingerprint| fingerprint.to_bytes()).collect();
        content.extend(frame(&bytes)?);
    }
    place.create(Sort::Seen, segment.number, &content)?;
    fs::remove_file(place.path(Sort::Items, segment.number)).ok();
    Ok(())
}
