//! What all jobs of a queue have in common.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::answer::Outcome;
use super::cache::{CacheKey, ResponseCache};
use super::config::FetchConfig;
use super::event::FetchEvent;
use super::fetched::Fetched;
use super::handler::Handler;
use super::target::Target;
use crate::client::{HttpClient, Preset, Repeats, RequestBuilder};
use crate::error::{Error, panic_text};
use crate::message::Url;
use crate::queue::limiter::Limiter;
use crate::queue::seen::Seen;
use crate::rt::Semaphore;

pub(super) type OnEvent = dyn Fn(&str, FetchEvent<'_>) + Send + Sync;
pub(super) type OnPanic = dyn Fn(&str, &str) + Send + Sync;

pub(super) struct Shared {
    pub(super) client: HttpClient,
    pub(super) config: FetchConfig,
    pub(super) timeout: Preset,
    pub(super) connect_timeout: Option<Preset>,
    pub(super) limiters: Vec<Arc<dyn Limiter>>,
    pub(super) cache: Option<ResponseCache>,
    pub(super) seen: Option<Seen>,
    pub(super) repeats: Repeats,
    /// Whose turn it is, if handlers run one at a time.
    pub(super) serial: Option<Semaphore>,
    pub(super) on_event: Option<Box<OnEvent>>,
    pub(super) on_panic: Option<Box<OnPanic>>,
    pub(super) counted: Counted,
}

/// What the engine does not count.
#[derive(Default)]
pub(super) struct Counted {
    /// All that were ever enqueued: whoever waits for two engines looks whether there is something new.
    pub(super) enqueued: AtomicU64,
    pub(super) panics: AtomicU64,
    pub(super) hits: AtomicU64,
    pub(super) retried: AtomicU64,
    pub(super) duplicates: AtomicU64,
    /// Handled where they were enqueued.
    pub(super) inline: AtomicU64,
}

impl Shared {
    /// What this request is in the cache; none if it has nothing to do with it.
    pub(super) fn key(&self, target: &Target) -> Option<CacheKey> {
        self.cache.as_ref()?;
        target.look(&self.client, |request| CacheKey::of(request, &self.client))
    }

    /// Whether the same was fetched before, if that matters; from now on it was.
    pub(super) fn is_duplicate(&self, target: &Target) -> bool {
        let Some(seen) = &self.seen else { return false };
        let is_new =
            |request: &RequestBuilder| request.what().map(|(method, url, body)| seen.is_new(method, url, body));
        target.look(&self.client, is_new) == Some(false)
    }

    pub(super) fn url(&self, target: &Target) -> Option<Url> {
        target.look(&self.client, |request| request.url().cloned())
    }

    /// The request with the queue's options, as far as it has none of its own.
    pub(super) fn preset(&self, mut request: RequestBuilder, timeout: Option<Duration>) -> RequestBuilder {
        request.preset_timeouts(self.timeout, self.connect_timeout);
        match timeout {
            Some(timeout) => request.timeout(timeout),
            None => request,
        }
    }

    pub(super) fn tell(&self, url: &str, event: FetchEvent<'_>) {
        if let Some(on_event) = &self.on_event {
            self.guarded(|| on_event(url, event));
        }
    }

    /// What is there already, for this URL.
    pub(super) fn hit(&self, url: &Arc<str>, outcome: Outcome) -> Fetched {
        self.counted.hits.fetch_add(1, Relaxed);
        self.tell(url, FetchEvent::CacheHit);
        Fetched::shared(url.clone(), outcome)
    }

    /// Calls the handler, when its turn has come if they take turns.
    pub(super) fn deliver(&self, handler: Handler, fetched: Fetched) {
        let url = fetched.requested.clone();
        match handler {
            Handler::Ignore => {}
            Handler::Whole(handler) => self.call(&url, || handler(&url, fetched)),
            Handler::Streaming(handler) => {
                let Err(error) = fetched.outcome else { return };
                let error = Arc::try_unwrap(error).unwrap_or_else(|shared| shared.again());
                self.call(&url, || handler(&url, Err(error)));
            }
        }
    }

    pub(super) fn call(&self, url: &str, handler: impl FnOnce()) {
        let _turn = self.serial.as_ref().and_then(|serial| serial.acquire(None).ok());
        let Err(panic) = catch_unwind(AssertUnwindSafe(handler)) else { return };
        self.counted.panics.fetch_add(1, Relaxed);
        let panic = panic_text(&*panic);
        self.tell(url, FetchEvent::HandlerPanicked { panic });
        if let Some(on_panic) = &self.on_panic {
            self.guarded(|| on_panic(url, panic));
        }
    }

    /// A function of the program's that gives nothing back: a panic in it is counted, and that is all.
    pub(super) fn guarded(&self, f: impl FnOnce()) {
        if catch_unwind(AssertUnwindSafe(f)).is_err() {
            self.counted.panics.fetch_add(1, Relaxed);
        }
    }
}

/// An error as an outcome.
pub(super) fn failed(error: Error) -> Outcome {
    Err(Arc::new(error))
}
