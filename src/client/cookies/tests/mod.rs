//! The jar as a whole, without a wire.

mod bounds;
mod delivery;
#[cfg(feature = "json")]
mod json;
mod netscape;
mod properties;
mod replacing;
mod shared;

use std::time::{Duration, SystemTime};

use super::accept::{Place, accept};
use super::caps::Caps;
use super::refused::Refused;
use super::store::Store;
use super::*;
use crate::message::{Headers, Url};

pub(super) fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

pub(super) fn headers(lines: &[&str]) -> Headers {
    Headers::from_pairs(lines.iter().map(|line| ("Set-Cookie", *line))).unwrap()
}

/// A jar whose clock is the test's.
#[derive(Default)]
pub(super) struct Clocked {
    store: Store,
    caps: Caps,
    now: u64,
}

impl Clocked {
    pub(super) fn with(caps: Caps) -> Self {
        Self { caps, ..Self::default() }
    }

    pub(super) fn at(&mut self, now: u64) -> &mut Self {
        self.now = now;
        self
    }

    fn time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000 + self.now)
    }

    pub(super) fn set(&mut self, from: &str, line: &str) -> Result<(), Refused> {
        let (from, now) = (url(from), self.time());
        let place = Place::of(&from, &self.caps);
        let cookie = accept(line.as_bytes(), place, now, &self.caps)?;
        self.store.put(cookie, place.secure, now, &self.caps)
    }

    pub(super) fn line(&mut self, to: &str) -> String {
        let (to, now) = (url(to), self.time());
        self.store.line(Place::of(&to, &self.caps), now, &self.caps).unwrap_or_default()
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.store.all(self.time()).into_iter().map(|cookie| cookie.name).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.store.len(self.time())
    }
}
