//! Every fingerprint, in sets of which only one grows at a time.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard};

use super::fingerprint::Fingerprint;

/// A set that doubles copies all it has under its lock: with so many of them that is a 64th of it.
const SHARDS: usize = 64;

pub(super) struct Exact(Vec<Mutex<HashSet<u128>>>);

impl Exact {
    pub(super) fn new() -> Self {
        Self((0..SHARDS).map(|_| Mutex::default()).collect())
    }

    fn shard(&self, number: u128) -> MutexGuard<'_, HashSet<u128>> {
        let shard = &self.0[(number >> 122) as usize];
        shard.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(super) fn insert(&self, fingerprint: Fingerprint) -> bool {
        let number = fingerprint.number();
        self.shard(number).insert(number)
    }

    pub(super) fn contains(&self, fingerprint: Fingerprint) -> bool {
        let number = fingerprint.number();
        self.shard(number).contains(&number)
    }

    pub(super) fn len(&self) -> u64 {
        self.sum(|set| set.len() as u64)
    }

    /// The table of a set has a power of two of places of 16 bytes and one of state, and is at most 7/8 full.
    pub(super) fn bytes(&self) -> u64 {
        self.sum(|set| set.capacity() as u64 * 8 / 7 * 17)
    }

    fn sum(&self, of: impl Fn(&HashSet<u128>) -> u64) -> u64 {
        self.0.iter().map(|shard| of(&shard.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))).sum()
    }
}
