//! The body of a stored answer, read again.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::time::Instant;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::digest::Digest;
use super::store::{Content, Part};
use crate::client::flow::Flow;
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase, Result};
use crate::rt::{self, Stop};

/// What is read from a file at once, on a thread made for that.
const PIECE: usize = 256 << 10;

/// Stored bytes as they came. Those of a file are checked as they are read: one that was damaged ends in an error, as a
/// broken connection would.
pub(super) struct Kept {
    piece: Bytes,
    more: Option<More>,
    until: Until,
    received: u64,
    failed: Option<Error>,
    ended_at: Option<Instant>,
}

/// What is still in the file.
struct More {
    file: File,
    at: u64,
    left: u64,
    sum: Sha256,
    expected: Digest,
}

impl Kept {
    pub(super) fn new(content: Content, until: Until) -> Self {
        let (piece, more) = match content {
            Content::Bytes(bytes) => (bytes, None),
            Content::File(part) => (Bytes::new(), Some(More::new(part))),
        };
        let mut kept = Self { piece, more, until, received: 0, failed: None, ended_at: None };
        kept.note_end();
        kept
    }

    fn refill(&mut self) -> Result<()> {
        if !self.piece.is_empty() {
            return Ok(());
        }
        let Some(mut more) = self.more.take() else { return Ok(()) };
        let read = rt::offload(self.until.at(), move || more.next().map(|piece| (piece, more)));
        let (piece, more) = match read {
            Ok(Ok(read)) => read,
            Ok(Err(error)) => {
                let what = format!("the stored answer cannot be read: {error}");
                return Err(Error::new(Kind::Io, what).with_phase(Phase::Body).with_source(error));
            }
            Err(Stop::TimedOut) => return Err(Error::timeout(Phase::Body, self.until.limit())),
            Err(Stop::Cancelled) => return Err(Error::cancelled(Phase::Body)),
        };
        self.piece = piece.into();
        self.more = Some(more).filter(|more| more.left > 0);
        Ok(())
    }

    fn note_end(&mut self) {
        if self.piece.is_empty() && self.more.is_none() {
            self.ended_at.get_or_insert_with(Instant::now);
        }
    }
}

impl More {
    fn new(part: Part) -> Self {
        Self { file: part.file, at: part.start, left: part.length, sum: Sha256::new(), expected: part.sum }
    }

    fn next(&mut self) -> io::Result<Vec<u8>> {
        let size = PIECE.min(usize::try_from(self.left).unwrap_or(PIECE));
        let mut piece = vec![0; size];
        // Others may read through the same open file.
        self.file.seek(SeekFrom::Start(self.at))?;
        self.file.read_exact(&mut piece)?;
        self.sum.update(&piece);
        self.at += size as u64;
        self.left -= size as u64;
        if self.left == 0 && self.sum.clone().finalize()[..] != self.expected.0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it has been damaged"));
        }
        Ok(piece)
    }
}

impl Flow for Kept {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        if let Some(error) = &self.failed {
            return Err(error.again());
        }
        if let Err(error) = self.refill() {
            self.failed = Some(error.again());
            return Err(error);
        }
        Ok(&self.piece)
    }

    fn consume(&mut self, n: usize) {
        let n = n.min(self.piece.len());
        drop(self.piece.split_to(n));
        self.received += n as u64;
        self.note_end();
    }

    fn is_ready(&mut self) -> Result<bool> {
        // A file is read within the moment that a look takes.
        self.fill_buf().map(|_| true)
    }

    fn is_end(&self) -> bool {
        self.ended_at.is_some()
    }

    fn received(&self) -> u64 {
        self.received
    }

    fn ended_at(&self) -> Option<Instant> {
        self.ended_at
    }
}
