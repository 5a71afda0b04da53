//! Time as the cache counts it. Decisions take it as an argument; only [`Clock`] reads it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A moment of the calendar, in milliseconds since 1970: what `Date` says, and what survives the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(u64);

impl Moment {
    pub(super) const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    pub(super) const fn as_millis(self) -> u64 {
        self.0
    }

    /// An HTTP date in any of its three forms (RFC 9110 §5.6.7).
    pub(super) fn parse(text: &str) -> Option<Self> {
        httpdate::parse_http_date(text.trim()).ok().map(Self::from)
    }

    /// How long after `earlier`; nothing if it is not.
    pub(super) fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    #[cfg(test)]
    pub(super) fn plus(self, later: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(later.as_millis()).unwrap_or(u64::MAX)))
    }
}

impl From<SystemTime> for Moment {
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

/// The calendar, and beside it a clock that nobody can set back.
#[derive(Debug)]
pub(super) struct Clock {
    wall: SystemTime,
    steady: Instant,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self { wall: SystemTime::now(), steady: Instant::now() }
    }

    /// The later of both. A calendar that is set back (Q14) must not make answers young again, and a steady clock stands
    /// still while a laptop sleeps.
    pub(super) fn now(&self) -> Moment {
        later(SystemTime::now(), self.wall, self.steady.elapsed())
    }
}

fn later(wall: SystemTime, started: SystemTime, elapsed: Duration) -> Moment {
    Moment::from(wall).max(Moment::from(started.checked_add(elapsed).unwrap_or(started)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q14_a_calendar_set_back_does_not_stop_time() {
        let started = UNIX_EPOCH + Duration::from_secs(1_000_000);
        let minute = Duration::from_secs(60);
        let expected = Moment::from_millis(1_000_060_000);
        assert_eq!(later(started + minute, started, minute), expected);
        assert_eq!(later(started - minute, started, minute), expected, "set back");
        assert_eq!(later(started + minute, started, Duration::ZERO), expected, "after a sleep");
    }

    #[test]
    fn the_three_forms_of_a_date() {
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(Moment::parse(text), Some(Moment::from_millis(784_111_777_000)), "{text}");
        }
        for text in
            ["", "0", "-1", "Sun, 06 Nov 1994 08:49:37 PST", "1994-11-06T08:49:37Z", "Sun, 99 Nov 1994 08:49:37 GMT"]
        {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }
}
