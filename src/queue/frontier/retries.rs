//! Which outcomes are tried again, and when.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::item::Item;
use crate::client::{delay, retry_after, roll};
use crate::error::Kind;
use crate::queue::fetch::Fetched;

/// What a server says when it may be better later: Scrapy's list without Cloudflare's 522 and 524, and 425 (RFC 8470).
const STATUSES: [u16; 7] = [408, 425, 429, 500, 502, 503, 504];

/// Which outcomes a [`Frontier`](super::Frontier) tries again, how often, and when. The handler does not see them before
/// the last try.
///
/// ```
/// use maypole::queue::frontier::Retries;
/// use std::time::Duration;
/// let patient = Retries::times(5).backoff(Duration::from_secs(2), Duration::from_secs(300));
/// let picky = Retries::times(3).when(|item, answer| answer.status() == 503 && item.attempts < 2);
/// ```
///
/// By default a failure of name lookup, connection or transfer, a timeout, and the statuses 408, 425, 429, 500, 502, 503
/// and 504 are worth another try. A method that is not idempotent is tried again only if the request cannot have been
/// acted on: the error says so, or the status is 425, 429 or 503.
///
/// An item that waits for its next try takes no worker, only a place in the window; a kill does not reset its tries.
#[derive(Clone)]
pub struct Retries {
    pub(super) times: u32,
    base: Duration,
    cap: Duration,
    retry_after_cap: Duration,
    when: Option<Arc<Rule>>,
}

type Rule = dyn Fn(&Item, &Fetched) -> bool + Send + Sync;

impl Retries {
    /// Every item is fetched once. What would be tried again counts as failed all the same.
    pub fn none() -> Self {
        Self::times(0)
    }

    /// So many tries beyond the first. Default 2, Scrapy's.
    #[doc(alias = "RETRY_TIMES")]
    pub fn times(times: u32) -> Self {
        Self {
            times,
            base: Duration::from_secs(1),
            cap: Duration::from_secs(60),
            retry_after_cap: Duration::from_secs(300),
            when: None,
        }
    }

    /// Waits a random part of `base`, doubled with each try, up to `cap`. Default 1 s and 60 s.
    pub fn backoff(mut self, base: Duration, cap: Duration) -> Self {
        (self.base, self.cap) = (base, cap);
        self
    }

    /// Waits for what `Retry-After` asks in addition, up to so long. Default 5 minutes; zero ignores it.
    pub fn retry_after_cap(mut self, cap: Duration) -> Self {
        self.retry_after_cap = cap;
        self
    }

    /// Decides instead of the default rules. What it says yes to counts as failed after the last try; where it panics the
    /// item stays pending.
    pub fn when(mut self, rule: impl Fn(&Item, &Fetched) -> bool + Send + Sync + 'static) -> Self {
        self.when = Some(Arc::new(rule));
        self
    }

    /// Whether the outcome is a reason to try again.
    pub(super) fn wants(&self, item: &Item, fetched: &Fetched) -> bool {
        if let Some(rule) = &self.when {
            return rule(item, fetched);
        }
        let is_idempotent = item.method.is_idempotent();
        match fetched.error() {
            Some(error) if error.is_retryable() => true,
            Some(error) => is_idempotent && is_passing(error.kind()),
            None if is_idempotent => STATUSES.contains(&fetched.status()),
            None => matches!(fetched.status(), 425 | 429 | 503),
        }
    }

    /// How long to wait before the next try.
    pub(super) fn wait(&self, item: &Item, fetched: Option<&Fetched>) -> Duration {
        let told = fetched.and_then(|fetched| retry_after(fetched.headers(), SystemTime::now())).unwrap_or_default();
        told.min(self.retry_after_cap).saturating_add(delay(self.base, self.cap, item.attempts, roll()))
    }
}

/// What another time may end otherwise.
fn is_passing(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Resolve
            | Kind::Connect
            | Kind::Tls
            | Kind::Proxy
            | Kind::Timeout
            | Kind::TooSlow
            | Kind::ClosedBeforeResponse
            | Kind::Incomplete
            | Kind::ConnectionLost
            | Kind::Exhausted
            | Kind::Io
    )
}

impl Default for Retries {
    fn default() -> Self {
        Self::times(2)
    }
}

impl fmt::Debug for Retries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { times, base, cap, retry_after_cap, when } = self;
        f.debug_struct("Retries")
            .field("times", times)
            .field("base", base)
            .field("cap", cap)
            .field("retry_after_cap", retry_after_cap)
            .field("when", &when.is_some())
            .finish()
    }
}
