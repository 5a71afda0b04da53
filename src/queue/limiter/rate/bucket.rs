//! A token bucket: time fills it, requests empty it.

use std::time::{Duration, Instant};

use crate::client::roll;
use crate::queue::limiter::desk::{Held, Rule, When};

/// A token that is there but for so much is there: what times are rounded by.
const ROUNDING: f64 = 1e-6;
/// Longer is never.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);

#[derive(Clone, Debug)]
pub(super) struct Bucket {
    pub(super) pace: Pace,
    /// How many there were at that time. Below 0: a jitter has to be waited for.
    tokens: f64,
    at: Instant,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) per_second: f64,
    /// Most tokens.
    pub(super) burst: f64,
    /// Most that each request costs more, in seconds.
    pub(super) jitter: f64,
}

impl Bucket {
    pub(super) fn new(pace: Pace, now: Instant) -> Self {
        Self { pace, tokens: pace.burst, at: now }
    }

    fn level(&self, now: Instant) -> f64 {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * self.pace.per_second;
        (self.tokens + gained).min(self.pace.burst)
    }

    /// When there will be so many.
    fn when(&self, tokens: f64) -> Instant {
        let wait = Duration::try_from_secs_f64((tokens - self.tokens).max(0.0) / self.pace.per_second);
        let wait = wait.map_or(LONGEST, |wait| wait.min(LONGEST));
        self.at.checked_add(wait).unwrap_or(self.at)
    }

    fn spend(&mut self, now: Instant, roll: f64) {
        let cost = 1.0 + roll * self.pace.jitter * self.pace.per_second;
        (self.tokens, self.at) = (self.level(now) - cost, now);
    }
}

impl Rule for Bucket {
    type Note = ();

    fn next(&self, held: Held, now: Instant) -> When {
        let wanted = held.granted as f64 + 1.0;
        if self.level(now) + ROUNDING >= wanted {
            When::Now
        } else if wanted > self.pace.burst {
            // As many as ever can be are on their way.
            When::Changed
        } else {
            When::At(self.when(wanted))
        }
    }

    fn begun(&mut self, now: Instant) {
        self.spend(now, if self.pace.jitter > 0.0 { roll() } else { 0.0 });
    }

    fn is_fresh(&self, now: Instant) -> bool {
        self.level(now) >= self.pace.burst
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn bucket(per_second: f64, burst: f64, jitter: f64) -> (Bucket, Instant) {
        let now = Instant::now();
        (Bucket::new(Pace { per_second, burst, jitter }, now), now)
    }

    fn near(one: When, at: Instant) -> bool {
        matches!(one, When::At(then) if then.max(at) - then.min(at) < MS / 100)
    }

    #[test]
    fn tokens_come_at_the_rate_and_no_more_than_the_burst_are_saved() {
        let (mut bucket, start) = bucket(10.0, 3.0, 0.0);
        let none = Held::default();
        for _ in 0..3 {
            assert_eq!(bucket.next(none, start), When::Now);
            bucket.spend(start, 0.0);
        }
        assert!(near(bucket.next(none, start), start + 100 * MS));
        assert_eq!(bucket.next(none, start + 100 * MS), When::Now);
        let late = start + Duration::from_secs(3600);
        assert!(bucket.is_fresh(late));
        (0..3).for_each(|_| bucket.spend(late, 0.0));
        assert!(near(bucket.next(none, late), late + 100 * MS));
    }

    #[test]
    fn who_is_granted_and_has_not_begun_holds_a_token() {
        let (bucket, start) = bucket(10.0, 2.0, 0.0);
        let held = |granted| Held { granted, begun: 50 };
        assert_eq!(bucket.next(held(1), start), When::Now);
        assert_eq!(bucket.next(held(2), start + Duration::from_secs(60)), When::Changed);
    }

    #[test]
    fn q316_a_jitter_makes_the_next_wait_longer_and_never_shorter() {
        let (mut bucket, start) = bucket(10.0, 1.0, 0.3);
        bucket.spend(start, 0.5);
        assert!(near(bucket.next(Held::default(), start), start + 250 * MS));
        let (mut even, start) = self::bucket(10.0, 1.0, 0.3);
        even.spend(start, 0.0);
        assert!(near(even.next(Held::default(), start), start + 100 * MS));
    }

    #[test]
    fn a_rate_of_once_in_a_thousand_years_does_not_overflow() {
        let (mut bucket, start) = bucket(f64::MIN_POSITIVE, 1.0, 0.0);
        bucket.spend(start, 0.0);
        assert!(matches!(bucket.next(Held::default(), start), When::At(at) if at > start));
    }
}
