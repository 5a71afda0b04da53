//! Adding many.

use std::sync::Arc;

use super::core::Core;
use super::item::Item;
use super::report::Added;
use crate::error::Result;

/// Bytes that are collected before a write.
const ENOUGH: usize = 64 << 10;

/// Adds many items, written together; while it lives, a [`run`](super::Frontier::run) waits for more instead of ending.
///
/// ```
/// use maypole::queue::{Frontier, Item};
/// let frontier = Frontier::builder().open()?;
/// let feed = frontier.feed();
/// for n in 0..10_000 {
///     feed.push(Item::get(format!("http://example.com/{n}")))?;
/// }
/// feed.flush()?;
/// assert_eq!(frontier.progress().pending, 10_000);
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// What was pushed is accepted, and survives a kill, when [`flush`](Self::flush) has returned. Dropping it waits for
/// nothing: what was not flushed is written together with the next thing that is.
#[derive(Debug)]
pub struct Feed {
    core: Arc<Core>,
}

impl Feed {
    pub(super) fn new(core: Arc<Core>) -> Self {
        core.feeds(1);
        Self { core }
    }

    /// Adds an item. Waits for the disk once in some hundred.
    ///
    /// # Errors
    /// Of kind [`InvalidUrl`](crate::error::Kind::InvalidUrl) for one that cannot be fetched: it is left out, and nothing
    /// else is changed; [`Closed`](crate::error::Kind::Closed) after a [`stop`](super::Frontier::stop); what went wrong
    /// with the directory.
    pub fn push(&self, item: Item) -> Result<Added> {
        let prepared = self.core.prepare(item)?;
        let added = self.core.add(prepared)?;
        if self.core.collected() >= ENOUGH {
            self.flush()?;
        }
        Ok(added)
    }

    /// Waits until everything pushed so far is written.
    ///
    /// # Errors
    /// What went wrong with the directory.
    pub fn flush(&self) -> Result<()> {
        self.core.commit()
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.core.feeds(-1);
    }
}
