//! One hop with the cache around it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::ask::Ask;
use super::clock::Moment;
use super::digest::Digest;
use super::flight::{Follow, Lead, Outcome, Role, Told};
use super::handle::Cache;
use super::invalidate::invalidated;
use super::kept::Kept;
use super::lookup::{Verdict, is_error, lookup, may_replace_error};
use super::meta::Meta;
use super::options::CacheMode;
use super::refresh::refresh;
use super::status::CacheStatus;
use super::storable::{is_shareable, is_worth_it};
use super::store::{Content, Found};
use super::tee::{Copy, Tee, fail};
use super::update::{ByHead, by_head, conditions, freshened};
use super::vary;
use crate::client::answer::Answer;
use crate::client::run::Run;
use crate::client::timings::Timings;
use crate::error::{Error, Phase, Result};
use crate::message::{Headers, Method, Request};
use crate::net::ConnectionInfo;
use crate::rt::Stop;
use crate::wire::Version;
use crate::wire::h1::Head;

/// Asks the server.
pub(super) type Next<'a> = &'a mut dyn FnMut(&mut Request) -> Result<Answer>;

/// One hop with the cache around it: `next` asks the server. `lines` are those that would be sent; what is added to the
/// request itself, such as validators, is sent as well.
pub(in crate::client) fn around(
    cache: &Cache,
    run: &Run<'_>,
    request: &mut Request,
    lines: &Headers,
    next: Next<'_>,
) -> Result<Answer> {
    let (method, url) = (request.method.clone(), request.url.clone());
    let ask = Ask::new(&method, &url, lines, run.policy.cache_mode).on(run.policy.route.as_deref());
    let hop = Hop { cache, run, ask, key: cache.key(&method, &url), started: cache.now() };
    let answer = hop.answer(request, next)?;
    if let Some(status) = answer.cache {
        cache.shared.counts.answered(status);
    }
    Ok(answer)
}

pub(super) struct Hop<'a> {
    pub(super) cache: &'a Cache,
    pub(super) run: &'a Run<'a>,
    pub(super) ask: Ask<'a>,
    pub(super) key: Digest,
    pub(super) started: Moment,
}

impl Hop<'_> {
    fn answer(&self, request: &mut Request, next: Next<'_>) -> Result<Answer> {
        if self.ask.bypasses() {
            return self.bypass(request, next);
        }
        let found = self.find();
        let found = match found.map(|found| (self.look(&found.meta), found)) {
            Some((Verdict::Use, found)) => return Ok(self.kept(found, CacheStatus::Hit)),
            Some((Verdict::UseStale, found)) => return Ok(self.kept(found, CacheStatus::Stale)),
            Some((Verdict::UseAndRefresh, found)) => {
                refresh(self, request);
                return Ok(self.kept(found, CacheStatus::Stale));
            }
            Some((Verdict::Ask, found)) => Some(found),
            Some((Verdict::Over, found)) => {
                self.cache.shared.store.remove(&self.key, Some(&found.meta.variant));
                None
            }
            None => None,
        };
        if self.ask.only_if_cached() {
            return Ok(self.unsatisfied());
        }
        if self.cache.rules.patience.is_zero() || self.ask.is_head() {
            return self.fetch(request, found, None, next);
        }
        match self.cache.shared.flights.join(self.ask.flight(&self.key)) {
            Role::Lead(lead) => self.fetch(request, found, Some(lead), next),
            Role::Follow(follow) => self.follow(request, follow, found, next),
        }
    }

    /// What is kept for this request; for `HEAD` that may be an answer to `GET` (RFC 9110 §9.3.2).
    fn find(&self) -> Option<Found> {
        if self.ask.mode == CacheMode::Reload {
            return None;
        }
        let at = self.run.pace.total.at();
        let find = |key: &Digest| self.cache.shared.store.find(key, self.ask.asker(), at);
        if !self.ask.is_head() {
            return find(&self.key);
        }
        let whole = find(&self.get_key()).filter(|found| self.is_usable(&found.meta));
        let whole = whole.map(|found| Found { content: Content::Bytes(Bytes::new()), ..found });
        whole.or_else(|| find(&self.key).filter(|found| self.is_usable(&found.meta)))
    }

    fn is_usable(&self, meta: &Meta) -> bool {
        !matches!(self.look(meta), Verdict::Ask | Verdict::Over)
    }

    fn look(&self, meta: &Meta) -> Verdict {
        lookup(meta, &self.ask, self.cache.rules.keep, self.cache.now())
    }

    fn get_key(&self) -> Digest {
        self.cache.key(&Method::GET, self.ask.url)
    }

    /// Another request for the same is on its way.
    #[inline(never)]
    fn follow(&self, request: &mut Request, follow: Follow, found: Option<Found>, next: Next<'_>) -> Result<Answer> {
        let total = self.run.pace.total;
        let until = total.or_sooner(Instant::now(), Some(self.cache.rules.patience));
        match follow.wait(until.at(), self.run.token.as_ref()) {
            Ok(Told::Lead(lead)) => self.fetch(request, found, Some(lead), next),
            Ok(Told::Outcome(Outcome::Answer(answer))) => {
                let (meta, body) = &*answer;
                let found = Found { meta: meta.clone(), content: Content::Bytes(body.clone()) };
                Ok(self.kept(found, CacheStatus::Collapsed))
            }
            Ok(Told::Outcome(Outcome::Stored)) => match self.find().filter(|found| found.meta.came >= self.started) {
                Some(found) => Ok(self.kept(found, CacheStatus::Collapsed)),
                None => self.fetch(request, found, None, next),
            },
            Ok(Told::Outcome(Outcome::Failed(error))) => Err(error.again()),
            Ok(Told::Outcome(Outcome::Own)) => self.fetch(request, found, None, next),
            Err(Stop::TimedOut) if total.is_over(Instant::now()) => Err(Error::timeout(Phase::Head, total.limit())),
            Err(Stop::TimedOut) => self.fetch(request, found, None, next),
            Err(Stop::Cancelled) => Err(Error::cancelled(Phase::Head)),
        }
    }

    /// Asks the server, by the validators of what was found if there are any.
    #[inline(never)]
    fn fetch(&self, request: &mut Request, found: Option<Found>, lead: Option<Lead>, next: Next<'_>) -> Result<Answer> {
        let turn = self.cache.shared.changes.turn();
        let asked = self.cache.now();
        let validators = found.as_ref().map(|found| conditions(&found.meta)).unwrap_or_default();
        let outcome = self.send(request, &validators, next);
        let conditional = !validators.is_empty();
        let came = self.cache.now();
        let answer = match (outcome, found) {
            (Ok(answer), Some(found)) if answer.head.status == 304 && conditional => {
                return match freshened(&found.meta, &answer.head, asked, came) {
                    Some(meta) => Ok(self.validated(answer, Found { meta, ..found }, turn, lead)),
                    // It is about something that is not here: asked again without a condition.
                    None => {
                        self.cache.shared.store.remove(&self.key, Some(&found.meta.variant));
                        self.fetch(request, None, lead, next)
                    }
                };
            }
            (Ok(answer), Some(found)) if is_error(answer.head.status) && self.may_replace(&found) => {
                return Ok(self.stand_in(found, lead));
            }
            (Ok(answer), found) => return Ok(self.keep(answer, found, [asked, came], turn, lead)),
            (Err(_), Some(found)) if self.may_replace(&found) => return Ok(self.stand_in(found, lead)),
            (Err(error), _) => error,
        };
        if let Some(lead) = lead {
            fail(lead, &answer, self.cache.rules.retry);
        }
        Err(answer)
    }

    /// Sends the request with these lines and those of its mode, and takes them away again: the next hop is another
    /// request.
    fn send(&self, request: &mut Request, validators: &[(&str, &[u8])], next: Next<'_>) -> Result<Answer> {
        let own = |name: &str| self.ask.headers.contains(name);
        let mode =
            self.ask.mode.lines().iter().filter(|(name, _)| !own(name)).map(|(name, value)| (*name, value.as_bytes()));
        let added: Vec<(&str, &[u8])> = validators.iter().copied().chain(mode).collect();
        for (name, value) in &added {
            request.set_header(name, value)?;
        }
        let outcome = next(request);
        for (name, _) in &added {
            request.headers.remove(name);
        }
        outcome
    }

    fn may_replace(&self, found: &Found) -> bool {
        may_replace_error(&found.meta, &self.ask, self.cache.rules.stale_if_error, self.cache.now())
    }

    fn stand_in(&self, found: Found, lead: Option<Lead>) -> Answer {
        self.land(lead, &found);
        self.kept(found, CacheStatus::Stale)
    }

    fn land(&self, lead: Option<Lead>, found: &Found) {
        if let Some(lead) = lead {
            lead.land(match &found.content {
                Content::Bytes(body) => Outcome::Answer(Arc::new((found.meta.clone(), body.clone()))),
                Content::File(_) => Outcome::Stored,
            });
        }
    }

    /// A 304: what was found still holds.
    fn validated(&self, answer: Answer, found: Found, turn: u64, lead: Option<Lead>) -> Answer {
        let shared = &self.cache.shared;
        if !shared.changes.since(turn, &self.key) {
            shared.counts.put(shared.store.put(&self.key, &found.meta, &found.content, self.cache.bounds()));
        }
        self.land(lead, &found);
        Answer {
            timings: answer.timings,
            info: answer.info,
            reused: answer.reused,
            attempts: answer.attempts,
            ..self.kept(found, CacheStatus::Revalidated)
        }
    }

    /// A new answer: on its way through, a copy goes into the cache.
    fn keep(
        &self,
        mut answer: Answer,
        found: Option<Found>,
        [asked, came]: [Moment; 2],
        turn: u64,
        lead: Option<Lead>,
    ) -> Answer {
        answer.cache = Some(if found.is_some() { CacheStatus::Replaced } else { CacheStatus::Miss });
        self.tell_get(&answer, asked, came);
        let names = vary::names(&answer.head).filter(|_| self.may_keep(&answer));
        let old = found.map(|found| found.meta.variant);
        let Some(names) = names else {
            // It is not what the server says now.
            if let Some(old) = old.filter(|_| answer.head.status < 500) {
                self.cache.shared.store.remove(&self.key, Some(&old));
            }
            if let Some(lead) = lead {
                lead.land(Outcome::Own);
            }
            return answer;
        };
        let variant = vary::variant(&names, self.ask.asker());
        let meta = Meta::new(&answer.head, asked, came, variant);
        let keep = self.cache.rules.keep.is_some() || is_worth_it(&meta);
        let lead = match lead {
            Some(lead) if self.cache.rules.keep.is_none() && !is_shareable(&answer.head) => {
                lead.land(Outcome::Own);
                None
            }
            lead => lead,
        };
        let mut copy = Copy::new(self.cache, self.key, meta, self.run.pace.total);
        (copy.keep, copy.turn, copy.lead) = (keep, turn, lead);
        copy.replaces = old.filter(|old| *old != variant);
        let declared = crate::wire::h1::content_length(&answer.head.headers).ok().flatten().unwrap_or(0);
        let has_body = !self.ask.is_head();
        if (!copy.keep && copy.lead.is_none()) || (has_body && declared > copy.room()) {
            if let Some(lead) = copy.lead.take() {
                lead.land(Outcome::Own);
            }
            return answer;
        }
        let mut tee = Tee::new(answer.flow, copy);
        if (300..400).contains(&answer.head.status) {
            tee.drain(self.run.policy.limits.drain_bytes as u64);
        }
        answer.flow = Box::new(tee);
        answer
    }

    /// Credentials that answered a challenge are not among the lines by which answers are told apart; neither are those
    /// of a scheme whose line is another one each time of any use for that.
    fn may_keep(&self, answer: &Answer) -> bool {
        let once = |value: &[u8]| value.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"Digest "));
        let personal = answer.challenged || self.ask.headers.get_bytes("Authorization").is_some_and(once);
        let public = vary::names(&answer.head).is_some_and(|names| !names.iter().any(|name| name == "authorization"));
        self.cache.rules.may_keep(&self.ask, &answer.head) && (public || !personal)
    }

    /// What the answer to a `HEAD` says about the one to `GET` that is kept (RFC 9111 §4.3.5).
    fn tell_get(&self, answer: &Answer, asked: Moment, came: Moment) {
        if !self.ask.is_head() || answer.head.status != 200 {
            return;
        }
        let (key, shared) = (self.get_key(), &self.cache.shared);
        let Some(found) = shared.store.find(&key, self.ask.asker(), self.run.pace.total.at()) else { return };
        match by_head(&found.meta, &answer.head, asked, came) {
            ByHead::Same(meta) => {
                shared.counts.put(shared.store.put(&key, &meta, &found.content, self.cache.bounds()));
            }
            ByHead::Changed => shared.store.remove(&key, Some(&found.meta.variant)),
        }
    }

    fn bypass(&self, request: &mut Request, next: Next<'_>) -> Result<Answer> {
        if self.ask.only_if_cached() && request.method.is_safe() {
            return Ok(self.unsatisfied());
        }
        let mut answer = self.send(request, &[], next)?;
        for url in invalidated(self.ask.method, self.ask.url, &answer.head) {
            self.cache.remove(&url);
        }
        answer.cache = Some(CacheStatus::Bypass);
        Ok(answer)
    }

    fn kept(&self, found: Found, status: CacheStatus) -> Answer {
        let Found { meta, content } = found;
        let age = super::freshness::age(&meta, self.cache.now()).unwrap_or(Duration::ZERO);
        let mut head = meta.head;
        // RFC 9111 §5.1. A number is a legal value.
        head.headers.set("Age", age.as_secs().to_string()).ok();
        let content = if self.ask.is_head() { Content::Bytes(Bytes::new()) } else { content };
        Answer { flow: Box::new(Kept::new(content, self.run.pace.total)), ..made(head, status) }
    }

    /// RFC 9111 §5.2.1.7.
    fn unsatisfied(&self) -> Answer {
        let mut headers = Headers::new();
        headers.append("Content-Length", "0").ok();
        made(Head { version: Version::Http11, status: 504, headers }, CacheStatus::Unsatisfied)
    }
}

/// An answer of this side's, without a body.
fn made(head: Head, status: CacheStatus) -> Answer {
    Answer {
        head,
        flow: Box::new(Kept::new(Content::Bytes(Bytes::new()), crate::deadline::Until::never())),
        info: Arc::new(ConnectionInfo::default()),
        timings: Timings::default(),
        reused: false,
        attempts: 0,
        challenged: false,
        cache: Some(status),
    }
}
