//! One hop with the cache around it.

use std::time::Instant;

use bytes::Bytes;

use super::ask::Ask;
use super::digest::Digest;
use super::flight::{Follow, Outcome, Role, Told};
use super::handle::Cache;
use super::hop::{Hop, Next};
use super::invalidate::invalidated;
use super::lookup::{Verdict, lookup};
use super::meta::Meta;
use super::mode::CacheMode;
use super::refresh::refresh;
use super::status::CacheStatus;
use super::store::{Content, Found};
use crate::client::answer::Answer;
use crate::client::run::Run;
use crate::error::{Error, Phase, Result};
use crate::message::{Headers, Request};
use crate::net::Route;
use crate::rt::Stop;

/// One hop with the cache around it: `next` asks the server. `lines` are those that would be sent, by `route`; what is
/// added to the request itself, such as validators, is sent as well.
pub(in crate::client) fn around(
    cache: &Cache,
    run: &Run<'_>,
    request: &mut Request,
    lines: &Headers,
    route: Option<&Route>,
    next: Next<'_>,
) -> Result<Box<Answer>> {
    let (method, url) = (request.method.clone(), request.url.clone());
    let ask = Ask::new(&method, &url, lines, run.policy.cache_mode).on(route);
    let hop = Hop { cache, run, ask, key: cache.key(&method, &url) };
    let answer = hop.answer(request, next)?;
    if let Some(status) = answer.cache {
        cache.shared.counts.answered(status);
    }
    Ok(answer)
}

impl Hop<'_> {
    fn answer(&self, request: &mut Request, next: Next<'_>) -> Result<Box<Answer>> {
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
        if self.cache.rules.patience.is_zero() || self.run.beside || !self.ask.may_follow() {
            return self.fetch(request, found, None, next);
        }
        let change = self.cache.shared.changes.last(&self.key);
        match self.cache.shared.flights.join(self.ask.flight(&self.key, change)) {
            Role::Lead(lead) => self.fetch(request, found, Some(lead), next),
            Role::Follow(follow) => self.follow(request, follow, found, next),
        }
    }

    /// What is kept for this request; for `HEAD` that may be an answer to `GET` (RFC 9110 §9.3.2).
    #[inline(never)]
    fn find(&self) -> Option<Found> {
        if self.ask.mode == CacheMode::Reload {
            return None;
        }
        let at = self.run.total.at();
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

    /// Another request for the same is on its way.
    #[inline(never)]
    fn follow(
        &self,
        request: &mut Request,
        follow: Follow,
        found: Option<Found>,
        next: Next<'_>,
    ) -> Result<Box<Answer>> {
        let total = self.run.total;
        let until = total.or_sooner(Instant::now(), Some(self.cache.rules.patience));
        match follow.wait(until.at(), self.run.token.as_ref()) {
            Ok(Told::Lead(lead)) => self.fetch(request, found, Some(lead), next),
            Ok(Told::Outcome(Outcome::Answer(answer))) => {
                let (meta, body) = &*answer;
                let found = Found { meta: meta.clone(), content: Content::Bytes(body.clone()) };
                Ok(self.kept(found, CacheStatus::Collapsed))
            }
            Ok(Told::Outcome(Outcome::Stored(came))) => match self.find().filter(|found| found.meta.came >= came) {
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

    #[inline(never)]
    fn bypass(&self, request: &mut Request, next: Next<'_>) -> Result<Box<Answer>> {
        if self.ask.mode == CacheMode::OnlyIfCached || (self.ask.only_if_cached() && request.method.is_safe()) {
            return Ok(self.unsatisfied());
        }
        let mut answer = self.send(request, &[], next)?;
        for url in invalidated(self.ask.method, self.ask.url, &answer.head) {
            self.cache.remove(&url);
        }
        answer.cache = Some(CacheStatus::Bypass);
        Ok(answer)
    }
}
