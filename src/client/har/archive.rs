//! What has been recorded so far.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::document::{Entry, Line};
use crate::message::Headers;

pub(super) struct Shared {
    pub(super) entries: Mutex<Vec<Entry>>,
    pub(super) secrets: bool,
    pub(super) max_body: usize,
}

const SECRETS: [&str; 5] = ["authorization", "cookie", "proxy-authorization", "set-cookie", "www-authenticate"];

impl Shared {
    pub(super) fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn lines(&self, headers: &Headers) -> Vec<Line> {
        let shown =
            |name: &str, value: &[u8]| match self.secrets || !SECRETS.iter().any(|s| s.eq_ignore_ascii_case(name)) {
                true => String::from_utf8_lossy(value).into_owned(),
                false => "hidden".into(),
            };
        headers.iter().map(|(name, value)| Line { name: name.to_owned(), value: shown(name, value) }).collect()
    }
}

pub(super) fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}
