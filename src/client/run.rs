//! The one loop: hops, and tries of a hop. Every decision is a call to a policy beside it.
//!
//! ```text
//!   send ─▶ hop ─▶ cache ─▶ try ─▶ answer ─┬─ 401, understood ──▶ try
//!            ▲                             ├─ failed, worth it ─▶ wait ─▶ try
//!            │                             ▼
//!            └──────── redirect ◀── what comes next ──▶ decoded ─▶ Response
//! ```

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::answer::Answer;
use super::attempt::Attempt;
use super::auth::Credentials;
use super::cookies::cookie_line;
use super::http_client::HttpClient;
use super::policy::Policy;
use super::redirect::{Journey, Next};
use super::request::Options;
use super::response::Response;
use super::retry::Tries;
use super::{bounds, cache, decode};
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase, Result};
use crate::exchange::Pace;
use crate::message::{Headers, Outgoing, Request};
use crate::net::Route;
use crate::rt::{CancelToken, Stop, Waiter, scope};

pub(super) fn run(client: &HttpClient, request: Request, options: &Options) -> Result<Response> {
    let started = Instant::now();
    let scope = scope::current();
    let token = match (scope.token(), &options.token) {
        (Some(outer), Some(own)) => Some(CancelToken::child_of([outer, own])),
        (outer, own) => outer.or(own.as_ref()).cloned(),
    };
    let pace =
        Pace { total: scope.until().min(Until::after(started, options.timeouts.total)), timeouts: options.timeouts };
    let run = Run { client, policy: &options.policy, options, pace, token, started };
    run.go(Box::new(request))
}

/// What all hops and tries of one request share.
pub(super) struct Run<'a> {
    pub(super) client: &'a HttpClient,
    pub(super) policy: &'a Policy,
    pub(super) options: &'a Options,
    pub(super) pace: Pace,
    pub(super) token: Option<CancelToken>,
    pub(super) started: Instant,
}

impl Run<'_> {
    fn go(&self, mut request: Box<Request>) -> Result<Response> {
        let mut journey = Journey::new();
        let mut credentials = Credentials::default();
        loop {
            let answer = self.hop(&mut request, &journey, &mut credentials);
            let answer = answer.map_err(|error| error.with_url(request.url.without_userinfo()))?;
            let bound = self.client.0.bound_to();
            match journey.next(&answer.head, answer.timings, &mut request, self.policy, bound) {
                // The redirect's own body is dropped with the answer: taken if it has come already, never waited for.
                Ok(Next::Follow) => {}
                Ok(Next::Stay) => return self.respond(*request, answer, journey),
                Err(error) => {
                    let error = error.with_url(request.url.without_userinfo());
                    return Err(error.with_payload(Box::new(self.respond(*request, answer, journey)?)));
                }
            }
        }
    }

    #[inline(never)]
    fn respond(&self, request: Request, mut answer: Answer, journey: Journey) -> Result<Response> {
        answer.flow = decode::layer(answer.flow, &answer.head, &request.method, &self.policy.decode)
            .and_then(|flow| bounds::on_body(flow, &answer.head, self.policy))
            .map_err(|error| error.with_url(request.url.without_userinfo()))?;
        Ok(Response::new(request, answer, journey.history, self.started, self.policy.limits))
    }

    /// One hop, out of the cache or from the server.
    fn hop(&self, request: &mut Request, journey: &Journey, credentials: &mut Credentials) -> Result<Answer> {
        let Some(stored) = &self.policy.cache else { return self.tries(request, journey, credentials) };
        let lines = self.lines(request, journey, credentials)?;
        let mut next = |request: &mut Request| self.tries(request, journey, credentials);
        cache::around(stored, self.policy.cache_mode, self.client, request, &lines.headers, &mut next)
    }

    /// As many tries as it takes and the policies allow.
    fn tries(&self, request: &mut Request, journey: &Journey, credentials: &mut Credentials) -> Result<Answer> {
        let mut tries = Tries::default();
        let mut started = self.started;
        let mut attempts = 0;
        loop {
            let mut outcome = self.attempt(request, journey, credentials, started);
            attempts += outcome.as_ref().map_or_else(Error::attempts, |answer| answer.attempts).max(1);
            if let Ok(answer) = &mut outcome {
                answer.attempts = attempts;
                if let Some(jar) = &self.policy.jar {
                    jar.store(&request.url, &answer.head.headers);
                }
                if self.is_challenge_met(request, journey, credentials, answer)? {
                    started = Instant::now();
                    continue;
                }
            }
            let now = Instant::now();
            match tries.again(self.client, self.policy, request, outcome.as_ref(), now) {
                Some(wait) if request.body.rewind()? => {
                    drop(outcome);
                    self.pause(now, wait)?;
                    started = Instant::now();
                }
                _ => return outcome.map_err(|error| error.with_attempts(attempts)),
            }
        }
    }

    /// Whether a 401 or 407 has been understood, and the request can be sent again with what it asks for.
    fn is_challenge_met(
        &self,
        request: &mut Request,
        journey: &Journey,
        credentials: &mut Credentials,
        answer: &Answer,
    ) -> Result<bool> {
        let (status, headers) = (answer.head.status, &answer.head.headers);
        Ok(matches!(status, 401 | 407)
            && credentials.answer(self.client, self.policy, request, journey.trusted, status, headers)?
            && request.body.rewind()?)
    }

    #[inline(never)]
    fn attempt(
        &self,
        request: &mut Request,
        journey: &Journey,
        credentials: &mut Credentials,
        started: Instant,
    ) -> Result<Answer> {
        let outgoing = self.lines(request, journey, credentials)?;
        let plain = self.policy.route.as_ref().map(|route| route_of(route, journey.trusted));
        let route = self.policy.proxies.route(&request.url, &plain);
        Attempt { run: self, policy: self.policy, route, started }.go(request, outgoing)
    }

    /// The lines of the next try: the request's own, the defaults, and what the policies add.
    fn lines(&self, request: &mut Request, journey: &Journey, credentials: &mut Credentials) -> Result<Outgoing> {
        let policy = self.policy;
        if self.options.expect && !request.body.is_empty() {
            request.set_header("Expect", "100-continue")?;
        }
        let mut outgoing = request.assemble(&self.client.0.defaults)?;
        let lines = &mut outgoing.headers;
        if let Some(codings) = decode::accept(&policy.decode)
            && !lines.contains("Accept-Encoding")
            && !request.is_removed("Accept-Encoding")
            // A part of the coded bytes cannot be decoded.
            && !lines.contains("Range")
        {
            set(lines, "Accept-Encoding", codings.as_bytes())?;
        }
        if policy.jar.is_some() || !policy.cookies.is_empty() {
            let one_off = if journey.trusted { &policy.cookies[..] } else { &[] };
            let jar = policy.jar.as_ref().and_then(|jar| jar.header_for(&request.url));
            if let Some(line) = cookie_line(request.headers.get_bytes("cookie"), one_off, jar) {
                set(lines, "Cookie", &line)?;
            }
        }
        if let Some(value) = credentials.authorize(self.client, policy, request, journey.trusted)? {
            set(lines, "Authorization", value.as_bytes())?;
        }
        Ok(outgoing)
    }

    /// Waits before a retry.
    fn pause(&self, now: Instant, wait: Duration) -> Result<()> {
        let waiter = Waiter::current();
        let _guard = self.token.as_ref().map(|token| waiter.cancel_with(token));
        let until = self.pace.total.or_sooner(now, Some(wait));
        loop {
            match waiter.wait(until.at()) {
                Ok(()) => {}
                Err(Stop::Cancelled) => return Err(Error::cancelled(Phase::Checkout)),
                Err(_) if self.pace.total.is_over(Instant::now()) => {
                    return Err(Error::timeout(Phase::Checkout, self.pace.total.limit()));
                }
                Err(_) => return Ok(()),
            }
        }
    }
}

/// The name that a default `Host` line asks for in TLS is the first origin's, like the line.
fn route_of(route: &Arc<Route>, trusted: bool) -> Arc<Route> {
    if trusted || route.server_name.is_none() {
        return route.clone();
    }
    Arc::new(Route { server_name: None, ..Route::clone(route) })
}

fn set(lines: &mut Headers, name: &str, value: &[u8]) -> Result<()> {
    lines.set(name, value).map_err(|broken| {
        let what = format!("header `{name}`: {}", broken.rule());
        Error::new(Kind::InvalidRequest, what).with_phase(Phase::Build)
    })
}
