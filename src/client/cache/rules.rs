//! What a cache keeps and how it treats those who ask at the same time: the options of a handle.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::ask::Ask;
use super::storable::{is_whole, may_store};
use crate::message::Headers;
use crate::wire::h1::Head;

type Predicate = dyn Fn(u16, &Headers) -> bool + Send + Sync;

#[derive(Clone)]
pub(super) struct Rules {
    /// Everything is kept for so long, whatever its server says.
    pub(super) keep: Option<Duration>,
    pub(super) keep_if: Option<Arc<Predicate>>,
    /// Part of every key.
    pub(super) space: Arc<str>,
    /// How long others wait for the one who asks; zero: everybody asks.
    pub(super) patience: Duration,
    /// Whether the first of them asks again when that fails.
    pub(super) retry: bool,
    pub(super) stale_if_error: Option<Duration>,
    pub(super) object: Option<u64>,
    pub(super) entries: usize,
}

/// As long as nginx's `proxy_cache_lock_timeout` twice over: a caller that holds an answer unread while it asks for the
/// same again waits for itself, and must not do so for long.
const PATIENCE: Duration = Duration::from_secs(10);
/// With what an entry costs beside its bytes, 10,000 of them take some 5 MB at most.
const ENTRIES: usize = 10_000;

impl Default for Rules {
    fn default() -> Self {
        Self {
            keep: None,
            keep_if: None,
            space: "".into(),
            patience: PATIENCE,
            retry: false,
            stale_if_error: None,
            object: None,
            entries: ENTRIES,
        }
    }
}

impl Rules {
    /// Whether the answer may be kept, or handed to those who asked the same meanwhile.
    pub(super) fn may_keep(&self, ask: &Ask<'_>, head: &Head) -> bool {
        let fits = |keep: &Arc<Predicate>| keep(head.status, &head.headers);
        match (&self.keep, &self.keep_if) {
            (None, keep_if) => may_store(ask, head) && keep_if.as_ref().is_none_or(fits),
            (Some(_), None) => is_whole(ask, head) && !ask.directives.no_store && head.status < 400,
            (Some(_), Some(keep_if)) => is_whole(ask, head) && !ask.directives.no_store && fits(keep_if),
        }
    }

    /// What keeps entries of one kind from being found by handles of another.
    pub(super) fn space(&self) -> String {
        // The time stands in neither: a handle with another one finds the same entries and judges them by its own.
        let [kept, http] = self.spaces();
        if self.keep.is_some() { kept } else { http }
    }

    /// Those of both kinds: what changed has changed for both.
    pub(super) fn spaces(&self) -> [String; 2] {
        ["kept", "http"].map(|kind| format!("{kind} {}", self.space))
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules").field("keep_all", &self.keep).field("space", &self.space).finish_non_exhaustive()
    }
}
