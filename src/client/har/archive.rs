//! What has been recorded so far.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::document::{Entry, Line};
use super::hide;
use crate::message::Headers;

pub(super) struct Shared {
    pub(super) entries: Mutex<Vec<Entry>>,
    pub(super) secrets: bool,
    pub(super) max_body: usize,
}

impl Shared {
    pub(super) fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `sensitive` names what the caller has marked as such.
    pub(super) fn lines(&self, headers: &Headers, sensitive: &[Box<str>]) -> Vec<Line> {
        let text = |name: &str, value: &[u8]| {
            let value = String::from_utf8_lossy(value);
            if self.secrets { value.into_owned() } else { hide::value(name, &value, sensitive).into_owned() }
        };
        headers.iter().map(|(name, value)| Line { name: name.to_owned(), value: text(name, value) }).collect()
    }
}

pub(super) fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}
