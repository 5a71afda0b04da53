//! What is known about origins, and who waits for it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use super::rules::Rules;
use crate::message::Url;
use crate::queue::limiter::turn::Turn;

/// Memory for the rules of all origins. Beyond it those fetched longest ago are forgotten, and fetched again when needed.
const MOST_BYTES: usize = 64 << 20;
/// What an origin takes besides its rules, about.
const ORIGIN_BYTES: usize = 256;

/// Most fetches at once. A queue of many hosts asks for all of them within a moment, since who waits holds no worker.
const MOST_FETCHES: usize = 256;

/// What follows from a robots.txt.
#[derive(Clone)]
pub(super) enum Verdict {
    Rules(Arc<Rules>),
    /// Nothing may be fetched; and why nobody knows better.
    Unreachable(Arc<str>),
}

impl Verdict {
    pub(super) fn everything() -> Self {
        Self::Rules(Arc::default())
    }

    fn weight(&self) -> usize {
        ORIGIN_BYTES
            + match self {
                Self::Rules(rules) => rules.weight(),
                Self::Unreachable(why) => why.len(),
            }
    }
}

/// A request that waits for the fetch.
pub(super) struct Asker {
    pub(super) turn: Turn,
    pub(super) url: Url,
}

#[derive(Default)]
struct Origin {
    known: Option<(Verdict, Instant)>,
    fetched: Option<Instant>,
    /// While it is being fetched.
    waiting: Option<Vec<Asker>>,
}

#[derive(Default)]
pub(super) struct Known {
    origins: HashMap<Arc<str>, Origin>,
    bytes: usize,
    /// How many are being fetched, and which ones are to be next.
    fetching: usize,
    to_fetch: VecDeque<Arc<str>>,
}

/// What becomes of somebody who asks.
pub(super) enum Next {
    Judged(Verdict),
    /// Waits for a fetch that is under way, or will be.
    Waits,
    /// Waits, and has to start the fetch.
    Fetches,
}

impl Known {
    pub(super) fn ask(&mut self, key: &str, now: Instant, asker: impl FnOnce() -> Asker) -> Next {
        if !self.origins.contains_key(key) {
            self.origins.insert(key.into(), Origin::default());
        }
        let Some(origin) = self.origins.get_mut(key) else { return Next::Waits };
        if let Some((verdict, until)) = &origin.known
            && now < *until
        {
            return Next::Judged(verdict.clone());
        }
        match &mut origin.waiting {
            Some(waiting) => {
                waiting.push(asker());
                Next::Waits
            }
            None => {
                origin.waiting = Some(vec![asker()]);
                if self.fetching == MOST_FETCHES {
                    self.to_fetch.push_back(key.into());
                    return Next::Waits;
                }
                self.fetching += 1;
                Next::Fetches
            }
        }
    }

    /// A fetch has ended: who waited for it, and what holds now. Rules that were known go on to hold while the site cannot
    /// be reached (§2.4).
    pub(super) fn arrived(
        &mut self,
        key: &str,
        verdict: Verdict,
        until: Instant,
        now: Instant,
    ) -> (Verdict, Vec<Asker>) {
        let Some(origin) = self.origins.get_mut(key) else { return (verdict, Vec::new()) };
        let waiting = origin.waiting.take().unwrap_or_default();
        let before = origin.known.take();
        self.bytes -= before.as_ref().map_or(0, |(before, _)| before.weight());
        let holds = match (&verdict, before) {
            (Verdict::Unreachable(_), Some((before @ Verdict::Rules(_), _))) => before,
            _ => verdict,
        };
        self.bytes += holds.weight();
        origin.known = Some((holds.clone(), until));
        origin.fetched = Some(now);
        self.shrink();
        (holds, waiting)
    }

    /// The next one to be fetched by whoever has just fetched one.
    pub(super) fn next(&mut self) -> Option<Arc<str>> {
        let next = self.to_fetch.pop_front();
        self.fetching -= usize::from(next.is_none());
        next
    }

    /// No fetch could be started: those who wait for it, and nothing is known.
    pub(super) fn give_up(&mut self, key: &str) -> Vec<Asker> {
        // Those in line are others' to fetch: there is a line only while as many as may fetch.
        self.fetching -= 1;
        let Some(origin) = self.origins.get_mut(key) else { return Vec::new() };
        let waiting = origin.waiting.take().unwrap_or_default();
        // Nothing else would ever let it go: it weighs nothing.
        if origin.known.is_none() {
            self.origins.remove(key);
        }
        waiting
    }

    fn shrink(&mut self) {
        if self.bytes <= MOST_BYTES {
            return;
        }
        // Down to three quarters, so that this is rare.
        let mut idle: Vec<_> = self.origins.iter().filter(|(_, origin)| origin.waiting.is_none()).collect();
        idle.sort_unstable_by_key(|(_, origin)| origin.fetched);
        let idle: Vec<Arc<str>> = idle.into_iter().map(|(key, _)| key.clone()).collect();
        for key in idle {
            if self.bytes <= MOST_BYTES / 4 * 3 {
                break;
            }
            let gone = self.origins.remove(&key).and_then(|origin| origin.known);
            self.bytes -= gone.map_or(0, |(verdict, _)| verdict.weight());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::limiter::robots::parse::parse;
    use std::time::Duration;

    #[test]
    fn the_memory_for_rules_is_bounded_and_the_oldest_go_first() {
        let (mut known, start) = (Known::default(), Instant::now());
        let text = format!("User-agent: *\nDisallow: /{}\n", "x".repeat(400 << 10));
        let nobody = || Asker { turn: nobody(), url: Url::parse("http://a/").unwrap() };
        for n in 0..200 {
            let now = start + Duration::from_millis(n);
            let key = n.to_string();
            assert!(matches!(known.ask(&key, now, nobody), Next::Fetches));
            let rules = Verdict::Rules(Arc::new(parse(text.as_bytes(), "maypole")));
            known.arrived(&key, rules, now + Duration::from_secs(3600), now);
            assert!(known.next().is_none());
            assert!(known.bytes <= MOST_BYTES);
        }
        let sum: usize = known.origins.values().filter_map(|o| Some(o.known.as_ref()?.0.weight())).sum();
        assert_eq!(sum, known.bytes);
        assert!(matches!(known.ask("199", start, nobody), Next::Judged(_)));
        assert!(matches!(known.ask("0", start, nobody), Next::Fetches));
    }

    #[test]
    fn one_whose_fetch_could_not_be_started_is_not_kept() {
        let (mut known, now) = (Known::default(), Instant::now());
        for n in 0..1000 {
            let asker = || Asker { turn: nobody(), url: Url::parse("http://a/").unwrap() };
            assert!(matches!(known.ask(&n.to_string(), now, asker), Next::Fetches));
            assert_eq!(known.give_up(&n.to_string()).len(), 1);
        }
        assert_eq!((known.origins.len(), known.fetching), (0, 0));
    }

    fn nobody() -> Turn {
        struct Nobody;
        impl crate::queue::limiter::turn::Seat for Nobody {
            fn give(&self, _: crate::Result<crate::queue::limiter::permit::Permit>) {}
        }
        Turn::new(&Arc::new(Nobody), 0)
    }
}
