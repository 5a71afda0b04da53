//! Where answers are kept: in memory, or in a folder that several processes may share.

mod disk;
mod draft;
mod format;
mod memory;
#[cfg(not(unix))]
#[path = "elsewhere.rs"]
mod os;
#[cfg(unix)]
#[path = "unix.rs"]
mod os;
mod sweep;

pub(super) use disk::Disk;
pub(super) use draft::Draft;
pub(super) use format::Part;
pub(super) use memory::Memory;

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use super::digest::Digest;
use super::meta::Meta;
use super::vary::Asker;
use crate::rt;

/// How much may be kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) bytes: u64,
    pub(super) entries: usize,
}

/// How many answers one URL may have: whoever varies by a number that counts up must not drive everybody else out.
const VARIANTS: usize = 16;

/// An answer as it was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) meta: Meta,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    Bytes(Bytes),
    File(Part),
}

/// What is kept now, and what had to make room so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Usage {
    pub(super) bytes: u64,
    pub(super) entries: u64,
    pub(super) evicted: u64,
}

#[derive(Debug)]
pub(super) enum Store {
    Memory(Memory),
    Disk(Arc<Disk>),
}

impl Store {
    /// The latest answer that fits the lines of a request. A disk that does not answer until `at` has none.
    pub(super) fn find(&self, key: &Digest, asker: Asker<'_>, at: Option<Instant>) -> Option<Found> {
        match self {
            Self::Memory(memory) => memory.find(key, asker),
            Self::Disk(disk) => {
                let (disk, key, lines, route) = (disk.clone(), *key, asker.lines.clone(), asker.route);
                rt::offload(at, move || disk.find(&key, Asker { lines: &lines, route })).ok().flatten()
            }
        }
    }

    /// Keeps an answer in place of the one for the same requests; whether it is kept.
    pub(super) fn put(&self, key: &Digest, meta: &Meta, content: &Content, bounds: Bounds) -> bool {
        match (self, content) {
            (Self::Memory(memory), Content::Bytes(body)) => memory.put(key, meta, body, bounds),
            (Self::Memory(_), Content::File(_)) => false,
            (Self::Disk(disk), content) => {
                let Ok(content) = content.try_clone() else { return false };
                let (disk, key, meta) = (disk.clone(), *key, meta.clone());
                rt::offload(None, move || disk.put(&key, &meta, content, bounds).is_ok()).unwrap_or(false)
            }
        }
    }

    /// Removes the answers to a URL, or the one of them that is for `variant`.
    pub(super) fn remove(&self, key: &Digest, variant: Option<&Digest>) {
        match self {
            Self::Memory(memory) => memory.remove(key, variant),
            Self::Disk(disk) => {
                let (disk, key, variant) = (disk.clone(), *key, variant.copied());
                rt::offload(None, move || disk.remove(&key, variant.as_ref())).ok();
            }
        }
    }

    pub(super) fn clear(&self) {
        match self {
            Self::Memory(memory) => memory.clear(),
            Self::Disk(disk) => {
                let disk = disk.clone();
                rt::offload(None, move || disk.clear()).ok();
            }
        }
    }

    pub(super) fn usage(&self) -> Usage {
        match self {
            Self::Memory(memory) => memory.usage(),
            Self::Disk(disk) => disk.usage(),
        }
    }

    /// The folder, for answers that are too large to be collected in memory first.
    pub(super) fn disk(&self) -> Option<&Arc<Disk>> {
        match self {
            Self::Memory(_) => None,
            Self::Disk(disk) => Some(disk),
        }
    }
}

impl Content {
    pub(super) fn try_clone(&self) -> std::io::Result<Self> {
        Ok(match self {
            Self::Bytes(bytes) => Self::Bytes(bytes.clone()),
            Self::File(part) => Self::File(part.try_clone()?),
        })
    }
}
