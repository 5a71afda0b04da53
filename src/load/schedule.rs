//! When iterations are to begin in the open model.

use std::time::Duration;

/// A part of an open run: the rate goes evenly from where the last stage ended to `rate`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    /// How long it lasts.
    pub duration: Duration,
    /// Iterations a second at its end.
    pub rate: f64,
}

/// The stages of a run, with how many iterations lie before each.
#[derive(Clone, Debug)]
pub(super) struct Schedule(Vec<Part>);

#[derive(Clone, Copy, Debug)]
struct Part {
    begins: f64,
    lasts: f64,
    from: f64,
    to: f64,
    before: f64,
}

impl Schedule {
    /// A constant rate, for ever.
    pub(super) fn constant(rate: f64) -> Self {
        Self(vec![Part { begins: 0.0, lasts: f64::INFINITY, from: rate, to: rate, before: 0.0 }])
    }

    pub(super) fn stages(start: f64, stages: &[Stage]) -> Self {
        let (mut begins, mut from, mut before) = (0.0, start, 0.0);
        let mut parts = Vec::with_capacity(stages.len());
        for stage in stages {
            let (lasts, to) = (stage.duration.as_secs_f64(), stage.rate);
            parts.push(Part { begins, lasts, from, to, before });
            begins += lasts;
            before += (from + to) / 2.0 * lasts;
            from = to;
        }
        Self(parts)
    }

    /// When iteration `n` is to begin, from the start of the run; `None`: the stages have fewer.
    pub(super) fn at(&self, n: u64) -> Option<Duration> {
        let n = n as f64;
        // The last stage that it can be in: those of no length or at rate 0 have none.
        let last = self.0.partition_point(|part| part.before <= n);
        let (begun, later) = self.0.split_at(last);
        let after = begun.iter().rev().find_map(|part| part.after(n - part.before));
        // 249 of 8.3 a second take 30 s, and 30 s of them are 249.00000000000003: it is the next stage's first.
        let after = after.or_else(|| later.iter().find_map(|part| part.after(0.0)))?;
        Duration::try_from_secs_f64(after).ok()
    }

    /// Until when iterations begin.
    pub(super) fn end(&self) -> Option<Duration> {
        let last = self.0.last()?;
        Duration::try_from_secs_f64(last.begins + last.lasts).ok()
    }

    /// How many are to begin until then.
    pub(super) fn count_until(&self, time: Duration) -> u64 {
        let seconds = time.as_secs_f64();
        let passed = |part: &Part| {
            let t = (seconds - part.begins).clamp(0.0, part.lasts);
            part.slope().map_or(part.from * t, |slope| part.from * t + slope * t * t / 2.0)
        };
        // Rounded, it may be one off, and a run in which nothing was dropped would be told that one was.
        let count = self.0.iter().map(passed).sum::<f64>().ceil() as u64;
        let begins = |n: &u64| self.at(*n).is_some_and(|at| at < time);
        let near = count.saturating_sub(2)..=count.saturating_add(1);
        near.clone().find(|n| !begins(n)).unwrap_or(*near.end())
    }
}

impl Part {
    fn slope(&self) -> Option<f64> {
        (self.from != self.to && self.lasts > 0.0).then(|| (self.to - self.from) / self.lasts)
    }

    /// When its `n`th begins; `None`: it has not so many. After `t` seconds it is `from t + slope t² / 2`.
    fn after(&self, n: f64) -> Option<f64> {
        let t = match self.slope() {
            None if self.from > 0.0 => n / self.from,
            None => return None,
            Some(slope) => {
                let root = self.from * self.from + 2.0 * slope * n;
                if root < 0.0 {
                    return None;
                }
                // The form that does not lose digits where `from` is much larger than what the slope adds.
                if n > 0.0 { 2.0 * n / (self.from + root.sqrt()) } else { 0.0 }
            }
        };
        // One that would begin with the next stage is that one's.
        (t < self.lasts).then_some(self.begins + t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn a_constant_rate_is_evenly_spaced() {
        let schedule = Schedule::constant(100.0);
        assert_eq!(schedule.at(0), Some(Duration::ZERO));
        assert_eq!(schedule.at(250), Some(Duration::from_millis(2_500)));
        assert_eq!(schedule.count_until(2 * S), 200);
    }

    #[test]
    fn q297_a_ramp_begins_slowly_and_ends_at_its_rate() {
        let schedule = Schedule::stages(10.0, &[Stage { duration: 5 * S, rate: 100.0 }]);
        assert_eq!(schedule.count_until(5 * S), 275);
        let at: Vec<f64> = (0..275).map(|n| schedule.at(n).unwrap().as_secs_f64()).collect();
        assert!(at.windows(2).all(|pair| pair[0] < pair[1]));
        let within = |from: f64, to: f64| at.iter().filter(|at| (from..to).contains(*at)).count();
        // The mean rates of the first and the last second are 19 and 91.
        assert_eq!((within(0.0, 1.0), within(4.0, 5.0)), (19, 91));
        assert_eq!(schedule.at(275 + 1), None);
    }

    #[test]
    fn stages_follow_each_other_and_one_at_rate_0_is_a_pause() {
        let hold = |seconds, rate| Stage { duration: seconds * S, rate };
        let schedule = Schedule::stages(
            0.0,
            &[hold(0, 10.0), hold(1, 10.0), hold(0, 0.0), hold(2, 0.0), hold(0, 5.0), hold(2, 5.0)],
        );
        let at: Vec<_> = (0..20).map_while(|n| schedule.at(n)).map(|at| at.as_secs_f64()).collect();
        assert_eq!(at.len(), 20);
        assert!(at[9] < 1.0 && at[10] >= 3.0 && at[11] - at[10] > 0.19, "{at:?}");
        assert_eq!(schedule.end(), Some(5 * S));
        assert_eq!(schedule.count_until(2 * S), 10);
    }

    #[test]
    fn as_many_are_counted_as_begin_whatever_the_digits_of_the_rate() {
        for tenths in 1..1_000 {
            let schedule = Schedule::constant(f64::from(tenths) / 10.0);
            for seconds in [1, 3, 7, 30, 60] {
                let count = schedule.count_until(seconds * S);
                let begins = |n| schedule.at(n).unwrap() < seconds * S;
                assert!(begins(count - 1) && !begins(count), "{count} at {tenths} / 10 in {seconds} s");
            }
        }
    }

    #[test]
    fn none_is_lost_between_two_stages_whatever_the_digits_of_their_rates() {
        for tenths in 1..1_000 {
            let rate = f64::from(tenths) / 10.0;
            let hold = |rate, seconds| Stage { duration: seconds * S, rate };
            let schedule = Schedule::stages(rate, &[hold(rate, 30), hold(0.0, 0), hold(0.0, 2), hold(50.0, 1)]);
            let at: Vec<_> = (0..schedule.count_until(33 * S)).map(|n| schedule.at(n)).collect();
            assert!(at.iter().all(Option::is_some), "{rate}");
            assert!(at.is_sorted() && at.last().unwrap().unwrap() > 32 * S, "{rate}");
        }
    }

    #[test]
    fn a_ramp_to_nothing_has_an_end() {
        let schedule = Schedule::stages(10.0, &[Stage { duration: 4 * S, rate: 0.0 }]);
        let at: Vec<_> = (0..).map_while(|n| schedule.at(n)).collect();
        assert!((20..=21).contains(&at.len()), "{}", at.len());
        assert!(at.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
