//! Where the next item is read.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::frame;
use super::place::HEAD;
use super::problem::cannot;
use super::records::CHUNK;
use super::segment::Segment;
use crate::error::Result;

/// Where the next item is read.
#[derive(Default)]
pub(super) struct Cursor {
    /// The segment's number, and its file if it has been opened.
    pub(super) number: u64,
    pub(super) file: Option<File>,
    /// The next record and the number of its item; 0 stands for the first one.
    pub(super) at: u64,
    pub(super) id: u64,
}

impl Cursor {
    pub(super) fn enter(&mut self, segment: &Segment) {
        if self.number != segment.number || self.at == 0 {
            *self = Self { number: segment.number, file: None, at: HEAD, id: segment.first };
        }
    }

    /// The next records of the segment: one at least that is whole.
    pub(super) fn fill(&mut self, segment: &Segment, path: &Path, buffer: &mut Vec<u8>) -> Result<()> {
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
