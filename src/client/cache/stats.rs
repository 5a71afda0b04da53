//! Figures of a cache.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::status::CacheStatus;
use super::store::Usage;

/// What a cache holds and has done so far, over all its handles in this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Answers that were kept and fresh.
    pub hits: u64,
    /// Answers that were kept and used although they were stale.
    pub stale: u64,
    /// Answers that were kept, and that the server said still hold.
    pub revalidated: u64,
    /// Answers of another request for the same at the same time.
    pub collapsed: u64,
    /// Answers of servers: nothing was kept, or it would not do.
    pub misses: u64,
    /// Answers that were put in.
    pub stored: u64,
    /// Answers that could not be put in, since the disk was full or the like.
    pub failed: u64,
    /// Answers that had to make room.
    pub evicted: u64,
    /// Answers that are kept now.
    pub entries: u64,
    /// What they take, heads and bookkeeping included; on a disk in whole blocks.
    pub bytes: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    hits: AtomicU64,
    stale: AtomicU64,
    revalidated: AtomicU64,
    collapsed: AtomicU64,
    misses: AtomicU64,
    stored: AtomicU64,
    failed: AtomicU64,
}

impl Counts {
    pub(super) fn answered(&self, status: CacheStatus) {
        let counter = match status {
            CacheStatus::Hit => &self.hits,
            CacheStatus::Stale => &self.stale,
            CacheStatus::Revalidated => &self.revalidated,
            CacheStatus::Collapsed => &self.collapsed,
            CacheStatus::Miss | CacheStatus::Replaced => &self.misses,
            CacheStatus::Bypass | CacheStatus::Unsatisfied => return,
        };
        counter.fetch_add(1, Relaxed);
    }

    pub(super) fn put(&self, kept: bool) {
        if kept { &self.stored } else { &self.failed }.fetch_add(1, Relaxed);
    }

    pub(super) fn with(&self, usage: Usage) -> CacheStats {
        let of = |counter: &AtomicU64| counter.load(Relaxed);
        CacheStats {
            hits: of(&self.hits),
            stale: of(&self.stale),
            revalidated: of(&self.revalidated),
            collapsed: of(&self.collapsed),
            misses: of(&self.misses),
            stored: of(&self.stored),
            failed: of(&self.failed),
            evicted: usage.evicted,
            entries: usage.entries,
            bytes: usage.bytes,
        }
    }
}
