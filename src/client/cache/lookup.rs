//! Whether a stored answer may be used for a request (RFC 9111 §4, RFC 5861).

use std::time::Duration;

use super::ask::Ask;
use super::clock::Moment;
use super::directives::{Directives, Seconds};
use super::freshness;
use super::meta::Meta;
use super::mode::CacheMode;
use crate::error::{Error, Kind};

/// What to do with an answer that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Fresh.
    Use,
    /// Stale, and the request takes it so.
    UseStale,
    /// Stale, and the server allows it while it is asked (RFC 5861 §3).
    UseAndRefresh,
    /// The server is asked first.
    Ask,
    /// Kept for a fixed time which is over: as if it were not there.
    Over,
}

/// Under what terms an answer is kept: its own, or a fixed time.
#[derive(Clone, Copy, Debug)]
struct Terms {
    directives: Directives,
    lifetime: Duration,
    age: Option<Duration>,
}

impl Terms {
    fn of(meta: &Meta, keep: Option<Duration>, now: Moment) -> Self {
        match keep {
            Some(lifetime) => {
                let age = (meta.came <= now).then(|| now.since(meta.came));
                Self { directives: Directives::default(), lifetime, age }
            }
            None => Self {
                directives: meta.directives(),
                lifetime: freshness::lifetime(meta),
                age: freshness::age(meta, now),
            },
        }
    }

    /// By how much it is stale; `None` while it is fresh. At the very end of its lifetime it is stale already (Q5).
    fn staleness(&self, lifetime: Duration) -> Option<Duration> {
        match self.age {
            None => Some(Duration::MAX),
            Some(age) if age >= lifetime => Some(age - lifetime),
            Some(_) => None,
        }
    }
}

/// `keep` is the fixed time of a cache that keeps everything for so long.
pub(super) fn lookup(meta: &Meta, ask: &Ask<'_>, keep: Option<Duration>, now: Moment) -> Verdict {
    let terms = Terms::of(meta, keep, now);
    match verdict(&terms, ask) {
        Verdict::Use => Verdict::Use,
        _ if keep.is_some() => Verdict::Over,
        verdict => verdict,
    }
}

fn verdict(terms: &Terms, ask: &Ask<'_>) -> Verdict {
    let (kept, asked) = (&terms.directives, &ask.directives);
    match ask.mode {
        CacheMode::ForceCache | CacheMode::OnlyIfCached => {
            return if terms.staleness(terms.lifetime).is_none() { Verdict::Use } else { Verdict::UseStale };
        }
        CacheMode::Reload | CacheMode::NoCache | CacheMode::NoStore => return Verdict::Ask,
        CacheMode::Default => {}
    }
    if asked.no_cache || kept.no_cache {
        return Verdict::Ask;
    }
    let lifetime = asked.max_age.map_or(terms.lifetime, |most| terms.lifetime.min(secs(most)));
    let Some(staleness) = terms.staleness(lifetime) else {
        let left = lifetime - terms.age.unwrap_or_default();
        return if left >= secs(asked.min_fresh.unwrap_or(0)) { Verdict::Use } else { Verdict::Ask };
    };
    // RFC 9111 §5.2.2.2: never without asking. And who asks for so much freshness does not want what has none.
    if kept.must_revalidate || asked.min_fresh.is_some() || terms.age.is_none() {
        return Verdict::Ask;
    }
    // Without a value it is the longest time there is, and an age cannot be longer.
    if asked.max_stale.is_some_and(|most| staleness <= secs(most)) {
        return Verdict::UseStale;
    }
    // The request's own bound on the age is not the server's to extend.
    if asked.max_age.is_none() && kept.stale_while_revalidate.is_some_and(|most| staleness <= secs(most)) {
        return Verdict::UseAndRefresh;
    }
    Verdict::Ask
}

/// Whether a stale answer may stand in for a server that fails (RFC 5861 §4); `always` is the client's own time for
/// that.
pub(super) fn may_replace_error(meta: &Meta, ask: &Ask<'_>, always: Option<Duration>, now: Moment) -> bool {
    let terms = Terms::of(meta, None, now);
    let kept = &terms.directives;
    if kept.must_revalidate || kept.no_cache || ask.directives.no_cache || ask.mode != CacheMode::Default {
        return false;
    }
    let most = [kept.stale_if_error, ask.directives.stale_if_error].into_iter().flatten().max().map(secs).max(always);
    let Some(staleness) = terms.staleness(terms.lifetime) else { return true };
    most.is_some_and(|most| staleness <= most)
}

/// Statuses that RFC 5861 §4 counts as errors.
pub(super) fn is_error(status: u16) -> bool {
    matches!(status, 500 | 502 | 503 | 504)
}

/// Whether an error is one of the server or of the way there, and not this program's own word.
pub(super) fn is_failure(error: &Error) -> bool {
    use Kind::{Blocked, Cancelled, Closed, InvalidConfig, InvalidRequest, WrongOrigin};
    !matches!(error.kind(), Cancelled | Closed | Blocked | InvalidRequest | InvalidConfig | WrongOrigin)
}

fn secs(seconds: Seconds) -> Duration {
    Duration::from_secs(seconds.into())
}

#[cfg(test)]
mod tests {
    use super::super::sample::{at, headers, meta};
    use super::*;
    use crate::message::{Method, Url};

    fn look(response: &str, request: &str, mode: CacheMode, now: u64) -> Verdict {
        let lines = if request.is_empty() { vec![] } else { vec![("Cache-Control", request)] };
        let (headers, url) = (headers(&lines), Url::parse("http://h/").unwrap());
        let ask = Ask::new(&Method::GET, &url, &headers, mode);
        lookup(&meta(&[("Cache-Control", response)]), &ask, None, at(now))
    }

    #[test]
    fn rfc9111_4_2_4_and_5_2_1_by_directives() {
        use Verdict::{Ask, Use, UseAndRefresh, UseStale};
        for (response, request, now, expected) in [
            ("max-age=60", "", 0, Use),
            ("max-age=60", "", 59, Use),
            ("max-age=60", "", 60, Ask),
            ("no-cache, max-age=60", "", 0, Ask),
            ("no-cache=\"set-cookie\", max-age=60", "", 0, Ask),
            ("max-age=60", "no-cache", 0, Ask),
            ("max-age=60", "max-age=30", 29, Use),
            ("max-age=60", "max-age=30", 30, Ask),
            ("max-age=60", "max-age=0", 0, Ask),
            ("max-age=60", "max-age=600", 60, Ask),
            ("max-age=60", "min-fresh=30", 30, Use),
            ("max-age=60", "min-fresh=30", 31, Ask),
            ("max-age=60", "min-fresh=10, max-stale", 61, Ask),
            ("max-age=60", "max-stale", 100_000, UseStale),
            ("max-age=60", "max-stale=10", 70, UseStale),
            ("max-age=60", "max-stale=10", 71, Ask),
            ("max-age=60", "max-age=30, max-stale=5", 35, UseStale),
            ("max-age=60", "max-age=30, max-stale=5", 36, Ask),
            ("max-age=60, must-revalidate", "max-stale", 61, Ask),
            ("max-age=60, no-cache", "max-stale", 61, Ask),
            ("max-age=60, proxy-revalidate", "max-stale", 61, UseStale),
            ("max-age=60, stale-while-revalidate=30", "", 59, Use),
            ("max-age=60, stale-while-revalidate=30", "", 90, UseAndRefresh),
            ("max-age=60, stale-while-revalidate=30", "", 91, Ask),
            ("max-age=60, stale-while-revalidate=30", "max-age=60", 61, Ask),
            ("max-age=60, stale-while-revalidate=30", "min-fresh=1", 61, Ask),
            ("max-age=60, stale-while-revalidate=30", "max-stale=60", 61, UseStale),
            ("max-age=60, stale-while-revalidate=30, must-revalidate", "", 61, Ask),
            ("max-age=60, stale-if-error=30", "", 61, Ask),
        ] {
            assert_eq!(look(response, request, CacheMode::Default, now), expected, "{response} | {request} | {now}");
        }
    }

    #[test]
    fn fetch_modes() {
        use Verdict::{Ask, Use, UseStale};
        for (mode, fresh, stale) in [
            (CacheMode::Default, Use, Ask),
            (CacheMode::NoStore, Ask, Ask),
            (CacheMode::Reload, Ask, Ask),
            (CacheMode::NoCache, Ask, Ask),
            (CacheMode::ForceCache, Use, UseStale),
            (CacheMode::OnlyIfCached, Use, UseStale),
        ] {
            let found = [0, 61].map(|now| look("max-age=60", "", mode, now));
            assert_eq!(found, [fresh, stale], "{mode:?}");
        }
    }

    #[test]
    fn an_answer_from_the_future_is_asked_about() {
        let url = Url::parse("http://h/").unwrap();
        let headers = headers(&[("Cache-Control", "max-stale")]);
        let ask = Ask::new(&Method::GET, &url, &headers, CacheMode::Default);
        let future = Meta { came: at(1000), ..meta(&[("Cache-Control", "max-age=60")]) };
        assert_eq!(lookup(&future, &ask, None, at(999)), Verdict::Ask);
        assert_eq!(lookup(&future, &ask, Some(secs(60)), at(999)), Verdict::Over);
    }

    #[test]
    fn q5_a_fixed_time_ends_exactly_then_and_the_answers_own_terms_do_not_count() {
        let url = Url::parse("http://h/").unwrap();
        let none = headers(&[]);
        let ask = Ask::new(&Method::GET, &url, &none, CacheMode::Default);
        let meta = meta(&[("Cache-Control", "no-store, max-age=5"), ("Age", "500")]);
        let keep = Some(Duration::from_millis(30_500));
        assert_eq!(lookup(&meta, &ask, keep, at(30)), Verdict::Use);
        assert_eq!(lookup(&meta, &ask, keep, Moment::from_millis(at(30).as_millis() + 499)), Verdict::Use);
        let end = Moment::from_millis(at(30).as_millis() + 500);
        assert_eq!(lookup(&meta, &ask, keep, end), Verdict::Over);
        for mode in [CacheMode::ForceCache, CacheMode::OnlyIfCached] {
            assert_eq!(lookup(&meta, &Ask::new(&Method::GET, &url, &none, mode), keep, end), Verdict::Over);
        }
    }

    #[test]
    fn rfc5861_4_who_may_stand_in_for_an_error() {
        let url = Url::parse("http://h/").unwrap();
        for (response, request, always, now, expected) in [
            ("max-age=60, stale-if-error=30", "", 0, 90, true),
            ("max-age=60, stale-if-error=30", "", 0, 91, false),
            ("max-age=60, stale-if-error=30", "stale-if-error=40", 0, 100, true),
            ("max-age=60", "stale-if-error=40", 0, 100, true),
            ("max-age=60", "", 0, 61, false),
            ("max-age=60", "", 10, 70, true),
            ("max-age=60, must-revalidate, stale-if-error=30", "", 0, 61, false),
            ("max-age=60, no-cache, stale-if-error=30", "", 0, 61, false),
            ("max-age=60, stale-if-error=30", "no-cache", 0, 61, false),
            ("max-age=60", "max-age=10", 0, 30, true),
        ] {
            let request = headers(&[("Cache-Control", request)]);
            let ask = Ask::new(&Method::GET, &url, &request, CacheMode::Default);
            let always = Some(secs(always)).filter(|always| !always.is_zero());
            let meta = meta(&[("Cache-Control", response)]);
            assert_eq!(may_replace_error(&meta, &ask, always, at(now)), expected, "{response} | {request:?} | {now}");
        }
    }
}
