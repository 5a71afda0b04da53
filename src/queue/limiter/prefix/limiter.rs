//! The limiter itself.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Instant;

use super::matching::Bound;
use super::options::Options;
use crate::error::{Error, Kind, Phase, Result};
use crate::message::Url;
use crate::queue::limiter::asking::{Acquire, Limiter};
use crate::queue::limiter::bus::{Bus, Subscription};
use crate::queue::limiter::desk::{Desk, Held, Moved, Rule, Seen, When};
use crate::queue::limiter::permit::Permit;
use crate::queue::limiter::turn::Turn;

/// So many requests at once per URL prefix; URLs without a rule are unlimited.
///
/// ```
/// use maypole::queue::{FetchQueue, PrefixLimiter};
/// # use maypole::client::{Inbound, Outbound, Transport};
/// # struct Site;
/// # impl Transport for Site {
/// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
/// #         Inbound::new(200, [], "hello")
/// #     }
/// # }
/// # let client = maypole::HttpClient::builder().transport(Site).build()?;
/// // The first that matches counts: economy pages five at once, the rest of the host twenty.
/// let limiter = PrefixLimiter::new([("http://news.example/economy", 5), ("http://news.example", 20)])?;
/// limiter.on_miss(|url| eprintln!("{url} has to wait")).keep();
///
/// let queue = FetchQueue::builder().client(client).limiter(limiter.clone()).auto_start(true).build()?;
/// queue.enqueue("http://news.example/economy/1", |_, answer| assert_eq!(answer.status(), 200))?;
/// queue.wait_all().unwrap();
/// assert_eq!(limiter.in_use("http://news.example/economy"), 0);
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// A prefix ends at a boundary of the parsed URL: `http://a` stands for `HTTP://A:80/x`, not for `http://a.evil.com/`;
/// `http://a/eco` for `/eco`, `/eco/x` and `/eco?x`, not for `/economia`. Text is compared with
/// [`raw`](crate::queue::PrefixLimiterBuilder::raw).
///
/// Who has to wait stands in the rule's own line, by priority and then first come first served, and goes when a permit of
/// that rule comes back; other rules and hosts go on meanwhile. A limit of 0 lets nobody through until
/// [`set_rules`](Self::set_rules) raises it. Any coroutine or thread may use it; clones are the same limiter. Octopus's
/// `per_domain.Limiter`.
#[doc(alias = "per_domain.Limiter")]
#[derive(Clone)]
pub struct PrefixLimiter(Arc<Inner>);

struct Inner {
    /// Locked for reading while a request is put where it belongs, so that no rule changes in between.
    bounds: RwLock<Vec<Bound>>,
    options: Options,
    desk: Desk<Cap>,
    misses: Bus,
    unknown: Bus,
}

/// At most so many at once.
#[derive(Clone)]
struct Cap(usize);

impl Rule for Cap {
    type Note = Url;

    fn next(&self, held: Held, _now: Instant) -> When {
        if held.all() < self.0 { When::Now } else { When::Changed }
    }

    fn is_fresh(&self, _now: Instant) -> bool {
        true
    }
}

impl PrefixLimiter {
    pub(super) fn with(bounds: Vec<Bound>, options: Options) -> Self {
        let (bounds, desk) = (RwLock::new(bounds), Desk::new());
        Self(Arc::new(Inner { bounds, options, desk, misses: Bus::default(), unknown: Bus::default() }))
    }

    /// The rules in order, prefixes as they were given.
    #[doc(alias = "domains")]
    pub fn rules(&self) -> Vec<(String, usize)> {
        self.bounds().iter().map(|bound| (bound.prefix.to_string(), bound.limit)).collect()
    }

    /// Replaces the rules while requests are under way. Those count on under the prefix by which they were let go, and
    /// again so if it comes back; URLs that had no rule then are not counted. Who waits is asked for by the new rules, in
    /// the old order.
    ///
    /// # Errors
    /// As [`build`](crate::queue::PrefixLimiterBuilder::build); the old rules stay.
    #[doc(alias = "update_domain_definitions")]
    pub fn set_rules<P: Into<String>>(&self, rules: impl IntoIterator<Item = (P, usize)>) -> Result<()> {
        let inner = &*self.0;
        let new = inner.options.bounds(rules)?;
        let mut bounds = inner.bounds.write().unwrap_or_else(PoisonError::into_inner);
        *bounds = new;
        let bounds: &[Bound] = &bounds;
        let change = |key: &str, cap: &mut Cap| {
            let bound = bounds.iter().find(|bound| *bound.key == *key);
            cap.0 = bound.map_or(0, |bound| bound.limit);
        };
        inner.desk.rearrange(change, |url| match first(bounds, url) {
            None => Moved::Free,
            Some(bound) if bound.limit == 0 && inner.options.reject_zero => Moved::Refused(never(bound, url)),
            Some(bound) => Moved::Line(bound.key.clone(), Cap(bound.limit)),
        });
        Ok(())
    }

    /// The prefix that counts for a URL.
    #[doc(alias = "get_domain_from_url")]
    pub fn rule_for(&self, url: &Url) -> Option<String> {
        first(&self.bounds(), url).map(|bound| bound.prefix.to_string())
    }

    /// How many requests to that URL may be under way at once, those to others of its rule included; 0 without a rule, as
    /// octopus says it, and 0 where a rule says so.
    #[doc(alias = "get_domain_limit")]
    pub fn limit_for(&self, url: &Url) -> usize {
        first(&self.bounds(), url).map_or(0, |bound| bound.limit)
    }

    /// How many permits of the rule with that prefix are out, also if it is none any more; 0 for what is no prefix.
    #[doc(alias = "domain_count")]
    pub fn in_use(&self, prefix: &str) -> usize {
        self.see(prefix).map_or(0, |line| line.held.all())
    }

    /// How many requests wait for the rule with that prefix.
    pub fn waiting(&self, prefix: &str) -> usize {
        self.see(prefix).map_or(0, |line| line.waiting)
    }

    fn see(&self, prefix: &str) -> Option<Seen<Cap>> {
        let bound = Bound::new(prefix, 0, self.0.options.raw).ok()?;
        self.0.desk.see(&bound.key)
    }

    /// Calls `f` once for each request that has to wait, with its URL, on the coroutine or thread that asks. There may be
    /// several subscribers.
    #[doc(alias = "subscribe_to_lock_miss")]
    pub fn on_miss(&self, f: impl Fn(&Url) + Send + Sync + 'static) -> Subscription {
        self.0.misses.subscribe(f)
    }

    /// Calls `f` for each request whose URL has no rule.
    pub fn on_unknown(&self, f: impl Fn(&Url) + Send + Sync + 'static) -> Subscription {
        self.0.unknown.subscribe(f)
    }

    fn bounds(&self) -> RwLockReadGuard<'_, Vec<Bound>> {
        self.0.bounds.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, url: &Url, turn: &Turn) -> Option<Acquire> {
        let bounds = self.bounds();
        let bound = first(&bounds, url)?;
        if bound.limit == 0 && self.0.options.reject_zero {
            return Some(Acquire::Refused(never(bound, url)));
        }
        Some(self.0.desk.ask(&bound.key, || Cap(bound.limit), turn, || url.clone()))
    }
}

impl Limiter for PrefixLimiter {
    fn try_acquire(&self, url: &Url, turn: &Turn) -> Acquire {
        let answer = self.ask(url, turn);
        match &answer {
            None => self.0.unknown.tell(url),
            Some(Acquire::Queued) => self.0.misses.tell(url),
            Some(_) => {}
        }
        answer.unwrap_or(Acquire::Granted(Permit::free()))
    }
}

fn first<'a>(bounds: &'a [Bound], url: &Url) -> Option<&'a Bound> {
    bounds.iter().find(|bound| bound.matches(url))
}

fn never(bound: &Bound, url: &Url) -> Error {
    let what = format!("the limit for `{}` is 0", crate::message::unparsed(&bound.prefix));
    Error::new(Kind::Blocked, what).with_phase(Phase::Checkout).with_url(url.without_userinfo())
}

impl fmt::Debug for PrefixLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bounds = self.bounds();
        let rules = bounds.iter().map(|bound| (crate::message::unparsed(&bound.prefix), bound.limit));
        f.debug_map().entries(rules).finish()
    }
}
