//! Where a body's bytes come from, piece by piece, and the check that they are as many as announced.

use crate::error::{Error, Kind, Phase, Result};
use bytes::Bytes;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// One TLS record is 16 KiB and a socket buffer some 200 KiB: less costs calls, more costs memory per upload.
pub(super) const PIECE: usize = 64 << 10;

pub(super) enum Source {
    Empty,
    Bytes { all: Bytes, sent: bool },
    Feed(Box<Fed>),
    Made(Box<dyn Pieces>),
}

/// Pieces that are made of other bodies: several in a row, or one encoded.
pub(super) trait Pieces: Send {
    /// Goes on to the next piece, never an empty one; `false` at the end.
    fn pull(&mut self) -> Result<bool>;
    /// The piece that `pull` has found.
    fn piece(&self) -> &[u8];
    fn length(&self) -> Option<u64>;
    fn is_replayable(&self) -> bool;
    fn rewind(&mut self) -> Result<bool>;
    /// Whether [`prepare`](Self::prepare) has deep work to do.
    fn needs_room(&self) -> bool;
    fn prepare(&mut self);
}

/// A source that is used up by reading, with what it announced.
pub(super) struct Fed {
    from: Feed,
    length: Option<u64>,
    taken: u64,
    started: bool,
    buffer: Vec<u8>,
    filled: usize,
    item: Bytes,
}

pub(super) enum Feed {
    Reader(Box<dyn Read + Send>),
    Items(Box<dyn Iterator<Item = io::Result<Bytes>> + Send>),
    File { file: File, start: u64 },
}

impl Source {
    pub(super) fn feed(from: Feed, length: Option<u64>) -> Self {
        let (buffer, item) = (Vec::new(), Bytes::new());
        Self::Feed(Box::new(Fed { from, length, taken: 0, started: false, buffer, filled: 0, item }))
    }

    pub(super) fn file(mut file: File) -> Self {
        let span = file.metadata().ok().filter(std::fs::Metadata::is_file).zip(file.stream_position().ok());
        match span {
            Some((meta, start)) => Self::feed(Feed::File { file, start }, Some(meta.len().saturating_sub(start))),
            None => Self::feed(Feed::Reader(Box::new(file)), None),
        }
    }

    pub(super) fn length(&self) -> Option<u64> {
        match self {
            Self::Empty => Some(0),
            Self::Bytes { all, .. } => Some(all.len() as u64),
            Self::Feed(fed) => fed.length,
            Self::Made(made) => made.length(),
        }
    }

    pub(super) fn is_replayable(&self) -> bool {
        match self {
            Self::Empty | Self::Bytes { .. } => true,
            Self::Feed(fed) => matches!(fed.from, Feed::File { .. }),
            Self::Made(made) => made.is_replayable(),
        }
    }

    /// Goes on to the next piece, never an empty one; `false` at the end.
    pub(super) fn pull(&mut self) -> Result<bool> {
        match self {
            Self::Empty => Ok(false),
            Self::Bytes { all, sent } => Ok(!std::mem::replace(sent, true) && !all.is_empty()),
            Self::Feed(fed) => fed.pull(),
            Self::Made(made) => made.pull(),
        }
    }

    /// The piece that [`pull`](Self::pull) has found.
    pub(super) fn piece(&self) -> &[u8] {
        match self {
            Self::Empty => &[],
            Self::Bytes { all, .. } => all,
            Self::Feed(fed) => fed.piece(),
            Self::Made(made) => made.piece(),
        }
    }

    pub(super) fn rewind(&mut self) -> Result<bool> {
        match self {
            Self::Empty => Ok(true),
            Self::Bytes { sent, .. } => {
                *sent = false;
                Ok(true)
            }
            Self::Feed(fed) => fed.rewind(),
            Self::Made(made) => made.rewind(),
        }
    }
}

impl Fed {
    fn pull(&mut self) -> Result<bool> {
        self.started = true;
        match &mut self.from {
            Feed::Items(items) => match next_item(items)? {
                Some(item) => {
                    self.taken += item.len() as u64;
                    self.item = item;
                    Ok(true)
                }
                None => Ok(false),
            },
            Feed::Reader(reader) => {
                // One byte more than announced, so that a reader with too many shows it without another read that
                // might wait.
                let left = self.length.map_or(u64::MAX, |length| length - self.taken);
                if left == 0 {
                    return Ok(false);
                }
                let n = fill(reader, &mut self.buffer, left.saturating_add(1))?;
                self.account(n)
            }
            Feed::File { file, .. } => {
                // A file that grows while it is sent is common (a log); only the announced part goes.
                let left = self.length.map_or(u64::MAX, |length| length - self.taken);
                if left == 0 {
                    return Ok(false);
                }
                let n = fill(file, &mut self.buffer, left)?;
                self.account(n)
            }
        }
    }

    fn piece(&self) -> &[u8] {
        if let Feed::Items(_) = self.from { &self.item } else { &self.buffer[..self.filled] }
    }

    fn account(&mut self, n: usize) -> Result<bool> {
        let taken = self.taken + n as u64;
        match self.length {
            Some(length) if taken > length => {
                Err(failed(format!("the body has more than the announced {length} bytes")))
            }
            Some(length) if n == 0 && taken < length => {
                Err(failed(format!("the body ended after {taken} of the announced {length} bytes")))
            }
            _ => {
                (self.taken, self.filled) = (taken, n);
                Ok(n > 0)
            }
        }
    }

    fn rewind(&mut self) -> Result<bool> {
        if !self.started {
            return Ok(true);
        }
        let Feed::File { file, start } = &mut self.from else { return Ok(false) };
        file.seek(SeekFrom::Start(*start))
            .map_err(|error| failed("the body's file cannot be rewound".to_owned()).with_source(error))?;
        (self.taken, self.filled, self.started) = (0, 0, false);
        Ok(true)
    }
}

// An empty chunk would end a chunked body.
fn next_item(items: &mut Box<dyn Iterator<Item = io::Result<Bytes>> + Send>) -> Result<Option<Bytes>> {
    items.find(|item| !matches!(item, Ok(item) if item.is_empty())).transpose().map_err(source_failed)
}

fn fill(reader: &mut dyn Read, buffer: &mut Vec<u8>, room: u64) -> Result<usize> {
    let size = usize::try_from(room).unwrap_or(PIECE).min(PIECE);
    if buffer.len() < size {
        buffer.resize(size, 0);
    }
    loop {
        match reader.read(&mut buffer[..size]) {
            // A reader that claims more than it was given room for is broken, and must not make us panic.
            Ok(n) if n > size => return Err(failed("the body's reader returned more bytes than asked for".to_owned())),
            Ok(n) => return Ok(n),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(source_failed(error)),
        }
    }
}

fn source_failed(error: io::Error) -> Error {
    failed(format!("the body's source failed: {error}")).with_source(error)
}

fn failed(what: String) -> Error {
    Error::new(Kind::Body, what).with_phase(Phase::Send)
}
