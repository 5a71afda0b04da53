//! The answers themselves: found by key, gone by age or for want of room. No lock, no clock.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use super::key::{CacheKey, Selects};
use crate::queue::fetch::answer::Outcome;

/// What an entry takes beside its answer.
const OVERHEAD: usize = 256;

#[derive(Default)]
pub(super) struct Store {
    by_name: HashMap<Arc<str>, Vec<Entry>>,
    /// All have the same time to live: the oldest is the first to end.
    by_age: BTreeMap<u64, Arc<str>>,
    bytes: usize,
    next: u64,
}

struct Entry {
    number: u64,
    expires: Instant,
    selects: Selects,
    outcome: Outcome,
    weight: usize,
}

/// How much may be kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) bytes: usize,
    pub(super) entries: usize,
}

impl Store {
    pub(super) fn len(&self) -> usize {
        self.by_age.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What is kept for this request. One whose time is over is removed, and lies in `gone` then, for dropping without a
    /// lock.
    pub(super) fn get(&mut self, key: &CacheKey, now: Instant, gone: &mut Option<Outcome>) -> Option<Outcome> {
        let entry = self.by_name.get(&*key.name)?.iter().find(|entry| entry.selects.fits(key))?;
        // At the very deadline too, as in octopus.
        if entry.expires > now {
            return Some(entry.outcome.clone());
        }
        let number = entry.number;
        *gone = self.remove(number);
        None
    }

    /// Keeps an answer in place of an older one; those that had to go, itself perhaps, come back, for dropping without a
    /// lock.
    pub(super) fn put(
        &mut self,
        key: &CacheKey,
        outcome: Outcome,
        (now, expires): (Instant, Instant),
        room: Room,
    ) -> Vec<Outcome> {
        let mut gone = Vec::new();
        let Some(selects) = key.selects(outcome.as_ref().ok().map(|answer| &answer.headers)) else {
            return vec![outcome];
        };
        let weight = OVERHEAD + 2 * key.name.len() + outcome.as_ref().map_or(OVERHEAD, |answer| answer.weight());
        let same = self.by_name.get(&*key.name).into_iter().flatten().find(|entry| entry.selects.is_same(&selects));
        if let Some(number) = same.map(|entry| entry.number) {
            gone.extend(self.remove(number));
        }
        if weight > room.bytes || room.entries == 0 {
            gone.push(outcome);
            return gone;
        }
        while let Some((&oldest, name)) = self.by_age.first_key_value() {
            let is_full = self.bytes + weight > room.bytes || self.len() >= room.entries;
            let first = self.by_name[name].iter().find(|entry| entry.number == oldest);
            if !is_full && first.is_some_and(|entry| entry.expires > now) {
                break;
            }
            gone.extend(self.remove(oldest));
        }
        let name = match self.by_name.get_key_value(&*key.name) {
            Some((name, _)) => name.clone(),
            None => Arc::from(&*key.name),
        };
        let number = self.next;
        self.next += 1;
        self.bytes += weight;
        self.by_age.insert(number, name.clone());
        self.by_name.entry(name).or_default().push(Entry { number, expires, selects, outcome, weight });
        gone
    }

    fn remove(&mut self, number: u64) -> Option<Outcome> {
        let name = self.by_age.remove(&number)?;
        let entries = self.by_name.get_mut(&name)?;
        let at = entries.iter().position(|entry| entry.number == number)?;
        let entry = entries.swap_remove(at);
        if entries.is_empty() {
            self.by_name.remove(&name);
        }
        self.bytes -= entry.weight;
        Some(entry.outcome)
    }
}
