//! The one loop: hops, and tries of a hop. Every decision is a call to a policy beside it.
//!
//! ```text
//!   send ─▶ hop ─▶ cache ─▶ try ─▶ answer ─┬─ 401, understood ──▶ try
//!            ▲                             ├─ failed, worth it ─▶ wait ─▶ try
//!            │                             ▼
//!            └──────── redirect ◀── what comes next ──▶ decoded ─▶ Response
//! ```

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::answer::Answer;
use super::attempt::Attempt;
use super::auth::Credentials;
use super::cache::Cache;
use super::cookies::{cookie_line, own_cookies};
use super::decode::Decode;
use super::event::{Teller, Telling, What};
use super::flow::Ahead;
use super::http_client::HttpClient;
use super::policy::Policy;
use super::redirect::{Journey, Next};
use super::repeat::{hedged, may_hedge, may_resume, resuming};
use super::request::Options;
use super::response::Response;
use super::retry::{Tries, began};
use super::{bounds, cache, decode, proxy};
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase, Result};
use crate::exchange::Pace;
use crate::message::{Headers, Outgoing, Request};
use crate::net::Route;
use crate::rt::{CancelToken, Stop, Waiter, scope};
use crate::wire::Violation;

pub(super) fn run(client: &HttpClient, request: &mut Request, options: &Options) -> Result<Response> {
    let run = begun(client, options);
    bounds::on_request(request, &run.policy.bounds, run.total, run.token.as_ref());
    // Dropped by a failure, it tells the end.
    let mut telling = run.teller.as_ref().map(|teller| Telling::start(teller, request, run.started));
    let arrived = match run.policy.hedge {
        Some(after) if may_hedge(request) => hedged(&run, request, after),
        _ => run.go(request, telling.as_deref_mut()),
    };
    run.finish(request, arrived?, telling)
}

// Outlined: what it needs must not lie on the stack while the request waits.
#[inline(never)]
fn begun<'a>(client: &'a HttpClient, options: &'a Options) -> Run<'a> {
    let started = Instant::now();
    let scope = scope::current();
    let token = match (scope.token(), &options.token) {
        (Some(outer), Some(own)) => Some(CancelToken::child_of([outer, own])),
        (outer, own) => outer.or(own.as_ref()).cloned(),
    };
    let total = scope.until().min(Until::after(started, options.timeouts.total));
    let teller = Teller::new(&options.policy.listeners);
    began(client, &options.policy);
    Run::new(client, options, total, token, started, teller)
}

/// The answer behind all redirects.
pub(super) struct Arrived {
    answer: Box<Answer>,
    journey: Journey,
    /// Why it is not followed, where it redirects.
    refused: Option<Error>,
}

/// Whether a request asks for `100 Continue` before its body.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Expects {
    #[default]
    No,
    Yes,
    /// Not any more: somebody on the way cannot do that.
    Refused,
}

/// What all hops and tries of one request share.
pub(super) struct Run<'a> {
    pub(super) client: &'a HttpClient,
    pub(super) policy: &'a Policy,
    pub(super) options: &'a Options,
    /// The end of everything: total timeout and surrounding scope.
    pub(super) total: Until,
    pub(super) token: Option<CancelToken>,
    pub(super) started: Instant,
    pub(super) teller: Option<Teller>,
    /// It goes out beside a slow one, whose answer it must not wait for.
    pub(super) beside: bool,
    /// Whether the last lines ask for `100 Continue`.
    pub(super) expects: Cell<Expects>,
    /// The way that the cache has gone by, for the first try: a rule for proxies that takes turns is asked once.
    pub(super) way: Cell<Option<Option<Arc<Route>>>>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        client: &'a HttpClient,
        options: &'a Options,
        total: Until,
        token: Option<CancelToken>,
        started: Instant,
        teller: Option<Teller>,
    ) -> Self {
        let (policy, expects, way) = (&*options.policy, Cell::default(), Cell::default());
        Self { client, policy, options, total, token, started, teller, beside: false, expects, way }
    }

    /// Made when it is needed: 168 bytes that each request in flight would hold.
    pub(super) fn pace(&self) -> Pace {
        Pace { total: self.total, timeouts: self.options.timeouts }
    }

    pub(super) fn tell(&self, request: &Request, what: What<'_>) {
        if let Some(teller) = &self.teller {
            teller.tell(&request.method, &request.url, what);
        }
    }

    /// `request` is then the last one that was sent.
    pub(super) fn go(&self, request: &mut Request, mut telling: Option<&mut Telling>) -> Result<Arrived> {
        let mut journey = Journey::new();
        let mut credentials = Credentials::within(self.total, self.token.clone());
        loop {
            let answer = self.hop(request, &journey, &mut credentials);
            let answer = answer.map_err(|error| error.with_url(request.url.without_userinfo()))?;
            let bound = self.client.0.bound_to();
            let refused = match journey.next(&answer.head, answer.timings, request, self.policy, bound) {
                // The redirect's own body is dropped with the answer: taken if it has come already, never waited for.
                Ok(Next::Follow) => {
                    if let (Some(teller), Some(from)) = (&self.teller, journey.history.last()) {
                        let redirecting = What::Redirecting { status: from.status, to: &request.url };
                        teller.tell(&request.method, &from.url, redirecting);
                    }
                    if let Some(telling) = &mut telling {
                        telling.at(request);
                    }
                    continue;
                }
                Ok(Next::Stay) => None,
                Err(error) => Some(error),
            };
            return Ok(Arrived { answer, journey, refused });
        }
    }

    /// The response, or the error of a redirect that is not followed, with its response.
    // Outlined, as are the steps below: what one of them needs must not lie on the stack while another one waits.
    #[inline(never)]
    fn finish(&self, request: &Request, arrived: Arrived, telling: Option<Box<Telling>>) -> Result<Response> {
        let Arrived { answer, journey, refused } = arrived;
        let refused = refused.map(|error| error.with_url(request.url.without_userinfo()));
        let response = self.respond(request, answer, journey, telling)?;
        match refused {
            None => Ok(response),
            Some(error) => Err(error.with_payload(Box::new(response))),
        }
    }

    #[inline(never)]
    fn respond(
        &self,
        request: &Request,
        mut answer: Box<Answer>,
        journey: Journey,
        telling: Option<Box<Telling>>,
    ) -> Result<Response> {
        let (head, method, bounds) = (&answer.head, &request.method, &self.policy.bounds);
        bounds::on_answer(&mut answer.flow, head, method, bounds);
        if let Some(mut telling) = telling {
            telling.at(request);
            answer.flow.lay(|flow| telling.watch(flow));
        }
        let decoding = decode::layer(&mut answer.flow, head, method, self.decoding(request), self.total);
        bounds::on_body(&mut answer.flow, head, method, decoding.is_some(), bounds)
            .map_err(|error| error.with_url(request.url.without_userinfo()))?;
        let mut response = Response::new(request, answer, journey.history, self.started, self.policy.limits);
        response.decoding = decoding;
        Ok(response)
    }

    /// How the answer is decoded: not at all where the caller has asked for codings of its own.
    fn decoding(&self, request: &Request) -> Option<&Decode> {
        let name = "Accept-Encoding";
        let asked =
            request.headers.contains(name) || self.client.0.defaults.contains(name) && !request.is_removed(name);
        (!asked).then_some(&self.policy.decode)
    }

    /// One hop, out of the cache or from the server.
    fn hop(&self, request: &mut Request, journey: &Journey, credentials: &mut Credentials) -> Result<Box<Answer>> {
        match &self.policy.cache {
            Some(stored) => self.cached(stored, request, journey, credentials),
            None => self.tries(request, journey, credentials),
        }
    }

    #[inline(never)]
    fn cached(
        &self,
        stored: &Cache,
        request: &mut Request,
        journey: &Journey,
        credentials: &mut Credentials,
    ) -> Result<Box<Answer>> {
        credentials.look_up();
        let lines = self.lines(request, journey, credentials)?;
        let route = self.route(request, journey);
        self.way.set(Some(route.clone()));
        credentials.looked_up(&lines.headers);
        let mut next = |request: &mut Request| self.tries(request, journey, credentials);
        cache::around(stored, self, request, &lines.headers, route.as_deref(), &mut next)
    }

    #[inline(never)]
    fn route(&self, request: &Request, journey: &Journey) -> Option<Arc<Route>> {
        let plain = self.policy.route.as_ref().map(|route| route_of(route, journey.trusted));
        proxy::route(self.policy, &request.url, plain)
    }

    /// As many tries as it takes and the policies allow.
    #[inline(never)]
    fn tries(&self, request: &mut Request, journey: &Journey, credentials: &mut Credentials) -> Result<Box<Answer>> {
        let mut tries = Tries::default();
        let mut started = if journey.history.is_empty() { self.started } else { Instant::now() };
        let mut attempts = 0;
        let mut challenged = false;
        loop {
            let mut outcome = self.attempt(request, journey, credentials, started);
            attempts += outcome.as_ref().map_or_else(Error::attempts, |answer| answer.attempts).max(1);
            if let Ok(answer) = &mut outcome {
                answer.attempts = attempts;
                answer.challenged = challenged;
                if let Some(jar) = &self.policy.jar {
                    jar.store(&request.url, &answer.head.headers);
                }
                if answer.head.status == 401 && credentials.asks() {
                    // A hook that asks the same host must not wait for the connection that this answer holds.
                    Ahead::read(&mut answer.flow, self.policy.limits.drain_bytes);
                }
                if self.is_expectation_refused(request, answer)? {
                    started = Instant::now();
                    continue;
                }
                if self.is_challenge_met(request, credentials, answer)? {
                    challenged = true;
                    started = Instant::now();
                    continue;
                }
            }
            let at = (attempts, started, self.total);
            match tries.again(self.client, self.policy, request, &mut outcome, at) {
                Some(wait) if request.body.rewind()? => {
                    drop(outcome);
                    let paused = self.pause_before(request, wait);
                    paused.map_err(|error| tries.end(error).with_attempts(attempts))?;
                    started = Instant::now();
                }
                _ => {
                    let mut answer = outcome.map_err(|error| error.with_attempts(attempts))?;
                    answer.given_up = tries.given_up();
                    return Ok(answer);
                }
            }
        }
    }

    /// RFC 9110 §10.1.1: a client that receives a 417 in response to a request containing a 100-continue expectation SHOULD
    /// repeat that request without it, since the response merely indicates that the chain does not support expectations.
    fn is_expectation_refused(&self, request: &mut Request, answer: &Answer) -> Result<bool> {
        if answer.head.status != 417 || self.expects.get() != Expects::Yes || !request.body.rewind()? {
            return Ok(false);
        }
        self.expects.set(Expects::Refused);
        Ok(true)
    }

    /// Whether a 401 or 407 has been understood, and the request can be sent again with what it asks for.
    fn is_challenge_met(&self, request: &mut Request, credentials: &mut Credentials, answer: &Answer) -> Result<bool> {
        let (status, headers) = (answer.head.status, &answer.head.headers);
        Ok(credentials.answer(self.client, request, status, headers)? && request.body.rewind()?)
    }

    #[inline(never)]
    fn attempt(
        &self,
        request: &mut Request,
        journey: &Journey,
        credentials: &mut Credentials,
        started: Instant,
    ) -> Result<Box<Answer>> {
        let (outgoing, route, resumes) = self.readied(request, journey, credentials)?;
        // A hook or an equal request may have taken its time: the wait for a connection begins here.
        let waited = self.policy.auth.is_some() || self.policy.cache.is_some();
        let started = if waited { Instant::now() } else { started };
        let Some(lines) = resumes else { return self.go_out(request, outgoing, route, started) };
        let answer = self.go_out(request, outgoing, route.clone(), started)?;
        Ok(resuming(self, answer, request, lines, route, (credentials, journey.trusted)))
    }

    /// The lines of the next try, the way that it takes, and the lines that a resumed body is asked for with.
    #[inline(never)]
    fn readied(
        &self,
        request: &mut Request,
        journey: &Journey,
        credentials: &mut Credentials,
    ) -> Result<(Outgoing, Option<Arc<Route>>, Option<Headers>)> {
        let mut outgoing = self.lines(request, journey, credentials)?;
        let resumes = may_resume(self, request).then(|| outgoing.headers.clone());
        let route = self.way.take().unwrap_or_else(|| self.route(request, journey));
        if let Some(value) = credentials.authorize_proxy(self.client, route.as_deref(), request, &outgoing.headers)? {
            set(&mut outgoing.headers, "Proxy-Authorization", value.as_bytes())?;
        }
        Ok((outgoing, route, resumes))
    }

    /// One try with these lines, told to who listens.
    #[inline(never)]
    pub(super) fn go_out(
        &self,
        request: &mut Request,
        outgoing: Outgoing,
        route: Option<Arc<Route>>,
        started: Instant,
    ) -> Result<Box<Answer>> {
        self.tell(request, What::Sending { headers: &outgoing.headers });
        let outcome = Attempt { run: self, policy: self.policy, route, started }.go(request, outgoing);
        if self.teller.is_some() {
            self.tell_outcome(request, &outcome);
        }
        outcome
    }

    #[inline(never)]
    fn tell_outcome(&self, request: &Request, outcome: &Result<Box<Answer>>) {
        let what = match outcome {
            Ok(answer) => {
                let head = &answer.head;
                What::Answered { status: head.status, headers: &head.headers, head, timings: answer.timings }
            }
            Err(error) => What::Failed { error },
        };
        self.tell(request, what);
    }

    /// The lines of the next try: the request's own, the defaults, and what the policies add.
    #[inline(never)]
    fn lines(&self, request: &mut Request, journey: &Journey, credentials: &mut Credentials) -> Result<Outgoing> {
        let policy = self.policy;
        let mut outgoing = request.assemble(&self.client.0.defaults)?;
        if !policy.sensitive.is_empty() {
            outgoing.headers.hide(&policy.sensitive);
        }
        let lines = &mut outgoing.headers;
        // On the try alone: a redirect may go on without the body.
        if self.expects.get() == Expects::Refused {
            lines.remove("Expect");
        } else {
            if (self.options.expect || bounds::expects(request, &policy.bounds)) && !request.body.is_empty() {
                set(lines, "Expect", b"100-continue")?;
            }
            let expects = lines.has_token("Expect", "100-continue");
            self.expects.set(if expects { Expects::Yes } else { Expects::No });
        }
        if let Some(codings) = decode::accept(&policy.decode)
            && !lines.contains("Accept-Encoding")
            && !request.is_removed("Accept-Encoding")
            // A part of the coded bytes cannot be decoded.
            && !lines.contains("Range")
        {
            add(lines, "Accept-Encoding", codings.as_bytes())?;
        }
        if policy.jar.is_some() || !policy.cookies.is_empty() {
            let one_off = if journey.trusted { &policy.cookies[..] } else { &[] };
            let jar = policy.jar.as_ref().and_then(|jar| jar.header_for(&request.url));
            if let Some(line) = cookie_line(own_cookies(lines).as_deref(), one_off, jar) {
                set(lines, "Cookie", &line)?;
            }
        }
        if let Some(value) = credentials.authorize(self.client, policy, request, journey.trusted)? {
            set(lines, "Authorization", value.as_bytes())?;
        }
        Ok(outgoing)
    }

    #[inline(never)]
    fn pause_before(&self, request: &Request, wait: Duration) -> Result<()> {
        self.tell(request, What::Retrying { after: wait });
        self.pause(Instant::now(), wait)
    }

    /// Waits before a retry.
    pub(super) fn pause(&self, now: Instant, wait: Duration) -> Result<()> {
        let waiter = Waiter::current();
        let _guard = self.token.as_ref().map(|token| waiter.cancel_with(token));
        let until = self.total.or_sooner(now, Some(wait));
        loop {
            match waiter.wait(until.at()) {
                Ok(()) => {}
                Err(Stop::Cancelled) => return Err(Error::cancelled(Phase::Checkout)),
                Err(_) if self.total.is_over(Instant::now()) => {
                    return Err(Error::timeout(Phase::Checkout, self.total.limit()));
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

pub(super) fn set(lines: &mut Headers, name: &str, value: &[u8]) -> Result<()> {
    lines.set(name, value).map_err(|broken| wrong(name, &broken))
}

/// For a name that is not there.
fn add(lines: &mut Headers, name: &str, value: &[u8]) -> Result<()> {
    lines.append(name, value).map_err(|broken| wrong(name, &broken))
}

fn wrong(name: &str, broken: &Violation) -> Error {
    Error::new(Kind::InvalidRequest, format!("header `{name}`: {}", broken.rule())).with_phase(Phase::Build)
}
