//! How old an answer is, and how old it may become (RFC 9111 §4.2).

use std::time::Duration;

use super::clock::Moment;
use super::directives::seconds;
use super::meta::Meta;

/// How long an answer without an explicit lifetime stays fresh at most: its server said nothing, and what changes once a
/// year may still change today.
pub(super) const HEURISTIC_MOST: Duration = Duration::from_secs(24 * 60 * 60);
/// RFC 9111 §4.2.2: a typical setting is 10 % of the time since the last change.
const HEURISTIC_PART: u32 = 10;

/// Statuses that may be kept without being told so (RFC 9110 §15.1). 206 is missing, since parts are not kept.
const HEURISTIC: [u16; 11] = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501];

pub(super) fn is_heuristically_cacheable(status: u16) -> bool {
    HEURISTIC.contains(&status)
}

/// current_age of RFC 9111 §4.2.3; `None` for an answer from the future: the calendar was set back since, and nobody
/// knows how far.
pub(super) fn age(meta: &Meta, now: Moment) -> Option<Duration> {
    if meta.came > now {
        return None;
    }
    // A list is no age, but its first member may be meant as one.
    let first = meta.line("Age").map(|age| age.split(',').next().unwrap_or_default().trim().as_bytes());
    let told = Duration::from_secs(first.and_then(seconds).unwrap_or(0).into());
    let apparent = date(meta).map_or(Duration::ZERO, |date| meta.came.since(date));
    let corrected = told + meta.came.since(meta.asked);
    Some(apparent.max(corrected) + now.since(meta.came))
}

fn date(meta: &Meta) -> Option<Moment> {
    meta.line("Date").and_then(Moment::parse)
}

/// freshness_lifetime of RFC 9111 §4.2.1, for a private cache.
pub(super) fn lifetime(meta: &Meta) -> Duration {
    let directives = meta.directives();
    if let Some(max_age) = directives.max_age {
        return Duration::from_secs(max_age.into());
    }
    let date = date(meta).unwrap_or(meta.came);
    let mut expires = meta.head.headers.get_all_bytes("Expires");
    if let Some(first) = expires.next() {
        // §5.3: what is no date, `0` above all, has expired. So has what is said twice in two ways.
        let at = str::from_utf8(first).ok().and_then(Moment::parse).filter(|_| expires.all(|other| other == first));
        return at.map_or(Duration::ZERO, |at| at.since(date));
    }
    if !is_heuristically_cacheable(meta.head.status) && !directives.public {
        return Duration::ZERO;
    }
    let changed = meta.line("Last-Modified").and_then(Moment::parse);
    changed.map_or(Duration::ZERO, |changed| (date.since(changed) / HEURISTIC_PART).min(HEURISTIC_MOST))
}

/// Whether the server can be asked if it has changed.
pub(super) fn has_validator(meta: &Meta) -> bool {
    meta.head.headers.contains("ETag") || meta.line("Last-Modified").is_some_and(|date| Moment::parse(date).is_some())
}

#[cfg(test)]
mod tests {
    use super::super::sample::{at, meta};
    use super::*;

    const DATE: (&str, &str) = ("Date", "Sun, 06 Nov 1994 08:49:37 GMT");

    fn life(lines: &[(&str, &str)]) -> u64 {
        lifetime(&meta(lines)).as_secs()
    }

    #[test]
    fn rfc9111_4_2_1_lifetime() {
        let hour = ("Expires", "Sun, 06 Nov 1994 09:49:37 GMT");
        for (lines, expected) in [
            (&[("Cache-Control", "max-age=60")][..], 60),
            (&[("Cache-Control", "max-age=60"), DATE, hour], 60),
            (&[("Cache-Control", "max-age=0"), DATE, hour], 0),
            (&[("Cache-Control", "s-maxage=600, max-age=60")], 60),
            (&[("Cache-Control", "s-maxage=600"), DATE, hour], 3600),
            (&[DATE, hour], 3600),
            (&[DATE, hour, hour], 3600),
            (&[DATE, hour, ("Expires", "Sun, 06 Nov 1994 10:49:37 GMT")], 0),
            (&[DATE, ("Expires", "Sunday, 06-Nov-94 09:49:37 GMT")], 3600),
            (&[DATE, ("Expires", "0")], 0),
            (&[DATE, ("Expires", "")], 0),
            (&[DATE, ("Expires", "Sun, 06 Nov 1994 07:49:37 GMT")], 0),
            (&[("Expires", "Sun, 06 Nov 1994 09:49:37 GMT")], 3600),
            (&[], 0),
        ] {
            assert_eq!(life(lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn rfc9111_4_2_2_ten_percent_of_the_time_since_the_last_change() {
        let day_before = ("Last-Modified", "Sat, 05 Nov 1994 08:49:37 GMT");
        assert_eq!(life(&[DATE, day_before]), 8640);
        assert_eq!(life(&[DATE, ("Last-Modified", "Sun, 06 Nov 1983 08:49:37 GMT")]), HEURISTIC_MOST.as_secs());
        assert_eq!(life(&[DATE, ("Last-Modified", "Mon, 07 Nov 1994 08:49:37 GMT")]), 0, "from the future");
        assert_eq!(life(&[DATE, ("Last-Modified", "yesterday")]), 0);
        let mut found = meta(&[DATE, day_before]);
        found.head.status = 302;
        assert_eq!(lifetime(&found), Duration::ZERO);
        found.head.headers.append("Cache-Control", "public").unwrap();
        assert_eq!(lifetime(&found).as_secs(), 8640);
    }

    #[test]
    fn rfc9111_4_2_3_age() {
        let came = at(100);
        for (lines, asked, now, expected) in [
            (&[][..], 100, 100, 0),
            (&[], 100, 160, 60),
            (&[("Age", "30")], 100, 160, 90),
            (&[("Age", "30")], 95, 160, 95),
            (&[("Age", "30, 50")], 100, 100, 30),
            (&[("Age", "x")], 100, 100, 0),
            (&[("Age", "-5")], 100, 100, 0),
            (&[("Age", "18446744073709551615")], 100, 100, 1 << 31),
            (&[("Date", "Sun, 06 Nov 1994 08:50:57 GMT")], 100, 160, 80),
            (&[("Date", "Sun, 06 Nov 1994 08:50:57 GMT"), ("Age", "50")], 100, 160, 110),
            (&[("Date", "Sun, 06 Nov 1994 09:50:57 GMT")], 100, 160, 60),
        ] {
            let meta = Meta { asked: at(asked), came, ..meta(lines) };
            assert_eq!(age(&meta, at(now)).unwrap().as_secs(), expected, "{lines:?} {asked} {now}");
        }
        let future = Meta { came: at(200), ..meta(&[]) };
        assert_eq!(age(&future, at(199)), None);
    }
}
