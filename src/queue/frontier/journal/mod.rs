//! What is on disk: items in the order of adding, and their ends, each in checksummed records that are only appended.
//!
//! ```text
//!   frontier.lock          held by one process
//!   items-0000000007.log   records of items, numbered through from the number in the head
//!   items-0000000008.log   … the last one is written to, the others are full
//!   seen-0000000006.log    what is left of a segment whose items are all done: their fingerprints
//!   ends-0000000003.log    which items are done or were tried; begins with all that is known, when it was begun
//! ```
//!
//! Within a write items come before ends, so that no item is done whose links are not there. A kill leaves at most the
//! beginning of a write; opening cuts off what is not whole. Everything here blocks: it runs on threads for that.

mod cursor;
mod ends;
mod files;
mod frame;
mod items;
mod lock;
mod open;
mod place;
mod problem;
mod record;
mod records;
mod segment;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex};

use self::files::Files;
use super::item::Item;
use crate::error::{Error, Phase, Result};
use crate::queue::seen::{Fingerprint, Seen};
use crate::rt;

/// The directory of one frontier, open and locked.
pub(super) struct Journal(Mutex<Files>);

/// What goes to disk together.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The number of the first item.
    pub(super) first: u64,
    pub(super) count: u64,
    /// As [`pack`] makes them, one after the other.
    pub(super) items: Vec<u8>,
    pub(super) ends: Vec<End>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Done(u64),
    /// It was tried so often, and is to rest until then, in milliseconds of Unix time.
    Tried {
        id: u64,
        attempts: u32,
        not_before: u64,
    },
}

/// An item that is to be done.
pub(super) struct Taken {
    pub(super) item: Item,
    /// In milliseconds of Unix time; 0 for at once.
    pub(super) not_before: u64,
}

/// What an open has found.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    pub(super) next: u64,
    pub(super) pending: u64,
    pub(super) done: u64,
    pub(super) cut: u64,
}

/// When files are full, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) items: u64,
    pub(super) ends: u64,
}

/// Some ten thousand items each: their fingerprints replace them soon, and a crawl of a million makes a few dozen files.
const SIZES: Sizes = Sizes { items: 4 << 20, ends: 1 << 20 };

impl Journal {
    pub(super) fn open(path: &Path, sync: bool, seen: Option<&Seen>) -> Result<(Arc<Self>, Found)> {
        Self::open_with(path, sync, seen, SIZES)
    }

    fn open_with(path: &Path, sync: bool, seen: Option<&Seen>, sizes: Sizes) -> Result<(Arc<Self>, Found)> {
        let (files, found) = open::open(path, sync, seen, sizes)?;
        Ok((Arc::new(Self(Mutex::new(files))), found))
    }

    pub(super) fn write(&self, batch: &Batch) -> Result<()> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).write(batch)
    }

    /// The next items in the order of adding, so many at most.
    pub(super) fn read(&self, count: usize) -> Result<Vec<Taken>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).read(count)
    }
}

/// An item as it is kept.
///
/// # Errors
/// Of kind [`TooLarge`](crate::error::Kind::TooLarge) above 64 MiB.
pub(super) fn pack(item: &Item, fingerprint: Fingerprint) -> Result<Vec<u8>> {
    frame::frame(&record::encode(item, fingerprint))
}

/// What [`pack`] has made.
pub(super) fn unpack(packed: &[u8], id: u64) -> Option<Item> {
    let (payload, _) = frame::first(packed)?;
    record::decode(payload, id)
}

/// Where blocking does no harm.
pub(super) fn aside<T: Send + 'static>(f: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match rt::is_coroutine() {
        true => rt::offload(None, f).unwrap_or_else(|_| Err(Error::cancelled(Phase::Build))),
        false => f(),
    }
}
