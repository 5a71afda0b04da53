//! Reading records back.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::Taken;
use super::files::{HEAD, Place, Sort};
use super::frame;
use super::items::Items;
use super::problem::{cannot, damaged};
use super::record;
use super::segment::Segment;
use crate::error::Result;
use crate::queue::seen::Fingerprint;

/// Bytes that are read at once.
const CHUNK: usize = 256 << 10;

/// Where the next item is read.
#[derive(Default)]
pub(super) struct Cursor {
    /// The segment's number, and its file if it has been opened.
    number: u64,
    file: Option<File>,
    /// The next record and the number of its item; 0 stands for the first one.
    at: u64,
    id: u64,
}

impl Items {
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

impl Cursor {
    fn enter(&mut self, segment: &Segment) {
        if self.number != segment.number || self.at == 0 {
            *self = Self { number: segment.number, file: None, at: HEAD, id: segment.first };
        }
    }

    /// The next records of the segment: one at least that is whole.
    fn fill(&mut self, segment: &Segment, path: &Path, buffer: &mut Vec<u8>) -> Result<()> {
        let left = usize::try_from(segment.bytes - self.at).unwrap_or(usize::MAX);
        let mut fill = |wanted: usize| {
            buffer.resize(wanted.min(left), 0);
            let file = match &self.file {
                Some(file) => file,
                None => self.file.insert(File::open(path)?),
            };
            file.read_exact_at(buffer, self.at)
        };
        fill(CHUNK).map_err(cannot("read", path))?;
        match frame::length(buffer) {
            Some(length) if length > CHUNK => {
                buffer.resize(length.min(left), 0);
                self.file
                    .as_ref()
                    .map_or(Ok(()), |file| file.read_exact_at(buffer, self.at))
                    .map_err(cannot("read", path))
            }
            _ => Ok(()),
        }
    }
}

/// All records of a file; ends at the first that is not whole.
pub(super) struct Records {
    file: io::BufReader<File>,
    left: u64,
    /// Where the next record begins.
    pub(super) at: u64,
    record: Vec<u8>,
}

impl Records {
    /// After the head. `None`: the head is not one of this sort; the number in the head beside it otherwise.
    pub(super) fn open(path: &Path, sort: Sort) -> io::Result<Option<(Self, u64)>> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut file = io::BufReader::with_capacity(CHUNK, file);
        let mut head = [0; HEAD as usize];
        if length < HEAD {
            return Ok(None);
        }
        file.read_exact(&mut head)?;
        let left = length - HEAD;
        Ok(sort.number(&head).map(|number| (Self { file, left, at: HEAD, record: Vec::new() }, number)))
    }

    /// The next payload; `None` at the end of what is whole.
    pub(super) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.record.clear();
        self.read(frame::HEAD)?;
        let Some(length) = frame::length(&self.record).filter(|&length| length as u64 - 8 <= self.left) else {
            return Ok(None);
        };
        self.read(length - frame::HEAD)?;
        let length = self.record.len() as u64;
        match frame::first(&self.record) {
            Some((payload, _)) => {
                self.at += length;
                Ok(Some(payload))
            }
            None => Ok(None),
        }
    }

    /// Cuts off what is not whole; how many bytes that was.
    pub(super) fn cut(&self, path: &Path) -> Result<u64> {
        let length = self.file.get_ref().metadata().map_err(cannot("read", path))?.len();
        if length > self.at {
            let file = OpenOptions::new().write(true).open(path).map_err(cannot("write", path))?;
            file.set_len(self.at).map_err(cannot("cut", path))?;
        }
        Ok(length - self.at)
    }

    /// # Errors
    /// Something is not whole where only a loss of data can be the reason.
    pub(super) fn whole(&self, path: &Path) -> Result<()> {
        let length = self.file.get_ref().metadata().map_err(cannot("read", path))?.len();
        if length == self.at { Ok(()) } else { Err(damaged(path, self.at)) }
    }

    /// So many more bytes, or as many as there are.
    fn read(&mut self, count: usize) -> io::Result<()> {
        let wanted = (count as u64).min(self.left);
        self.left -= (&mut self.file).take(wanted).read_to_end(&mut self.record)? as u64;
        Ok(())
    }
}

/// Of all items of a segment.
pub(super) fn fingerprints(place: &Place, segment: &Segment) -> Result<Vec<Fingerprint>> {
    let path = place.path(Sort::Items, segment.number);
    let records = Records::open(&path, Sort::Items).map_err(cannot("read", &path))?;
    let mut found = Vec::with_capacity(segment.count as usize);
    let Some((mut records, _)) = records else { return Err(damaged(&path, 0)) };
    while found.len() < segment.count as usize {
        let at = records.at;
        let payload = records.next().map_err(cannot("read", &path))?;
        found.push(payload.and_then(record::fingerprint).ok_or_else(|| damaged(&path, at))?);
    }
    Ok(found)
}
