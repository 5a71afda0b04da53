//! What one host bears: a value, without a clock.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::client::roll;
use crate::queue::limiter::desk::{Held, Rule, When};

/// How much of the delay is left after a good answer, while the host recovers: from 1 s to 0.1 s in 22 of them.
const RECOVERY: f64 = 0.9;
/// A host that nobody has asked for so long is a new one.
const REMEMBERED: Duration = Duration::from_secs(3600);

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) start_delay: Duration,
    pub(super) min_delay: Duration,
    pub(super) max_delay: Duration,
    pub(super) target: f64,
    pub(super) most: usize,
    pub(super) jitter: f64,
    pub(super) refused_delay: Duration,
    pub(super) max_pause: Duration,
}

#[derive(Clone, Debug)]
pub(super) struct Pace {
    settings: Arc<Settings>,
    pub(super) delay: Duration,
    /// Most requests at once, for now.
    pub(super) allowed: usize,
    pub(super) latency: Option<Duration>,
    /// Asked for by `Retry-After`.
    pub(super) not_before: Option<Instant>,
    /// Good answers since `allowed` has changed.
    good: usize,
    /// When a refusal was counted last: what had begun by then tells nothing new.
    counted: Option<Instant>,
    /// The delay before the host refused, until it is that again: one slow answer in between changes nothing.
    recovering: Option<Duration>,
    /// When the last request began, and how long the next waits behind it, as a part of the delay.
    last: Option<Instant>,
    factor: f64,
}

/// What an answer tells.
#[derive(Clone, Copy, Debug)]
pub(super) enum Told {
    Good,
    /// Too many requests, or overloaded; and for how long to stay away.
    Refused(Option<Duration>),
    /// Another status, or none in time: how fast that was says nothing good about the host.
    Bad,
}

impl Pace {
    pub(super) fn new(settings: &Arc<Settings>) -> Self {
        Self {
            delay: settings.start_delay.clamp(settings.min_delay, settings.max_delay),
            allowed: settings.most,
            settings: settings.clone(),
            latency: None,
            not_before: None,
            good: 0,
            counted: None,
            recovering: None,
            last: None,
            factor: 1.0,
        }
    }

    /// A request that took `latency` was answered.
    pub(super) fn told(&mut self, told: Told, latency: Duration, now: Instant) {
        match told {
            Told::Good => self.good(latency),
            Told::Refused(asked) => self.refused(asked, now.checked_sub(latency).unwrap_or(now), now),
            Told::Bad => self.set(self.delay.max(self.towards(latency))),
        }
        self.latency = Some(latency);
    }

    fn good(&mut self, latency: Duration) {
        let towards = self.towards(latency);
        match self.recovering {
            Some(before) => {
                self.set(towards.max(self.delay.mul_f64(RECOVERY)));
                self.recovering = Some(before).filter(|before| self.delay > *before);
            }
            None => self.set(towards),
        }
        self.good += 1;
        if self.good >= self.allowed && self.allowed < self.settings.most {
            self.allowed += 1;
            self.good = 0;
        }
    }

    /// `began` is when the refused request did: a hundred that are under way together are refused together, and that is
    /// one event.
    fn refused(&mut self, asked: Option<Duration>, began: Instant, now: Instant) {
        if let Some(pause) = asked {
            let until = now.checked_add(pause.min(self.settings.max_pause));
            self.not_before = self.not_before.max(until);
        }
        if self.counted.is_some_and(|counted| began <= counted) {
            return;
        }
        self.counted = Some(now);
        self.recovering = self.recovering.or(Some(self.delay));
        self.set(self.delay.saturating_mul(2).max(self.settings.refused_delay));
        self.allowed = (self.allowed / 2).max(1);
        self.good = 0;
    }

    fn target(&self, latency: Duration) -> Duration {
        Duration::try_from_secs_f64(latency.as_secs_f64() / self.settings.target).unwrap_or(self.settings.max_delay)
    }

    /// AutoThrottle's smoothing: down by half of the difference, up at once.
    fn towards(&self, latency: Duration) -> Duration {
        let target = self.target(latency).min(self.settings.max_delay);
        target.max(self.delay.saturating_add(target) / 2)
    }

    fn set(&mut self, delay: Duration) {
        self.delay = delay.clamp(self.settings.min_delay, self.settings.max_delay);
    }

    /// How long the next request waits behind the last.
    fn gap(&self) -> Duration {
        let gap = Duration::try_from_secs_f64(self.delay.as_secs_f64() * self.factor).unwrap_or(Duration::MAX);
        gap.max(self.settings.min_delay)
    }
}

impl Rule for Pace {
    type Note = ();

    fn next(&self, held: Held, now: Instant) -> When {
        // The gap counts from the moment in which a request begins.
        if held.all() >= self.allowed || (held.granted > 0 && !self.delay.is_zero()) {
            return When::Changed;
        }
        let after_last = self.last.and_then(|last| last.checked_add(self.gap()));
        match after_last.max(self.not_before) {
            Some(at) if at > now => When::At(at),
            _ => When::Now,
        }
    }

    fn begun(&mut self, now: Instant) {
        self.last = Some(now);
        let jitter = self.settings.jitter;
        self.factor = if jitter > 0.0 { 1.0 + jitter * (2.0 * roll() - 1.0) } else { 1.0 };
    }

    fn is_fresh(&self, now: Instant) -> bool {
        let since = self.last.max(self.not_before);
        since.is_none_or(|since| now.saturating_duration_since(since) > REMEMBERED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn pace(change: impl FnOnce(&mut Settings)) -> (Pace, Instant) {
        let mut settings = Settings {
            start_delay: ms(5000),
            min_delay: ms(0),
            max_delay: ms(60_000),
            target: 1.0,
            most: 8,
            jitter: 0.0,
            refused_delay: ms(1000),
            max_pause: ms(600_000),
        };
        change(&mut settings);
        (Pace::new(&Arc::new(settings)), Instant::now() + ms(1_000_000))
    }

    #[test]
    fn q317_the_delay_follows_latency_by_target_concurrency() {
        let (mut pace, now) = pace(|s| s.target = 2.0);
        let delays: Vec<_> = (0..4)
            .map(|_| {
                pace.told(Told::Good, ms(400), now);
                pace.delay
            })
            .collect();
        assert_eq!(delays, [ms(2600), ms(1400), ms(800), ms(500)], "half the way to 200 ms each time");
        pace.told(Told::Good, ms(3000), now);
        assert_eq!(pace.delay, ms(1500), "slower at once");
    }

    #[test]
    fn q317_an_error_answer_never_makes_it_faster() {
        let (mut pace, now) = pace(|_| {});
        for told in [Told::Bad, Told::Refused(None)] {
            let before = pace.delay;
            pace.told(told, ms(1), now);
            assert!(pace.delay >= before, "{told:?}");
        }
        pace.told(Told::Bad, ms(20_000), now);
        assert_eq!(pace.delay, ms(20_000), "a slow one makes it slower");
    }

    #[test]
    fn q317_a_burst_of_refusals_counts_once() {
        let (mut pace, now) = pace(|s| s.start_delay = ms(500));
        for n in 0..100 {
            pace.told(Told::Refused(None), ms(200 + n), now + ms(n));
        }
        assert_eq!((pace.delay, pace.allowed), (ms(1000), 4));
        // Sent after that, and refused all the same.
        pace.told(Told::Refused(None), ms(50), now + ms(1000));
        assert_eq!((pace.delay, pace.allowed), (ms(2000), 2));
    }

    #[test]
    fn q317_it_recovers_slowly_and_its_places_one_by_one() {
        let (mut pace, now) = pace(|s| s.start_delay = ms(100));
        pace.told(Told::Refused(None), ms(10), now);
        assert_eq!((pace.delay, pace.allowed), (ms(1000), 4));
        pace.told(Told::Good, ms(10), now + ms(2000));
        assert_eq!(pace.delay, ms(900));
        let mut last = pace.delay;
        for n in 0..60 {
            pace.told(Told::Good, ms(10), now + ms(3000 + n));
            assert!(pace.delay >= last.mul_f64(0.89) || last <= ms(100), "{last:?} to {:?}", pace.delay);
            last = pace.delay;
        }
        assert_eq!((pace.delay, pace.allowed), (ms(10), 8));
    }

    #[test]
    fn retry_after_pauses_the_host_up_to_a_cap_and_the_longest_counts() {
        let (mut pace, now) = pace(|s| s.max_pause = ms(60_000));
        let at = |pace: &Pace, now| match pace.next(Held::default(), now) {
            When::At(at) => at - now,
            other => panic!("{other:?}"),
        };
        pace.told(Told::Refused(Some(ms(30_000))), ms(10), now);
        pace.told(Told::Refused(Some(ms(2000))), ms(10), now);
        assert_eq!(at(&pace, now), ms(30_000));
        pace.told(Told::Refused(Some(Duration::MAX)), ms(10), now);
        assert_eq!(at(&pace, now), ms(60_000));
        assert_eq!(pace.next(Held::default(), now + ms(60_000)), When::Now);
    }

    #[test]
    fn a_delay_without_end_does_not_overflow() {
        let (mut pace, now) = pace(|s| (s.start_delay, s.max_delay, s.jitter) = (Duration::MAX, Duration::MAX, 1.0));
        for told in [Told::Good, Told::Refused(Some(Duration::MAX)), Told::Good, Told::Bad] {
            pace.begun(now);
            pace.factor = 2.0;
            pace.next(Held::default(), now);
            pace.told(told, ms(10), now);
        }
        assert!(pace.delay > ms(60_000));
    }

    #[test]
    fn the_next_waits_behind_the_last_that_began_and_for_a_place() {
        let (mut pace, now) = pace(|s| s.start_delay = ms(300));
        assert_eq!(pace.next(Held::default(), now), When::Now, "the first");
        assert_eq!(pace.next(Held { granted: 1, begun: 0 }, now), When::Changed);
        pace.begun(now);
        assert_eq!(pace.next(Held { granted: 0, begun: 1 }, now), When::At(now + ms(300)));
        assert_eq!(pace.next(Held { granted: 0, begun: 8 }, now + ms(300)), When::Changed);
    }
}
