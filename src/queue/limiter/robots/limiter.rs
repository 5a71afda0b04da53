//! The limiter itself.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::clock::Gap;
use super::fetch::fetch;
use super::known::{Asker, Known, Next, Verdict};
use super::options::Options;
use crate::client::HttpClient;
use crate::error::{Error, Kind};
use crate::message::Url;
use crate::queue::limiter::asking::{Acquire, Limiter};
use crate::queue::limiter::bus::{Bus, Subscription};
use crate::queue::limiter::desk::Desk;
use crate::queue::limiter::host::origin;
use crate::queue::limiter::permit::Permit;
use crate::queue::limiter::turn::Turn;
use crate::rt::{self, CancelToken};

/// Longer is for ever.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);

/// Only what robots.txt allows (RFC 9309), and as slowly as it asks for.
///
/// ```
/// use maypole::queue::{FetchQueue, RobotsLimiter};
/// # use maypole::client::{Inbound, Outbound, Transport};
/// # struct Site;
/// # impl Transport for Site {
/// #     fn exchange(&self, request: Outbound<'_>) -> maypole::Result<Inbound> {
/// #         Inbound::new(200, [], match request.url.path() {
/// #             "/robots.txt" => "User-agent: *\nDisallow: /private\n",
/// #             _ => "hello",
/// #         })
/// #     }
/// # }
/// # let client = maypole::HttpClient::builder().transport(Site).build()?;
/// let robots = RobotsLimiter::new(client.clone(), "mybot")?;
/// let queue = FetchQueue::builder().client(client).limiter(robots).auto_start(true).build()?;
/// queue.enqueue("http://site.example/public", |_, answer| assert_eq!(answer.status(), 200))?;
/// queue.enqueue("http://site.example/private/1", |_, answer| {
///     let error = answer.error().unwrap();
///     assert_eq!(error.kind(), maypole::error::Kind::Blocked);
///     assert!(error.to_string().contains("`Disallow: /private`, line 2"), "{error}");
/// })?;
/// queue.wait_all().unwrap();
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// The first request to an origin, that is scheme, host and port, has its robots.txt fetched by the given client, on a
/// coroutine of its own, 256 at once; that one and all others of the origin wait meanwhile without a worker. Then:
///
/// - **2xx**: of the groups that name the product token, of those for `*` if there is none, the longest pattern that
///   matches counts; `*` and `$` are known. 500 KiB are read. It holds for 24 hours.
/// - **Other statuses, 4xx above all**: everything is allowed. So it is with more redirects than are followed.
/// - **429, 5xx, and what does not come**: nothing is allowed for 10 minutes; after that it is tried again. Rules from
///   before hold on.
///
/// A request that is not allowed fails with [`Kind::Blocked`] and the rule that says so; `/robots.txt` itself is always
/// allowed. `Crawl-delay` is no part of the RFC and obeyed all the same, on a clock of its own: an
/// [`AdaptiveLimiter`](super::super::AdaptiveLimiter) beside it goes by the host's answers, and the slower of both counts.
/// A [`User-Agent`](crate::ClientBuilder::user_agent) that holds the token tells the site whom its rules are about.
///
/// Any coroutine or thread may use it; clones are the same limiter.
#[doc(alias = "ROBOTSTXT_OBEY")]
#[derive(Clone)]
pub struct RobotsLimiter(Arc<Inner>);

struct Inner {
    client: HttpClient,
    /// The product token, in lower case.
    agent: Box<str>,
    options: Options,
    known: Mutex<Known>,
    clock: Desk<Gap>,
    misses: Bus,
    me: Weak<Self>,
    /// Fired when the limiter goes.
    ends: CancelToken,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.ends.cancel();
    }
}

impl RobotsLimiter {
    pub(super) fn with(client: HttpClient, agent: Box<str>, options: Options) -> Self {
        Self(Arc::new_cyclic(|me| Inner {
            client,
            agent,
            options,
            known: Mutex::default(),
            clock: Desk::new(),
            misses: Bus::default(),
            me: me.clone(),
            ends: CancelToken::new(),
        }))
    }

    /// Calls `f` once for each request that has to wait, for robots.txt or for its `Crawl-delay`, with its URL.
    pub fn on_miss(&self, f: impl Fn(&Url) + Send + Sync + 'static) -> Subscription {
        self.0.misses.subscribe(f)
    }
}

impl Limiter for RobotsLimiter {
    fn try_acquire(&self, url: &Url, turn: &Turn) -> Acquire {
        let answer = self.0.ask(url, turn);
        if matches!(answer, Acquire::Queued) {
            self.0.misses.tell(url);
        }
        answer
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, url: &Url, turn: &Turn) -> Acquire {
        if url.path() == "/robots.txt" {
            return Acquire::Granted(Permit::free());
        }
        let key = origin(url);
        let asker = || Asker { turn: turn.clone(), url: url.clone() };
        let next = self.lock().ask(&key, Instant::now(), asker);
        match next {
            Next::Judged(verdict) => self.judge(&key, &verdict, url, turn),
            Next::Waits => Acquire::Queued,
            Next::Fetches => {
                self.start(key);
                Acquire::Queued
            }
        }
    }

    fn judge(&self, key: &str, verdict: &Verdict, url: &Url, turn: &Turn) -> Acquire {
        let rules = match verdict {
            Verdict::Rules(rules) => rules,
            Verdict::Unreachable(why) => {
                let what =
                    format!("{key}/robots.txt cannot be reached, so that nothing is allowed there for now: {why}");
                return Acquire::Refused(blocked(what, url));
            }
        };
        if let Some(rule) = rules.forbids(url.request_target()) {
            let what = format!("{key}/robots.txt forbids it to `{}`: {rule}", self.agent);
            return Acquire::Refused(blocked(what, url));
        }
        let delay = rules.crawl_delay().filter(|delay| self.options.crawl_delay && !delay.is_zero());
        let Some(delay) = delay.map(|delay| delay.min(self.options.max_crawl_delay)) else {
            return Acquire::Granted(Permit::free());
        };
        self.clock.ask(key, || Gap::new(delay), turn, || ())
    }

    /// Has it fetched, and then those in line.
    fn start(&self, key: String) {
        let (client, agent, me) = (self.client.clone(), self.agent.clone(), self.me.clone());
        let (limit, token) = (self.options.timeout, self.ends.clone());
        let asked = key.clone();
        let started = rt::spawn(move || {
            let mut next: Option<Arc<str>> = Some(key.into());
            while let Some(key) = next {
                let verdict = fetch(&client, &format!("{key}/robots.txt"), &agent, limit, &token);
                let Some(inner) = me.upgrade() else { return };
                inner.arrived(&key, verdict);
                next = inner.lock().next();
            }
        });
        if let Err(error) = started {
            let askers = self.lock().give_up(&asked);
            for Asker { turn, .. } in askers {
                turn.refuse(error.again());
            }
        }
    }

    fn arrived(&self, key: &str, verdict: Verdict) {
        let holds_for = match verdict {
            Verdict::Rules(_) => self.options.cache_for,
            Verdict::Unreachable(_) => self.options.unreachable_for,
        };
        let now = Instant::now();
        let until = now.checked_add(holds_for).unwrap_or_else(|| now + LONGEST);
        let (verdict, askers) = self.lock().arrived(key, verdict, until, now);
        if let Verdict::Rules(rules) = &verdict {
            let delay = rules.crawl_delay().unwrap_or_default().min(self.options.max_crawl_delay);
            if self.clock.see(key).is_some() {
                self.clock.change(key, || Gap::new(delay), |gap| gap.delay = delay);
            }
        }
        for Asker { turn, url } in askers.into_iter().filter(|asker| asker.turn.is_wanted()) {
            match self.judge(key, &verdict, &url, &turn) {
                Acquire::Granted(permit) => turn.grant(permit),
                Acquire::Refused(error) => turn.refuse(error),
                Acquire::Queued | Acquire::Later(_) => {}
            }
        }
    }
}

fn blocked(what: String, url: &Url) -> Error {
    Error::new(Kind::Blocked, what).with_url(url.without_userinfo())
}

impl fmt::Debug for RobotsLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RobotsLimiter").field("agent", &self.0.agent).field("options", &self.0.options).finish()
    }
}
