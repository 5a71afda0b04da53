//! The same decision for who repeats whole requests, with their bodies: a queue, between whose tries the job waits in line.

use std::time::{Duration, Instant};

use super::again::{Now, Shared, Try, Verdict, again};
use super::backoff::roll;
use super::hosts::Host;
use super::key::is_keyed;
use super::outcome::Outcome;
use super::rules::Retry;
use crate::client::response::Response;
use crate::deadline::Until;
use crate::error::Error;
use crate::message::{Headers, Method, Url};

/// The rules, with the budget and the clocks per host that all requests of a queue share.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    retry: Retry,
    shared: Shared,
}

/// One request that may be repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Repeated<'a> {
    pub(crate) method: &'a Method,
    pub(crate) url: &'a Url,
    /// Its own header lines, among which an idempotency key may be.
    pub(crate) headers: &'a Headers,
    /// Whether it can be sent again.
    pub(crate) rewinds: bool,
    /// When this try began.
    pub(crate) started: Instant,
    /// How many times it went out, this try included.
    pub(crate) tries: u32,
}

impl Repeats {
    pub(crate) fn new(retry: Retry) -> Self {
        Self { retry, shared: Shared::default() }
    }

    /// Whether anything is repeated at all.
    pub(crate) fn is_on(&self) -> bool {
        self.retry.is_on()
    }

    /// Whether an answer without a body is to be asked about as well.
    pub(crate) fn watches_empty(&self) -> bool {
        self.retry.watches_empty()
    }

    /// A request goes out for the first time, and earns what repetitions may cost.
    pub(crate) fn began(&self) {
        self.shared.began(&self.retry);
    }

    /// How long to wait before the next try; none when this outcome stands.
    pub(crate) fn again(
        &self,
        repeated: &Repeated<'_>,
        came: Result<&Response, &Error>,
        is_empty: bool,
    ) -> Option<Duration> {
        let Repeated { method, url, headers, rewinds, started, tries } = *repeated;
        let host = Host::of(url);
        let at = Try {
            shared: &self.shared,
            host: &host,
            started,
            // Each try has its own timeouts.
            until: Until::never(),
            retries: tries.saturating_sub(1),
            rewinds,
            keyed: is_keyed(headers),
        };
        let seen = Outcome { method, url, attempt: tries, came: came.map(|response| &response.answer.head), is_empty };
        match again(&self.retry, &seen, &at, Now::read(), roll) {
            Verdict::Again(wait) => Some(wait),
            Verdict::Done | Verdict::GivenUp(_) => None,
        }
    }
}
