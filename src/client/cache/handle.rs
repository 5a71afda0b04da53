//! The cache itself: a handle that clients share.

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::ask::key;
use super::changes::Changes;
use super::clock::{Clock, Moment};
use super::digest::Digest;
use super::flight::Flights;
use super::rules::Rules;
use super::stats::{CacheStats, Counts};
use super::store::{Bounds, Disk, Memory, Store};
use crate::error::{Error, Phase, Result};
use crate::message::{Headers, Method, Url};
use crate::rt;

/// Kept answers (RFC 9111), in memory or on disk. Clones share them; give one to as many clients as you like.
///
/// ```
/// use maypole::{HttpClient, client::{Cache, CacheMode}};
/// let cache = Cache::memory(64 << 20);
/// let client = HttpClient::builder().cache(cache.clone()).build()?;
/// let request = client.get("http://127.0.0.1:1/").cache_mode(CacheMode::OnlyIfCached);
/// assert_eq!(request.send()?.status(), 504, "nothing is there");
/// assert_eq!(cache.stats().entries, 0);
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// It is a private cache. It keeps what servers allow, answers `GET` and `HEAD` with it while it is fresh, and has it
/// validated after that. Answers to requests with `Authorization` or `Cookie` are for requests with the same lines
/// alone, unless the server calls them `public`, so that one cache may serve a program with many users. What else tells
/// users apart, such as client certificates, needs a [`space`](Self::space) or a cache for each.
///
/// A body is kept as it came, still coded, while the caller reads it; it has to be read to its end.
#[derive(Clone)]
pub struct Cache {
    pub(super) shared: Arc<Shared>,
    pub(super) rules: Rules,
}

pub(super) struct Shared {
    pub(super) store: Store,
    bytes: u64,
    clock: Clock,
    pub(super) flights: Flights,
    pub(super) counts: Counts,
    pub(super) changes: Changes,
    refreshing: Mutex<HashSet<Digest>>,
    /// Bytes of answers that are on their way in.
    arriving: AtomicU64,
}

/// An object may take this part of a cache, so that one of them does not drive out all others.
const OBJECT_PART: u64 = 8;
/// A folder may hold more than memory: an entry costs no bookkeeping here.
const DISK_ENTRIES: usize = 100_000;
/// Ten thousand answers at once may be on their way in, each with some part of it in memory.
const ARRIVING: u64 = 256 << 20;

impl Cache {
    /// A cache in memory of at most so many bytes, heads and bookkeeping included.
    pub fn memory(bytes: u64) -> Self {
        Self::new(Store::Memory(Memory::default()), bytes, Rules::default())
    }

    /// A cache in a folder of its own, of at most so many bytes on the disk. It is made if it is not there, with rights
    /// for its owner alone; several processes may share it.
    ///
    /// Nothing is synced: a process may be killed at any moment and leaves a cache that is whole, and when the power
    /// fails the damage is found by checksums and thrown away.
    ///
    /// # Errors
    /// [`InvalidConfig`](crate::error::Kind::InvalidConfig) when it cannot be made or written, or holds something else than a cache.
    pub fn disk(path: impl Into<PathBuf>, bytes: u64) -> Result<Self> {
        let path = path.into();
        let bounds = Bounds { bytes, entries: DISK_ENTRIES };
        let opened = rt::offload(None, move || Disk::open(&path, bounds));
        let disk = opened.map_err(|_| Error::cancelled(Phase::Build))??;
        let rules = Rules { entries: DISK_ENTRIES, ..Rules::default() };
        Ok(Self::new(Store::Disk(Arc::new(disk)), bytes, rules))
    }

    fn new(store: Store, bytes: u64, rules: Rules) -> Self {
        let shared = Shared {
            store,
            bytes,
            clock: Clock::new(),
            flights: Flights::default(),
            counts: Counts::default(),
            changes: Changes::default(),
            refreshing: Mutex::default(),
            arriving: AtomicU64::new(0),
        };
        Self { shared: Arc::new(shared), rules }
    }

    /// Keeps every answer for `time`, whatever its server says about caching: octopus's mode. Default off: RFC 9111.
    ///
    /// Every answer to a `GET` or `HEAD` with a status below 400, or as [`cache_if`](Self::cache_if) says; never a part
    /// (206), and none with `Vary: *`. The time counts from the end of the head, by a clock that cannot be set back. It
    /// is not validated: when its time is over it is gone.
    #[must_use]
    pub fn keep_all(mut self, time: Duration) -> Self {
        self.rules.keep = Some(time);
        self
    }

    /// Keeps only answers whose status and headers this says yes to. Default with [`keep_all`](Self::keep_all): status
    /// below 400; else: all that RFC 9111 allows, which this can only narrow.
    #[must_use]
    pub fn cache_if(mut self, keep: impl Fn(u16, &Headers) -> bool + Send + Sync + 'static) -> Self {
        self.rules.keep_if = Some(Arc::new(keep));
        self
    }

    /// Keeps answers apart from those of every other space, within the same bounds. Default one space for all.
    #[must_use]
    pub fn space(mut self, name: &str) -> Self {
        self.rules.space = name.into();
        self
    }

    /// The most answers that are kept. Default 10,000 in memory, 100,000 on disk.
    #[must_use]
    pub fn max_entries(mut self, entries: usize) -> Self {
        self.rules.entries = entries;
        self
    }

    /// The largest body that is kept, in bytes. Default an eighth of the cache.
    #[must_use]
    pub fn max_object(mut self, bytes: u64) -> Self {
        self.rules.object = Some(bytes);
        self
    }

    /// How long a request waits for an equal one that is on its way, to have its answer, before it asks by itself; zero
    /// lets every request ask. Default 10 s, and never longer than the request's own deadline.
    ///
    /// Equal are requests with the same URL and the same lines. The answer is there when the one who asked has read it
    /// to its end; when it may not be shared, the others ask at once. Requests with a
    /// [`hedge`](crate::ClientBuilder::hedge) wait for nobody.
    #[must_use]
    pub fn single_flight(mut self, patience: Duration) -> Self {
        self.rules.patience = patience;
        self
    }

    /// Whether, when the one request that others wait for fails, the first of them asks again instead of all having its
    /// error. Default off: what failed a moment ago is not asked a hundred times. A timeout or a cancel concerns only
    /// the one whose it was, and the next one always asks.
    #[must_use]
    pub fn retry_followers(mut self, retry: bool) -> Self {
        self.rules.retry = retry;
        self
    }

    /// Uses answers that are stale by no more than `time` when the server fails (500, 502, 503, 504, or no answer at
    /// all), unless it forbids that with `must-revalidate` or `no-cache`. Default as the server says with
    /// `stale-if-error` (RFC 5861 §4).
    #[must_use]
    pub fn stale_if_error(mut self, time: Duration) -> Self {
        self.rules.stale_if_error = Some(time);
        self
    }

    /// What it holds and has done so far.
    pub fn stats(&self) -> CacheStats {
        self.shared.counts.with(self.shared.store.usage())
    }

    /// Removes everything, of all spaces.
    pub fn clear(&self) {
        self.shared.changes.note_all();
        self.shared.store.clear();
    }

    /// Removes every answer to this URL, of this handle's space.
    pub fn remove(&self, url: &Url) {
        for space in self.rules.spaces() {
            for method in [Method::GET, Method::HEAD] {
                let key = key(&space, &method, url);
                self.shared.changes.note(key);
                self.shared.store.remove(&key, None);
            }
        }
    }

    /// Options that exclude each other: one of them would do nothing.
    pub(super) fn contradiction(&self) -> Option<String> {
        let (rules, bytes) = (&self.rules, self.shared.bytes);
        if rules.entries == 0 || bytes == 0 {
            return Some("cache: max_entries or its bytes are 0, and nothing is kept; leave the cache out".into());
        }
        if let Some(object) = rules.object.filter(|object| *object > bytes) {
            return Some(format!(
                "max_object: a body of {object} bytes has no room in a cache of {bytes}; make it larger"
            ));
        }
        if rules.keep.is_some_and(|time| time.is_zero()) {
            return Some("keep_all: for no time nothing is kept; leave the cache out".into());
        }
        if rules.keep.is_some() && rules.stale_if_error.is_some() {
            return Some(
                "keep_all and stale_if_error: what keep_all keeps is gone when it is stale; use a longer time".into(),
            );
        }
        let lost = rules.retry && rules.patience.is_zero();
        lost.then(|| "retry_followers and single_flight: with no patience nobody follows; leave one out".into())
    }

    pub(super) fn key(&self, method: &Method, url: &Url) -> Digest {
        key(&self.rules.space(), method, url)
    }

    pub(super) fn now(&self) -> Moment {
        self.shared.clock.now()
    }

    pub(super) fn bounds(&self) -> Bounds {
        Bounds { bytes: self.shared.bytes, entries: self.rules.entries }
    }

    /// The largest body.
    pub(super) fn room(&self) -> u64 {
        self.rules.object.unwrap_or(self.shared.bytes / OBJECT_PART).min(self.shared.bytes)
    }

    /// A place for bytes of answers on their way in, which take memory too: as much again as those that are there, but no
    /// more of it than this for a disk.
    pub(super) fn arriving(&self) -> Arriving {
        Arriving { shared: self.shared.clone(), bytes: 0, most: self.shared.bytes.min(ARRIVING) }
    }

    pub(super) fn refreshing(&self) -> MutexGuard<'_, HashSet<Digest>> {
        self.shared.refreshing.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Bytes held for an answer on its way in.
pub(super) struct Arriving {
    shared: Arc<Shared>,
    bytes: u64,
    most: u64,
}

impl Arriving {
    /// Counts more bytes; whether all together are within the bound.
    pub(super) fn add(&mut self, bytes: u64) -> bool {
        self.bytes += bytes;
        self.shared.arriving.fetch_add(bytes, Relaxed) + bytes <= self.most
    }

    pub(super) fn clear(&mut self) {
        self.shared.arriving.fetch_sub(std::mem::take(&mut self.bytes), Relaxed);
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.clear();
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("rules", &self.rules).field("stats", &self.stats()).finish_non_exhaustive()
    }
}
