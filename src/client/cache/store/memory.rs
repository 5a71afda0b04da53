//! Answers in memory, the one unused for longest going first.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard};

use bytes::Bytes;

use super::{Bounds, Content, Found, Usage, VARIANTS};
use crate::client::cache::digest::Digest;
use crate::client::cache::meta::Meta;
use crate::client::cache::vary::{self, Asker};

#[derive(Debug, Default)]
pub(in crate::client::cache) struct Memory(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    by_key: HashMap<Digest, Vec<Slot>>,
    /// By the turn of their last use.
    order: BTreeMap<u64, Digest>,
    turn: u64,
    usage: Usage,
}

#[derive(Debug)]
struct Slot {
    used: u64,
    size: u64,
    meta: Meta,
    body: Bytes,
}

impl Memory {
    pub(super) fn find(&self, key: &Digest, asker: Asker<'_>) -> Option<Found> {
        let mut state = self.lock();
        let state = &mut *state;
        let fits = |slot: &&mut Slot| vary::fits(&slot.meta.head, &slot.meta.variant, asker);
        let slot = state.by_key.get_mut(key)?.iter_mut().filter(fits).max_by_key(|slot| slot.meta.came)?;
        state.turn += 1;
        state.order.remove(&slot.used);
        state.order.insert(state.turn, *key);
        slot.used = state.turn;
        Some(Found { meta: slot.meta.clone(), content: Content::Bytes(slot.body.clone()) })
    }

    pub(super) fn put(&self, key: &Digest, meta: &Meta, body: &Bytes, bounds: Bounds) -> bool {
        let size = meta.size() + body.len() as u64;
        if size > bounds.bytes {
            return false;
        }
        let mut state = self.lock();
        state.forget(key, |slot| slot.meta.variant == meta.variant);
        while state.by_key.get(key).is_some_and(|slots| slots.len() >= VARIANTS) {
            let oldest = state.by_key[key].iter().map(|slot| slot.used).min();
            state.forget(key, |slot| Some(slot.used) == oldest);
            state.usage.evicted += 1;
        }
        while state.usage.bytes + size > bounds.bytes || state.usage.entries as usize >= bounds.entries.max(1) {
            state.evict();
        }
        state.turn += 1;
        let used = state.turn;
        state.order.insert(used, *key);
        state.usage.bytes += size;
        state.usage.entries += 1;
        state.by_key.entry(*key).or_default().push(Slot { used, size, meta: meta.clone(), body: body.clone() });
        true
    }

    pub(super) fn remove(&self, key: &Digest, variant: Option<&Digest>) {
        self.lock().forget(key, |slot| variant.is_none_or(|variant| slot.meta.variant == *variant));
    }

    pub(super) fn clear(&self) {
        let mut state = self.lock();
        let evicted = state.usage.evicted;
        *state = State { turn: state.turn, usage: Usage { evicted, ..Usage::default() }, ..State::default() };
    }

    pub(super) fn usage(&self) -> Usage {
        self.lock().usage
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl State {
    fn forget(&mut self, key: &Digest, gone: impl Fn(&Slot) -> bool) {
        let Some(slots) = self.by_key.get_mut(key) else { return };
        slots.retain(|slot| {
            let gone = gone(slot);
            if gone {
                self.order.remove(&slot.used);
                self.usage.bytes -= slot.size;
                self.usage.entries -= 1;
            }
            !gone
        });
        if slots.is_empty() {
            self.by_key.remove(key);
        }
    }

    fn evict(&mut self) {
        let Some((used, key)) = self.order.first_key_value().map(|(used, key)| (*used, *key)) else { return };
        self.forget(&key, |slot| slot.used == used);
        self.usage.evicted += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::cache::sample::{at, headers, meta};

    const WIDE: Bounds = Bounds { bytes: 1 << 20, entries: 1000 };

    fn key(n: usize) -> Digest {
        Digest::of([&n.to_le_bytes()[..]])
    }

    fn find(memory: &Memory, n: usize) -> Option<Found> {
        memory.find(&key(n), Asker { lines: &headers(&[]), route: 0 })
    }

    fn has(memory: &Memory, n: usize) -> bool {
        find(memory, n).is_some()
    }

    fn fitting(meta: Meta) -> Meta {
        let names = vary::names(&meta.head).unwrap();
        Meta { variant: vary::variant(&names, Asker { lines: &headers(&[]), route: 0 }), ..meta }
    }

    #[test]
    fn q12_bounded_in_bytes_and_the_one_unused_for_longest_goes() {
        let memory = Memory::default();
        let body = Bytes::from(vec![0; 100 << 10]);
        for n in 0..100 {
            assert!(memory.put(&key(n), &fitting(meta(&[])), &body, WIDE));
            assert!(memory.usage().bytes <= WIDE.bytes);
            assert!(has(&memory, 0), "in use");
        }
        assert!(!has(&memory, 1) && has(&memory, 99));
        let usage = memory.usage();
        assert_eq!(usage.entries + usage.evicted, 100);
        assert!(!memory.put(&key(7), &fitting(meta(&[])), &Bytes::from(vec![0; 2 << 20]), WIDE), "larger than all");
        memory.clear();
        assert_eq!((memory.usage().bytes, memory.usage().entries), (0, 0));
    }

    #[test]
    fn bounded_in_entries_and_in_variants() {
        let memory = Memory::default();
        let few = Bounds { entries: 10, ..WIDE };
        for n in 0..100 {
            memory.put(&key(n), &fitting(meta(&[])), &Bytes::new(), few);
        }
        assert_eq!(memory.usage().entries, 10);
        assert!(has(&memory, 99) && has(&memory, 90) && !has(&memory, 89));
        memory.clear();
        for n in 0..100_usize {
            memory.put(&key(0), &Meta { variant: key(n), ..meta(&[]) }, &Bytes::new(), WIDE);
        }
        assert_eq!(memory.usage().entries as usize, VARIANTS);
    }

    #[test]
    fn the_same_requests_answer_is_replaced_and_the_latest_that_fits_is_found() {
        let memory = Memory::default();
        let one = fitting(meta(&[("X", "1")]));
        memory.put(&key(0), &one, &Bytes::from("old"), WIDE);
        memory.put(&key(0), &one, &Bytes::from("new"), WIDE);
        assert_eq!(memory.usage().entries, 1);
        let later = fitting(Meta { came: at(5), ..meta(&[("Vary", "Accept")]) });
        memory.put(&key(0), &later, &Bytes::from("later"), WIDE);
        memory.put(&key(0), &Meta { variant: key(9), came: at(9), ..meta(&[]) }, &Bytes::from("other's"), WIDE);
        let found = find(&memory, 0).unwrap();
        assert!(matches!(found.content, Content::Bytes(body) if body == "later"));
        memory.remove(&key(0), Some(&later.variant));
        assert!(matches!(find(&memory, 0).unwrap().content, Content::Bytes(body) if body == "new"));
        memory.remove(&key(0), None);
        assert_eq!((memory.usage().entries, memory.usage().bytes), (0, 0));
    }
}
