//! The tries of one hop: what each came to, and whether there is another.

use std::time::{Duration, Instant};

use super::again::{Now, Try, Verdict, Why, again};
use super::backoff::roll;
use super::hosts::Host;
use super::key::is_keyed;
use super::outcome::Outcome;
use crate::client::answer::Answer;
use crate::client::http_client::HttpClient;
use crate::client::policy::Policy;
use crate::deadline::Until;
use crate::error::{Error, Kind, Result};
use crate::message::{Method, Request};
use crate::wire::h1::Head;

/// A request goes out for the first time, and earns what repetitions may cost.
pub(in crate::client) fn began(client: &HttpClient, policy: &Policy) {
    if policy.retry.rules().is_some() || policy.resume > 0 || policy.hedge.is_some() {
        client.0.retries.began(&policy.retry);
    }
}

/// The tries of one hop so far.
#[derive(Default)]
pub(in crate::client) struct Tries {
    retries: u32,
    earlier: Vec<Error>,
    given_up: Option<Why>,
}

/// An answer that was a reason to try again: why there is no further try, and what the earlier ones came to.
pub(in crate::client) struct GivenUp {
    why: Why,
    earlier: Vec<Error>,
}

impl GivenUp {
    /// Adds it to the error that is made of the answer.
    pub(in crate::client) fn explain(self, error: Error) -> Error {
        error.because(self.why).with_earlier(self.earlier)
    }
}

impl Tries {
    /// How long to wait before the next try; none when this outcome stands. An error then tells of the tries before it,
    /// and why there is no further one.
    #[inline(never)]
    pub(in crate::client) fn again(
        &mut self,
        client: &HttpClient,
        policy: &Policy,
        request: &Request,
        outcome: &mut Result<Box<Answer>>,
        at: (u32, Instant, Until),
    ) -> Option<Duration> {
        policy.retry.rules()?;
        let is_empty = policy.retry.watches_empty() && is_empty(&request.method, outcome);
        let (attempt, started, until) = at;
        let host = Host::of(&request.url);
        let at = Try {
            shared: &client.0.retries,
            host: &host,
            started,
            until,
            retries: self.retries,
            rewinds: request.body.is_replayable(),
            keyed: is_keyed(&request.headers),
        };
        let seen = outcome.as_ref().map(|answer| &answer.head);
        let seen = Outcome { method: &request.method, url: &request.url, attempt, came: seen, is_empty };
        let verdict = again(&policy.retry, &seen, &at, Now::read(), roll);
        match verdict {
            Verdict::Again(wait) => {
                self.retries += 1;
                self.earlier.push(told(request, outcome));
                return Some(wait);
            }
            Verdict::GivenUp(why) => {
                self.given_up = Some(why);
                change(outcome, |error| error.because(why));
            }
            Verdict::Done => {}
        }
        change(outcome, |error| self.end(error));
        None
    }

    /// What there is to say of an answer that stands for want of a further try.
    pub(in crate::client) fn given_up(&mut self) -> Option<Box<GivenUp>> {
        let why = self.given_up?;
        Some(Box::new(GivenUp { why, earlier: std::mem::take(&mut self.earlier) }))
    }

    /// The last error, with those before it.
    pub(in crate::client) fn end(&mut self, error: Error) -> Error {
        error.with_earlier(std::mem::take(&mut self.earlier))
    }
}

fn change(outcome: &mut Result<Box<Answer>>, with: impl FnOnce(Error) -> Error) {
    if let Err(error) = outcome {
        let taken = std::mem::replace(error, Error::new(Kind::Io, ""));
        *error = with(taken);
    }
}

/// One try, as an error to be kept.
fn told(request: &Request, outcome: &Result<Box<Answer>>) -> Error {
    let error = match outcome {
        Err(error) => error.again(),
        Ok(answer) => status(&answer.head).with_address(answer.info.peer_text()),
    };
    error.with_url(request.url.without_userinfo())
}

pub(super) fn status(head: &Head) -> Error {
    let reason = head.reason().map(|reason| format!(" {reason}")).unwrap_or_default();
    Error::new(Kind::Status, format!("status {}{reason}", head.status))
}

/// Whether there is no byte of a body where one could be (RFC 9110 §15.3.5, §15.3.6 and §9.3.2: some have none). Waits
/// for the first byte or the end.
fn is_empty(method: &Method, outcome: &mut Result<Box<Answer>>) -> bool {
    let Ok(answer) = outcome else { return false };
    let could = matches!(answer.head.status, 200..=203 | 206..=299) && !matches!(method.as_str(), "HEAD" | "CONNECT");
    if !could {
        return false;
    }
    match answer.flow.fill_buf() {
        Ok(there) => there.is_empty(),
        // Broken before its first byte: as good as no answer at all.
        Err(_) => true,
    }
}
