//! The rules of retrying, as a value.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::backoff::delay;
use super::budget::Allowance;
use super::outcome::{Outcome, RetryDecision};
use crate::error::{Error, Kind, Phase, Result};

/// A server may ask for patience up to this much, whatever is allowed: nobody waits longer for an answer.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(6 * 3600);

/// When a request goes out again by itself, and how long after.
///
/// Default of a client: [`none`](Self::none). A client that multiplies requests without being asked surprises both
/// ends; only the replay on a kept connection that turned out to be closed is on
/// ([`replay`](crate::ClientBuilder::replay)), which no server can notice.
///
/// ```
/// use maypole::{HttpClient, client::Retry};
/// use std::time::Duration;
/// let client = HttpClient::builder()
///     .retry(Retry::standard().retries(5).backoff(Duration::from_millis(50), Duration::from_secs(2)))
///     .build()?;
/// // One request that is sent once, whatever happens:
/// let request = client.get("http://127.0.0.1:8080/").retry(Retry::none());
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// Whatever the rules: a request with a body that cannot be rewound, or without time or budget left, is not sent again;
/// a `POST` or `PATCH` whose bytes may have arrived only with an `Idempotency-Key`
/// ([`idempotency_key`](crate::RequestBuilder::idempotency_key)) or
/// [`even_non_idempotent`](Self::even_non_idempotent).
#[derive(Clone, Default)]
pub struct Retry(Option<Arc<Rules>>);

/// What a server says that cannot serve *now*.
pub(super) const NOT_NOW: [u16; 5] = [408, 429, 502, 503, 504];

pub(super) type Hook = dyn Fn(&Outcome<'_>) -> RetryDecision + Send + Sync;

#[derive(Clone)]
pub(super) struct Rules {
    pub(super) retries: u32,
    pub(super) base: Duration,
    pub(super) cap: Duration,
    pub(super) retry_after_cap: Duration,
    pub(super) statuses: Cow<'static, [u16]>,
    pub(super) connection_errors: bool,
    pub(super) timeouts: bool,
    pub(super) empty_body: bool,
    pub(super) even_non_idempotent: bool,
    pub(super) allowance: Option<Allowance>,
    pub(super) hook: Option<Arc<Hook>>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            retries: 3,
            base: Duration::from_millis(100),
            cap: Duration::from_secs(10),
            retry_after_cap: Duration::from_secs(60),
            statuses: Cow::Borrowed(&NOT_NOW),
            connection_errors: true,
            timeouts: true,
            empty_body: false,
            even_non_idempotent: false,
            allowance: Some(Allowance::default()),
            hook: None,
        }
    }
}

impl Retry {
    /// A request goes out once.
    pub fn none() -> Self {
        Self(None)
    }

    /// Up to 3 retries of what failed for a passing reason: names that are not found, connections that are refused,
    /// closed, reset or time out, heads that do not come in time, and statuses 408, 429, 502, 503 and 504.
    pub fn standard() -> Self {
        Self(Some(Arc::default()))
    }

    /// How many times beside the first, for each URL of a chain of redirects. Default 3: what three tries could not mend will not be mended in seconds.
    #[must_use]
    pub fn retries(self, times: u32) -> Self {
        self.set(|rules| rules.retries = times)
    }

    /// The back-off: before retry *n* a random time between nothing and `base` × 2ⁿ⁻¹, `cap` at most. Default 100 ms and
    /// 10 s: short beside what a person notices, and no storm on a host that restarts.
    #[must_use]
    pub fn backoff(self, base: Duration, cap: Duration) -> Self {
        self.set(|rules| (rules.base, rules.cap) = (base, cap))
    }

    /// The longest that a server's `Retry-After` is obeyed; longer ones count as this. Default 60 s: callers wait in
    /// line behind it. At most 6 hours.
    #[must_use]
    pub fn retry_after_cap(self, cap: Duration) -> Self {
        self.set(|rules| rules.retry_after_cap = cap)
    }

    /// The statuses that are a reason to try again; empty for none. Default 408, 429, 502, 503, 504: those that say *not
    /// now*. 500 says nothing of the kind.
    #[must_use]
    pub fn statuses(self, statuses: impl IntoIterator<Item = u16>) -> Self {
        self.set(|rules| rules.statuses = statuses.into_iter().collect())
    }

    /// Whether names that are not found and connections that are refused, closed or reset are a reason. Default on.
    #[must_use]
    pub fn connection_errors(self, retry: bool) -> Self {
        self.set(|rules| rules.connection_errors = retry)
    }

    /// Whether a connection, a handshake or a head that does not come in time is a reason. Default on.
    #[must_use]
    pub fn timeouts(self, retry: bool) -> Self {
        self.set(|rules| rules.timeouts = retry)
    }

    /// Whether a 2xx without a byte of a body is a reason, where one is allowed. Default off: empty answers are legal.
    #[must_use]
    pub fn empty_body(self, retry: bool) -> Self {
        self.set(|rules| rules.empty_body = retry)
    }

    /// Whether also requests that may make the server act twice are sent again, such as `POST`. Default off.
    #[must_use]
    pub fn even_non_idempotent(self, retry: bool) -> Self {
        self.set(|rules| rules.even_non_idempotent = retry)
    }

    /// How much all retries of a client may add to its load: a `ratio` of its requests, and a `reserve` at the start, an
    /// empty one of which fills up in 10 s. Default 0.2 and 10, Finagle's: when everything fails, a fifth more requests
    /// instead of four times as many.
    #[must_use]
    pub fn budget(self, ratio: f64, reserve: u32) -> Self {
        self.set(|rules| rules.allowance = Some(Allowance { ratio, reserve: reserve.into() }))
    }

    /// Lets retries multiply load; for programs that bound it themselves. Default a [`budget`](Self::budget).
    #[must_use]
    pub fn without_budget(self) -> Self {
        self.set(|rules| rules.allowance = None)
    }

    /// A rule of one's own, asked after each try, also after those that went well.
    ///
    /// ```
    /// use maypole::client::{RetryDecision, Retry};
    /// let retry = Retry::standard().decide(|outcome| match outcome.status() {
    ///     Some(202) => RetryDecision::Retry,
    ///     Some(503) if outcome.headers().is_some_and(|headers| headers.contains("X-Maintenance")) => RetryDecision::Stop,
    ///     _ => RetryDecision::Default,
    /// });
    /// ```
    #[must_use]
    pub fn decide(self, rule: impl Fn(&Outcome<'_>) -> RetryDecision + Send + Sync + 'static) -> Self {
        self.set(|rules| rules.hook = Some(Arc::new(rule)))
    }

    fn set(mut self, change: impl FnOnce(&mut Rules)) -> Self {
        change(Arc::make_mut(self.0.get_or_insert_default()));
        self
    }

    pub(super) fn rules(&self) -> Option<&Rules> {
        self.0.as_deref()
    }

    pub(crate) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn watches_empty(&self) -> bool {
        self.0.as_ref().is_some_and(|rules| rules.empty_body)
    }

    /// The wait before what repeats beside retries: what the server asked for, and the back-off.
    pub(crate) fn wait(&self, asked: Duration, failures: u32, roll: f64) -> Duration {
        let usual = Rules::default();
        let rules = self.rules().unwrap_or(&usual);
        asked.min(rules.retry_after_cap) + delay(rules.base, rules.cap, failures, roll)
    }

    /// What repetitions may cost; a client without retries has the default for what else repeats.
    pub(super) fn allowance(&self) -> Option<Allowance> {
        self.0.as_ref().map_or(Some(Allowance::default()), |rules| rules.allowance)
    }

    /// # Errors
    /// [`Kind::InvalidConfig`], naming the option.
    pub(crate) fn check(&self) -> Result<()> {
        let Some(rules) = &self.0 else { return Ok(()) };
        let wrong = |what| Err(Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build));
        if rules.base > rules.cap {
            return wrong(format!("retry: a back-off of {:?} at first and {:?} at most", rules.base, rules.cap));
        }
        if rules.retry_after_cap > LONGEST_RETRY_AFTER {
            return wrong(format!("retry: retry_after_cap {:?} is more than 6 hours", rules.retry_after_cap));
        }
        if let Some(allowance) = rules.allowance
            && !(0.0..=1000.0).contains(&allowance.ratio)
        {
            return wrong(format!("retry: a budget of {} retries for each request", allowance.ratio));
        }
        match rules.statuses.iter().find(|status| !(200..=999).contains(*status)) {
            Some(status) => wrong(format!("retry: {status} is not the status of a response")),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(rules) = &self.0 else { return f.write_str("Retry::none()") };
        f.debug_struct("Retry")
            .field("retries", &rules.retries)
            .field("backoff", &(rules.base, rules.cap))
            .field("retry_after_cap", &rules.retry_after_cap)
            .field("statuses", &rules.statuses)
            .field("connection_errors", &rules.connection_errors)
            .field("timeouts", &rules.timeouts)
            .field("empty_body", &rules.empty_body)
            .field("even_non_idempotent", &rules.even_non_idempotent)
            .field("budget", &rules.allowance.map(|allowance| (allowance.ratio, allowance.reserve)))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let s = Duration::from_secs;
        let wrong = [
            Retry::standard().backoff(s(2), s(1)),
            Retry::standard().retry_after_cap(s(6 * 3600 + 1)),
            Retry::standard().budget(-0.1, 1),
            Retry::standard().budget(f64::NAN, 1),
            Retry::standard().statuses([199]),
        ];
        for retry in wrong {
            let error = retry.check().unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidConfig, "{retry:?}");
        }
        for retry in [Retry::none(), Retry::standard(), Retry::none().retries(1), Retry::standard().budget(0.0, 0)] {
            retry.check().unwrap();
        }
    }

    #[test]
    fn a_change_does_not_reach_who_shares_the_value() {
        let one = Retry::standard();
        let other = one.clone().retries(9);
        assert_eq!((one.rules().unwrap().retries, other.rules().unwrap().retries), (3, 9));
    }
}
