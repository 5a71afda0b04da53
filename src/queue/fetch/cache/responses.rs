//! The cache as programs see it.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::flights::{Flights, Follower, Landing};
use super::key::CacheKey;
use super::store::{Room, Store};
use crate::error::{Kind, Result};
use crate::message::Url;
use crate::queue::fetch::answer::Outcome;
use crate::queue::fetch::fetched::Fetched;

/// Answers kept for a time, so that a URL that is enqueued again is not fetched again: octopus's cache.
///
/// ```
/// use maypole::queue::{FetchQueue, ResponseCache};
/// use std::time::Duration;
/// let cache = ResponseCache::new().ttl(Duration::from_secs(60)).capacity(16 << 20);
/// let queue = FetchQueue::builder().cache(cache.clone()).build()?;
/// assert!(cache.is_empty());
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// - **Which requests**: `GET` and `HEAD` of the queue's client, by method, URL (host in lower case, without default port
///   and fragment) and the lines that the answer's `Vary` names; `Authorization` and `Cookie` lines always count. One with a
///   body or options of its own (credentials, redirects, a proxy; not timeouts), with conditions, a range, or
///   `Cache-Control: no-cache`, passes by.
/// - **Which answers**: those with a status below 400, or what [`cache_if`](Self::cache_if) says; not with `Vary: *`.
/// - **How long**: [`ttl`](Self::ttl) from when it came, whatever the server says. For the rules of RFC 9111 give the
///   queue a client with a [`client::Cache`](crate::client::Cache).
/// - **One fetch for all**: equal fetches that are under way at once become one. The others wait for it without holding a
///   worker, and share what comes of it; failures too, unless [`refetch_failures`](Self::refetch_failures) is on.
///
/// Clones are the same cache. It may serve several queues, which should then fetch as the same user; options are set
/// before it does. Safe from any thread and coroutine; it never waits.
#[doc(alias = "Cache")]
#[derive(Clone)]
pub struct ResponseCache(Arc<Inner>);

struct Inner {
    options: Options,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    store: Store,
    flights: Flights,
}

#[derive(Clone)]
struct Options {
    ttl: Duration,
    room: Room,
    keeps: Option<Arc<dyn Fn(&Fetched) -> bool + Send + Sync>>,
    refetch_failures: bool,
    clock: Option<Arc<dyn Fn() -> Instant + Send + Sync>>,
}

/// What a request finds.
pub(in crate::queue::fetch) enum Boarding {
    Hit(Outcome),
    /// It fetches, for itself and for whoever comes meanwhile.
    Lead(Leader),
    /// Another one fetches; the follower is told.
    Follow,
}

/// Who fetches for others. Dropped before it has landed, as by a cancel, it leaves the fetch to one of them.
pub(in crate::queue::fetch) struct Leader {
    cache: ResponseCache,
    key: CacheKey,
    has_landed: bool,
}

impl ResponseCache {
    /// The default of [`ttl`](Self::ttl): 30 s, octopus's.
    pub const DEFAULT_TTL: Duration = Duration::from_secs(30);

    /// The default of [`capacity`](Self::capacity): 64 MiB, some thousands of pages.
    pub const DEFAULT_CAPACITY: usize = 64 << 20;

    /// An empty cache.
    pub fn new() -> Self {
        let room = Room { bytes: Self::DEFAULT_CAPACITY, entries: usize::MAX };
        Self::with(Options { ttl: Self::DEFAULT_TTL, room, keeps: None, refetch_failures: false, clock: None })
    }

    fn with(options: Options) -> Self {
        Self(Arc::new(Inner { options, state: Mutex::default() }))
    }

    fn set(self, change: impl FnOnce(&mut Options)) -> Self {
        let mut options = self.0.options.clone();
        change(&mut options);
        Self::with(options)
    }

    /// An empty cache that keeps each answer for so long; at the very end of it the answer is gone. Default 30 s. With zero
    /// nothing is kept, but equal fetches at once are still one.
    #[doc(alias = "expiration_in_seconds")]
    #[must_use]
    pub fn ttl(self, ttl: Duration) -> Self {
        self.set(|options| options.ttl = ttl)
    }

    /// An empty cache of so many bytes, headers and some overhead included; the oldest answers go first. Default 64 MiB.
    #[must_use]
    pub fn capacity(self, bytes: usize) -> Self {
        self.set(|options| options.room.bytes = bytes)
    }

    /// An empty cache of so many answers; the oldest go first. Default no bound but [`capacity`](Self::capacity).
    #[must_use]
    pub fn max_entries(self, entries: usize) -> Self {
        self.set(|options| options.room.entries = entries)
    }

    /// An empty cache that keeps what `f` says, failures included. Default answers with a status below 400. `f` must not
    /// wait; a panic in it is a no.
    ///
    /// ```
    /// use maypole::queue::ResponseCache;
    /// let also_missing_pages = ResponseCache::new().cache_if(|answer| answer.is_ok() || answer.status() == 404);
    /// ```
    #[must_use]
    pub fn cache_if(self, f: impl Fn(&Fetched) -> bool + Send + Sync + 'static) -> Self {
        self.set(|options| options.keeps = Some(Arc::new(f)))
    }

    /// An empty cache for which what is not kept is not shared either: of equal fetches that were under way at once, one
    /// more fetches, until one brings what is kept. Default off: a failing server gets one request, not one after the
    /// other.
    #[must_use]
    pub fn refetch_failures(self, on: bool) -> Self {
        self.set(|options| options.refetch_failures = on)
    }

    /// An empty cache with a clock of one's own, for tests. Default [`Instant::now`], which no change of the system's time
    /// moves.
    #[must_use]
    pub fn clock(self, now: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        self.set(|options| options.clock = Some(Arc::new(now)))
    }

    /// How long answers are kept.
    pub fn time_to_live(&self) -> Duration {
        self.0.options.ttl
    }

    /// How many answers there are, those whose time is over included as long as nobody has asked for them.
    pub fn len(&self) -> usize {
        self.lock().store.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What they take in memory, about.
    pub fn bytes(&self) -> usize {
        self.lock().store.bytes()
    }

    /// The answer kept for a `GET` of `url` without lines of its own. One whose time is over is removed.
    ///
    /// ```
    /// use maypole::queue::{Fetched, ResponseCache};
    /// let cache = ResponseCache::new();
    /// cache.put("http://Example.com:80", Fetched::builder("http://example.com/").body("hello").build()?)?;
    /// assert_eq!(cache.get("http://example.com/#top").unwrap().bytes(), b"hello");
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn get(&self, url: &str) -> Option<Fetched> {
        let key = CacheKey::of_url("GET", &Url::parse(url).ok()?);
        self.lookup(&key).map(|outcome| Fetched::shared(url.into(), outcome))
    }

    /// Keeps an answer for a `GET` of `url`, whatever it is.
    ///
    /// # Errors
    /// [`Kind::InvalidUrl`].
    pub fn put(&self, url: &str, answer: Fetched) -> Result<()> {
        self.store(&CacheKey::of_url("GET", &Url::parse(url)?), answer.outcome);
        Ok(())
    }

    /// Forgets all answers; fetches that are under way go on.
    pub fn clear(&self) {
        let all = std::mem::take(&mut self.lock().store);
        drop(all);
    }

    pub(in crate::queue::fetch) fn lookup(&self, key: &CacheKey) -> Option<Outcome> {
        let (now, mut gone) = (self.now(), None);
        self.lock().store.get(key, now, &mut gone)
    }

    /// A request that is about to be fetched.
    pub(in crate::queue::fetch) fn board(&self, key: CacheKey, follower: impl FnOnce() -> Follower) -> Boarding {
        let (now, mut gone) = (self.now(), None);
        let mut state = self.lock();
        if let Some(outcome) = state.store.get(&key, now, &mut gone) {
            return Boarding::Hit(outcome);
        }
        match state.flights.board(key.flight(), follower) {
            true => Boarding::Lead(Leader { cache: self.clone(), key, has_landed: false }),
            false => Boarding::Follow,
        }
    }

    fn store(&self, key: &CacheKey, outcome: Outcome) {
        let Options { ttl, room, .. } = self.0.options;
        let now = self.now();
        // Beyond the clock's range: for as long as there is room.
        let expires = now.checked_add(ttl).unwrap_or_else(|| now + Duration::from_secs(100 * 365 * 86_400));
        let gone = self.lock().store.put(key, outcome, (now, expires), room);
        drop(gone);
    }

    fn now(&self) -> Instant {
        self.0.options.clock.as_ref().map_or_else(Instant::now, |clock| clock())
    }

    fn keeps(&self, fetched: &Fetched) -> bool {
        let Some(keeps) = &self.0.options.keeps else { return fetched.is_ok() };
        catch_unwind(AssertUnwindSafe(|| keeps(fetched))).unwrap_or(false)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Leader {
    /// Keeps what has come, if it is kept, and shares it.
    pub(in crate::queue::fetch) fn land(mut self, fetched: &Fetched) {
        // A cancel is the leader's own affair.
        let is_cancelled = fetched.error().is_some_and(|error| error.kind() == Kind::Cancelled);
        let is_kept = !is_cancelled && self.cache.keeps(fetched);
        if is_kept {
            self.cache.store(&self.key, fetched.outcome.clone());
        }
        let is_shared = is_kept || !is_cancelled && !self.cache.0.options.refetch_failures;
        self.tell(is_shared.then(|| fetched.outcome.clone()));
    }

    fn tell(&mut self, outcome: Option<Outcome>) {
        self.has_landed = true;
        let followers = self.cache.lock().flights.land(&self.key.flight());
        for follower in followers {
            follower(outcome.clone().map_or(Landing::Again, Landing::Answer));
        }
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        if !self.has_landed {
            self.tell(None);
        }
    }
}

impl Default for ResponseCache {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ResponseCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseCache")
            .field("ttl", &self.0.options.ttl)
            .field("len", &self.len())
            .field("bytes", &self.bytes())
            .finish_non_exhaustive()
    }
}
