//! Asking the server, and what becomes of its answer.

use std::sync::Arc;

use super::clock::Moment;
use super::flight::{Lead, Outcome};
use super::hop::{Hop, Next};
use super::lookup::{is_error, is_failure, may_replace_error};
use super::meta::Meta;
use super::status::CacheStatus;
use super::storable::{is_shareable, is_worth_it};
use super::store::{Content, Found};
use super::tee::{Copying, Tee, fail};
use super::update::{ByHead, by_head, conditions, freshened};
use super::vary;
use crate::client::answer::Answer;
use crate::error::Result;
use crate::message::Request;
use crate::wire::h1::content_length;

impl Hop<'_> {
    /// Asks the server, by the validators of what was found if there are any.
    #[inline(never)]
    pub(super) fn fetch(
        &self,
        request: &mut Request,
        found: Option<Found>,
        lead: Option<Lead>,
        next: Next<'_>,
    ) -> Result<Box<Answer>> {
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
            (Err(error), Some(found)) if is_failure(&error) && self.may_replace(&found) => {
                return Ok(self.stand_in(found, lead));
            }
            (Err(error), _) => error,
        };
        if let Some(lead) = lead {
            fail(lead, &answer, self.cache.rules.retry);
        }
        Err(answer)
    }

    /// Sends the request with these lines and those of its mode, and takes them away again: the next hop is another
    /// request.
    #[inline(never)]
    pub(super) fn send(
        &self,
        request: &mut Request,
        validators: &[(&str, &[u8])],
        next: Next<'_>,
    ) -> Result<Box<Answer>> {
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

    #[inline(never)]
    fn stand_in(&self, found: Found, lead: Option<Lead>) -> Box<Answer> {
        self.land(lead, &found);
        self.kept(found, CacheStatus::Stale)
    }

    fn land(&self, lead: Option<Lead>, found: &Found) {
        if let Some(lead) = lead {
            lead.land(match &found.content {
                Content::Bytes(body) => Outcome::Answer(Arc::new((found.meta.clone(), body.clone()))),
                Content::File(_) => Outcome::Stored(found.meta.came),
            });
        }
    }

    /// A 304: what was found still holds, perhaps for other requests than before, or not to be kept any more.
    #[inline(never)]
    fn validated(&self, answer: Box<Answer>, mut found: Found, turn: u64, lead: Option<Lead>) -> Box<Answer> {
        let shared = &self.cache.shared;
        let names = vary::names(&found.meta.head);
        let names = names.filter(|_| self.cache.rules.may_keep(&self.ask, &found.meta.head));
        let variant = names.map(|names| vary::variant(&names, self.ask.asker()));
        if variant != Some(found.meta.variant) {
            shared.store.remove(&self.key, Some(&found.meta.variant));
        }
        if let Some(variant) = variant {
            found.meta.variant = variant;
            if !shared.changes.since(turn, &self.key) {
                shared.counts.put(shared.store.put(&self.key, &found.meta, &found.content, self.cache.bounds()));
            }
            self.land(lead, &found);
        } else if let Some(lead) = lead {
            lead.land(Outcome::Own);
        }
        let mut kept = self.kept(found, CacheStatus::Revalidated);
        (kept.timings, kept.info) = (answer.timings, answer.info);
        (kept.reused, kept.attempts) = (answer.reused, answer.attempts);
        kept
    }

    /// A new answer: on its way through, a copy goes into the cache.
    #[inline(never)]
    fn keep(
        &self,
        mut answer: Box<Answer>,
        found: Option<Found>,
        [asked, came]: [Moment; 2],
        turn: u64,
        lead: Option<Lead>,
    ) -> Box<Answer> {
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
        let mut copy = Copying::new(self.cache, self.key, meta, self.run.total);
        (copy.keep, copy.turn, copy.lead) = (keep, turn, lead);
        copy.replaces = old.filter(|old| *old != variant);
        let declared = content_length(&answer.head.headers).ok().flatten().unwrap_or(0);
        let has_body = !self.ask.is_head();
        if (!copy.keep && copy.lead.is_none()) || (has_body && declared > copy.room()) {
            if let Some(lead) = copy.lead.take() {
                lead.land(Outcome::Own);
            }
            return answer;
        }
        let redirects = (300..400).contains(&answer.head.status);
        answer.flow.lay(|flow| {
            let mut tee = Tee::new(flow, copy);
            if redirects {
                tee.drain(self.run.policy.limits.drain_bytes as u64);
            }
            Box::new(tee)
        });
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
    #[inline(never)]
    fn tell_get(&self, answer: &Answer, asked: Moment, came: Moment) {
        if !self.ask.is_head() || answer.head.status != 200 {
            return;
        }
        let (key, shared) = (self.get_key(), &self.cache.shared);
        let Some(found) = shared.store.find(&key, self.ask.asker(), self.run.total.at()) else { return };
        match by_head(&found.meta, &answer.head, asked, came) {
            ByHead::Same(meta) => {
                shared.counts.put(shared.store.put(&key, &meta, &found.content, self.cache.bounds()));
            }
            ByHead::Changed => shared.store.remove(&key, Some(&found.meta.variant)),
        }
    }
}
