//! A Bloom filter. The fingerprint is a hash already, so that a few lines are all there is to it.

use std::f64::consts::LN_2;
use std::sync::{Mutex, MutexGuard};

use super::fingerprint::Fingerprint;
use crate::error::{Error, Kind, Phase, Result};

pub(super) struct Bloom {
    bits: u64,
    hashes: u32,
    state: Mutex<State>,
}

struct State {
    words: Vec<u64>,
    ones: u64,
    inserted: u64,
}

impl Bloom {
    /// As many bits as `items` need for the rate, and as many hashes as suit them.
    pub(super) fn new(items: u64, rate: f64) -> Result<Self> {
        let refused = |why: String| Error::new(Kind::InvalidConfig, why).with_phase(Phase::Build);
        if items == 0 || !(1e-12..=0.5).contains(&rate) {
            let what = format!("a filter for {items} items with a false-positive rate of {rate}");
            return Err(refused(format!("{what}: it needs one item at least and a rate from 1e-12 to 0.5")));
        }
        let bits_per_item = -rate.ln() / (LN_2 * LN_2);
        let bits = (items as f64 * bits_per_item).ceil().max(64.0);
        let mut words = Vec::new();
        let wanted = (bits / 64.0).ceil();
        if wanted > (isize::MAX / 8) as f64 || words.try_reserve_exact(wanted as usize).is_err() {
            return Err(refused(format!("a filter for {items} items needs {:.0} MB, which are not there", bits / 8e6)));
        }
        words.resize(wanted as usize, 0);
        let hashes = (bits_per_item * LN_2).round().max(1.0) as u32;
        Ok(Self { bits: words.len() as u64 * 64, hashes, state: Mutex::new(State { words, ones: 0, inserted: 0 }) })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Two hashes make as many as wanted (Kirsch and Mitzenmacher, 2006).
    fn places(&self, fingerprint: Fingerprint) -> impl Iterator<Item = u64> + use<> {
        let number = fingerprint.number();
        let (first, step) = (number as u64, (number >> 64) as u64 | 1);
        let bits = self.bits;
        (0..self.hashes).map(move |n| first.wrapping_add(step.wrapping_mul(u64::from(n))) % bits)
    }

    pub(super) fn insert(&self, fingerprint: Fingerprint) -> bool {
        let mut state = self.lock();
        let mut set = 0;
        for place in self.places(fingerprint) {
            let (word, bit) = (&mut state.words[(place / 64) as usize], 1 << (place % 64));
            set += u64::from(*word & bit == 0);
            *word |= bit;
        }
        state.ones += set;
        state.inserted += u64::from(set > 0);
        set > 0
    }

    pub(super) fn contains(&self, fingerprint: Fingerprint) -> bool {
        let state = self.lock();
        self.places(fingerprint).all(|place| state.words[(place / 64) as usize] & (1 << (place % 64)) != 0)
    }

    pub(super) fn len(&self) -> u64 {
        self.lock().inserted
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bits / 8
    }

    /// How likely the next one that is new is taken for an old one.
    pub(super) fn rate(&self) -> f64 {
        let share = self.lock().ones as f64 / self.bits as f64;
        share.powi(self.hashes as i32)
    }
}
