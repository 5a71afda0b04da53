//! The limiter itself.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::bucket::{Bucket, Pace};
use crate::message::Url;
use crate::queue::limiter::asking::{Acquire, Limiter};
use crate::queue::limiter::bus::{Bus, Subscription};
use crate::queue::limiter::desk::Desk;
use crate::queue::limiter::host::origin;
use crate::queue::limiter::turn::Turn;

/// So many requests per second, for each host or for all: a token bucket.
///
/// ```
/// use maypole::queue::{FetchQueue, RateLimiter};
/// use std::time::Duration;
/// # use maypole::client::{Inbound, Outbound, Transport};
/// # struct Site;
/// # impl Transport for Site {
/// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
/// #         Inbound::new(200, [], "hello")
/// #     }
/// # }
/// # let client = maypole::HttpClient::builder().transport(Site).build()?;
/// let queue = FetchQueue::builder()
///     .client(client)
///     // Every host has 50 to 70 ms from one request to the next …
///     .limiter(RateLimiter::builder().delay(Duration::from_millis(50)).jitter(Duration::from_millis(20)).build()?)
///     // … and all together 200 requests a second.
///     .limiter(RateLimiter::for_all(200.0)?)
///     .auto_start(true)
///     .build()?;
/// for n in 0..3 {
///     queue.enqueue(&format!("http://127.0.0.1:8080/{n}"), |_, answer| assert_eq!(answer.status(), 200))?;
/// }
/// queue.wait_all().unwrap();
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// Requests go by priority and then in the order in which they have asked, and each takes its token when it begins: those
/// let go while all workers are busy do not go out in one burst later. One that is cancelled before it begins takes none,
/// and those behind it move up. Time is the monotonic clock's; setting the system's changes nothing. Hosts that have been
/// idle long enough to have all their tokens back are forgotten. Any coroutine or thread may use it; clones are the same
/// limiter.
#[doc(alias = "CONCURRENT_REQUESTS_PER_DOMAIN")]
#[doc(alias = "DOWNLOAD_DELAY")]
#[derive(Clone)]
pub struct RateLimiter(Arc<Inner>);

struct Inner {
    pace: Pace,
    for_all: bool,
    desk: Desk<Bucket>,
    misses: Bus,
}

impl RateLimiter {
    pub(super) fn with(pace: Pace, for_all: bool) -> Self {
        Self(Arc::new(Inner { pace, for_all, desk: Desk::new(), misses: Bus::default() }))
    }

    /// How many requests wait for the turn of this URL's host, or of all.
    pub fn waiting(&self, url: &Url) -> usize {
        self.0.desk.see(&self.key(url)).map_or(0, |line| line.waiting)
    }

    /// Calls `f` once for each request that has to wait, with its URL, on the coroutine or thread that asks.
    pub fn on_miss(&self, f: impl Fn(&Url) + Send + Sync + 'static) -> Subscription {
        self.0.misses.subscribe(f)
    }

    fn key(&self, url: &Url) -> String {
        if self.0.for_all { String::new() } else { origin(url) }
    }
}

impl Limiter for RateLimiter {
    fn try_acquire(&self, url: &Url, turn: &Turn) -> Acquire {
        let make = || Bucket::new(self.0.pace, Instant::now());
        let answer = self.0.desk.ask(&self.key(url), make, turn, || ());
        if matches!(answer, Acquire::Queued) {
            self.0.misses.tell(url);
        }
        answer
    }
}

impl fmt::Debug for RateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Pace { per_second, burst, jitter } = self.0.pace;
        f.debug_struct("RateLimiter")
            .field("per_second", &per_second)
            .field("burst", &burst)
            .field("jitter", &Duration::from_secs_f64(jitter))
            .field("for_all", &self.0.for_all)
            .finish()
    }
}
