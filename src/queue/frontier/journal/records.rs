//! Reading files from the beginning to the end.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use super::frame;
use super::place::{HEAD, Place, Sort};
use super::problem::{cannot, damaged};
use super::record;
use super::segment::Segment;
use crate::error::Result;
use crate::queue::seen::Fingerprint;

/// Bytes that are read at once.
pub(super) const CHUNK: usize = 256 << 10;

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
