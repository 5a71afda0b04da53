//! The limiter itself.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::pace::{Pace, Settings, Told};
use crate::client::retry_after;
use crate::error::Kind;
use crate::message::Url;
use crate::queue::limiter::asking::{Acquire, Limiter};
use crate::queue::limiter::bus::{Bus, Subscription};
use crate::queue::limiter::desk::{Desk, Seen};
use crate::queue::limiter::host::origin;
use crate::queue::limiter::observation::Observation;
use crate::queue::limiter::turn::Turn;

/// As fast as each host bears it: the pace follows how long answers take, and what the host says about it. Scrapy's
/// AutoThrottle.
///
/// ```
/// use maypole::queue::{AdaptiveLimiter, FetchQueue};
/// use std::time::Duration;
/// # use maypole::client::{Inbound, Outbound, Transport};
/// # struct Site;
/// # impl Transport for Site {
/// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
/// #         Inbound::new(429, [("Retry-After", "1")], ())
/// #     }
/// # }
/// # let client = maypole::HttpClient::builder().transport(Site).build()?;
/// let pace = AdaptiveLimiter::builder().start_delay(Duration::from_millis(250)).target_concurrency(2.0).build()?;
/// let queue = FetchQueue::builder().client(client).limiter(pace.clone()).auto_start(true).build()?;
/// queue.enqueue("http://busy.example/", |_, answer| assert_eq!(answer.status(), 429))?;
/// queue.wait_all().unwrap();
///
/// let busy = pace.pacing(&maypole::Url::parse("http://busy.example/")?).unwrap();
/// assert_eq!((busy.delay, busy.concurrency), (Duration::from_secs(1), 4));
/// assert!(busy.pause > Duration::ZERO);
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// For each host, that is scheme, name and port:
///
/// - Requests begin `delay` after each other, a little more or less by chance. With each answer of 2xx the delay goes half
///   the way down to latency / target concurrency, or up to it at once.
/// - Other answers never make it shorter; slow ones and timeouts make it longer. Errors come quickly, and a crawler that
///   takes that for a fast server finishes it off.
/// - 429 and 503 double the delay and halve the places of the host. Those that were under way together when it was
///   counted count once. `Retry-After`, in seconds or as a date, pauses the host. Afterwards each good answer takes a tenth
///   off the delay, until it is where it was, and places come back one by one.
///
/// It learns from what its queue tells it; without a queue from [`Limiter::observe`]. What was learnt about a host is
/// forgotten after an hour without requests to it. Any coroutine or thread may use it; clones are the same limiter.
#[doc(alias = "AutoThrottle")]
#[derive(Clone)]
pub struct AdaptiveLimiter(Arc<Inner>);

struct Inner {
    settings: Arc<Settings>,
    desk: Desk<Pace>,
    misses: Bus,
}

/// What an [`AdaptiveLimiter`] thinks of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pacing {
    /// Time from one request to the next, without the jitter.
    pub delay: Duration,
    /// How many requests it may have at once, at the moment.
    pub concurrency: usize,
    /// How many it has.
    pub in_flight: usize,
    /// How many requests wait.
    pub waiting: usize,
    /// How long its last answer took.
    pub latency: Option<Duration>,
    /// How long it still wants to be left alone; 0 as a rule.
    pub pause: Duration,
}

impl AdaptiveLimiter {
    pub(super) fn with(settings: Arc<Settings>) -> Self {
        Self(Arc::new(Inner { settings, desk: Desk::new(), misses: Bus::default() }))
    }

    /// What it thinks of this URL's host; `None` if it knows nothing of it.
    pub fn pacing(&self, url: &Url) -> Option<Pacing> {
        self.0.desk.see(&origin(url)).map(Pacing::of)
    }

    /// All hosts that it knows, by scheme, name and port, in the order of their names.
    pub fn hosts(&self) -> Vec<(String, Pacing)> {
        let desk = &self.0.desk;
        let seen = desk.keys().into_iter().filter_map(|key| Some((key.to_string(), Pacing::of(desk.see(&key)?))));
        seen.collect()
    }

    /// Calls `f` once for each request that has to wait, with its URL, on the coroutine or thread that asks.
    pub fn on_miss(&self, f: impl Fn(&Url) + Send + Sync + 'static) -> Subscription {
        self.0.misses.subscribe(f)
    }
}

impl Pacing {
    fn of(seen: Seen<Pace>) -> Self {
        let Seen { rule, held, waiting } = seen;
        let pause = rule.not_before.map_or(Duration::ZERO, |at| at.saturating_duration_since(Instant::now()));
        let (delay, concurrency, latency) = (rule.delay, rule.allowed, rule.latency);
        Self { delay, concurrency, in_flight: held.begun, waiting, latency, pause }
    }
}

impl Limiter for AdaptiveLimiter {
    fn try_acquire(&self, url: &Url, turn: &Turn) -> Acquire {
        let make = || Pace::new(&self.0.settings);
        let answer = self.0.desk.ask(&origin(url), make, turn, || ());
        if matches!(answer, Acquire::Queued) {
            self.0.misses.tell(url);
        }
        answer
    }

    fn observe(&self, seen: &Observation<'_>) {
        let told = match (seen.status, seen.failed) {
            (Some(429 | 503), _) => {
                let asked = seen.headers.and_then(|headers| retry_after(headers, SystemTime::now()));
                Told::Refused(asked)
            }
            (Some(200..300), _) => Told::Good,
            (Some(_), _) | (None, Some(Kind::Timeout | Kind::TooSlow)) => Told::Bad,
            // It did not come so far that the host had to do with it.
            (None, _) => return,
        };
        let make = || Pace::new(&self.0.settings);
        self.0.desk.change(&origin(seen.url), make, |pace| pace.told(told, seen.latency, Instant::now()));
    }
}

impl fmt::Debug for AdaptiveLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.hosts()).finish()
    }
}
