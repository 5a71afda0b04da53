//! Whether a request goes out once more, and when: decided without I/O, time and chance as arguments.

use std::fmt;
use std::time::{Duration, Instant, SystemTime};

use super::after::asked;
use super::backoff::delay;
use super::budget::Budget;
use super::hosts::{Host, Hosts};
use super::outcome::{Outcome, RetryDecision};
use super::rules::{Retry, Rules};
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase};

/// What the requests of a client share: the budget, and a back-off clock per host.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(super) budget: Budget,
    pub(super) hosts: Hosts,
}

impl Shared {
    /// A request goes out for the first time.
    pub(crate) fn began(&self, retry: &Retry) {
        if let Some(allowance) = retry.allowance() {
            self.budget.earn(allowance);
        }
    }

    /// Whether a repetition that is no retry can be afforded.
    pub(crate) fn afford(&self, retry: &Retry) -> bool {
        retry.allowance().is_none_or(|allowance| self.budget.spend(allowance, Instant::now()))
    }
}

/// What the decision rests on beside the outcome itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Try<'a> {
    pub(crate) shared: &'a Shared,
    /// Whom it went to.
    pub(super) host: &'a Host,
    /// When it began.
    pub(crate) started: Instant,
    /// The end of the whole request.
    pub(crate) until: Until,
    /// How many retries there were before it.
    pub(crate) retries: u32,
    /// The body can be sent once more.
    pub(crate) rewinds: bool,
    /// The request has an idempotency key.
    pub(crate) keyed: bool,
}

/// What a clock says, or a test.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) instant: Instant,
    pub(crate) wall: SystemTime,
}

impl Now {
    pub(crate) fn read() -> Self {
        Self { instant: Instant::now(), wall: SystemTime::now() }
    }
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// Once more, after so much time.
    Again(Duration),
    /// This is the answer.
    Done,
    /// This is the answer, although there was reason to try again.
    GivenUp(Why),
}

/// Why a request was not sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// All retries are used up.
    Retries,
    /// The server could act twice.
    Unsafe,
    /// The body cannot be sent again.
    Body,
    /// The next try would begin after the deadline.
    Deadline(Duration),
    /// Retries of this client are too many by now.
    Budget,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not tried again: ")?;
        match self {
            Self::Retries => f.write_str("all retries are used up"),
            Self::Unsafe => f.write_str("it may have arrived, and the method is not idempotent; see `idempotency_key`"),
            Self::Body => f.write_str("its body cannot be sent twice"),
            Self::Deadline(wait) => write!(f, "the deadline comes before the next try, which is due in {wait:.1?}"),
            Self::Budget => f.write_str("the client's retry budget is exhausted"),
        }
    }
}

/// Decides. `roll` is a number from 0 up to 1.
pub(crate) fn again(
    retry: &Retry,
    outcome: &Outcome<'_>,
    at: &Try<'_>,
    now: Now,
    roll: impl FnOnce() -> f64,
) -> Verdict {
    let Some(rules) = retry.rules() else { return Verdict::Done };
    let decision = rules.hook.as_ref().map_or(RetryDecision::Default, |hook| hook(outcome));
    let told = outcome.headers().and_then(|headers| asked(headers, now.wall)).unwrap_or_default();
    let told = told.min(rules.retry_after_cap);
    let failed = rules.wants(outcome);
    // Noted before anything is decided: it is news to the host's other requests in any case.
    let (failures, left) = if failed {
        at.shared.hosts.failed(at.host, at.started, now.instant, told)
    } else {
        at.shared.hosts.succeeded(at.host, at.started);
        (0, told)
    };
    let left = match decision {
        RetryDecision::Default if failed => left,
        RetryDecision::Retry => left,
        RetryDecision::RetryAfter(wait) => wait,
        RetryDecision::Default | RetryDecision::Stop => return Verdict::Done,
    };
    if at.retries >= rules.retries {
        return Verdict::GivenUp(Why::Retries);
    }
    if decision == RetryDecision::Default && !rules.is_safe(outcome, at) {
        return Verdict::GivenUp(Why::Unsafe);
    }
    if !at.rewinds {
        return Verdict::GivenUp(Why::Body);
    }
    // On top of what the server asks for: all who were told the same second would come in it, and `Retry-After: 0` is no
    // reason to come at once.
    let wait = left.saturating_add(delay(rules.base, rules.cap, failures.max(at.retries + 1), roll()));
    if now.instant.checked_add(wait).is_none_or(|next| at.until.is_over(next)) {
        return Verdict::GivenUp(Why::Deadline(wait));
    }
    match rules.allowance {
        Some(allowance) if !at.shared.budget.spend(allowance, now.instant) => Verdict::GivenUp(Why::Budget),
        _ => Verdict::Again(wait),
    }
}

impl Rules {
    /// Whether the outcome is a reason to try again, safe or not.
    fn wants(&self, outcome: &Outcome<'_>) -> bool {
        match outcome.came {
            Ok(head) => self.statuses.contains(&head.status) || self.empty_body && outcome.is_empty,
            Err(error) => self.is_passing(error),
        }
    }

    /// What may be gone the next time. A certificate, a broken protocol or an exceeded limit will not be; a cancel and a
    /// full pool are this program's own.
    fn is_passing(&self, error: &Error) -> bool {
        match error.kind() {
            Kind::Resolve | Kind::Connect | Kind::Tls => self.connection_errors,
            Kind::ClosedBeforeResponse | Kind::ConnectionLost | Kind::Incomplete => self.connection_errors,
            Kind::Timeout | Kind::TooSlow => self.timeouts && error.phase() != Some(Phase::Checkout),
            _ => false,
        }
    }

    /// RFC 9110 §9.2.2: a client SHOULD NOT automatically retry a request with a non-idempotent method unless it has some
    /// means to know that the request semantics are actually idempotent, or that the request was never applied.
    fn is_safe(&self, outcome: &Outcome<'_>, at: &Try<'_>) -> bool {
        let never_applied = outcome.error().is_some_and(Error::is_retryable);
        outcome.method.is_idempotent() || at.keyed || self.even_non_idempotent || never_applied
    }
}

#[cfg(test)]
mod tests;
