//! The least speed of a body: what must have gone in each stretch of time, pauses included.

use std::time::{Duration, Instant};

use super::pace::Pace;
use crate::deadline::{MinSpeed, Until};
use crate::error::{Error, Kind, Phase, Result};

/// A stretch of time that must bring its bytes. It ends as soon as they are there, and the next one begins.
///
/// Only time spent in calls counts: what a slow program does between two reads, or what a source of an upload takes, is
/// not the peer's fault.
#[derive(Debug)]
pub(super) struct Speed {
    least: MinSpeed,
    phase: Phase,
    spent: Duration,
    bytes: u64,
}

impl Speed {
    pub(super) fn of(pace: &Pace, phase: Phase) -> Option<Self> {
        Some(Self { least: pace.timeouts.min_speed?, phase, spent: Duration::ZERO, bytes: 0 })
    }

    /// Runs `act`, which may wait, so that it ends with the stretch, and counts the bytes that it gives.
    pub(super) fn timed(
        speed: &mut Option<Self>,
        pace: &Pace,
        act: impl FnOnce(&Pace) -> Result<usize>,
    ) -> Result<usize> {
        let Some(speed) = speed else { return act(pace) };
        let start = Instant::now();
        let end = Until::after(start, Some(speed.least.over.saturating_sub(speed.spent)));
        let result = act(&Pace { total: pace.total.min(end), ..*pace });
        speed.spent += start.elapsed();
        match result {
            Ok(n) => {
                speed.count(n);
                // At the end of a body there is nothing left to be slow with.
                if n > 0 || speed.phase == Phase::Send { speed.check().map(|()| n) } else { Ok(n) }
            }
            Err(error) if error.is_timeout() => Err(speed.check().err().unwrap_or(error)),
            Err(error) => Err(error),
        }
    }

    pub(super) fn count(&mut self, n: usize) {
        self.bytes = self.bytes.saturating_add(n as u64);
        if self.bytes >= self.least.bytes() {
            (self.spent, self.bytes) = (Duration::ZERO, 0);
        }
    }

    fn check(&self) -> Result<()> {
        if self.spent < self.least.over {
            return Ok(());
        }
        let MinSpeed { bytes_per_second, over } = self.least;
        let what = format!("slower than {bytes_per_second} bytes/s: {} bytes in {over:?}", self.bytes);
        Err(Error::new(Kind::TooSlow, what).with_phase(self.phase))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deadline::Timeouts;

    fn pace(bytes_per_second: u64, over: u64) -> Pace {
        let min_speed = Some(MinSpeed { bytes_per_second, over: Duration::from_millis(over) });
        Pace { total: Until::never(), timeouts: Timeouts { min_speed, ..Timeouts::default() } }
    }

    fn step(speed: &mut Option<Speed>, pace: &Pace, takes: u64, result: Result<usize>) -> Result<usize> {
        // The time that the call took, without waiting for it.
        Speed::timed(speed, pace, |_| {
            std::thread::sleep(Duration::from_millis(takes));
            result
        })
    }

    #[test]
    fn c369_a_stretch_must_bring_its_bytes_and_then_begins_anew() {
        let pace = pace(1000, 40);
        let mut speed = Speed::of(&pace, Phase::Body);
        for _ in 0..3 {
            assert_eq!(step(&mut speed, &pace, 15, Ok(40)).unwrap(), 40);
        }
        assert_eq!(step(&mut speed, &pace, 1, Ok(10)).unwrap(), 10);
        assert_eq!(step(&mut speed, &pace, 50, Ok(1)).unwrap_err().kind(), Kind::TooSlow);
    }

    #[test]
    fn c369_a_wait_ends_with_the_stretch_unless_another_limit_is_sooner() {
        let pace = pace(1, 60_000);
        let mut speed = Speed::of(&pace, Phase::Body);
        let timeout = || Error::timeout(Phase::Body, None);
        let mut end = None;
        let early = Speed::timed(&mut speed, &pace, |pace| {
            end = pace.total.at();
            Err(timeout())
        });
        assert!(end.unwrap() <= Instant::now() + Duration::from_secs(60));
        assert_eq!(early.unwrap_err().kind(), Kind::Timeout);
        speed.as_mut().unwrap().spent = Duration::from_secs(60);
        assert_eq!(step(&mut speed, &pace, 0, Err(timeout())).unwrap_err().kind(), Kind::TooSlow);
        assert_eq!(step(&mut speed, &pace, 0, Ok(0)).unwrap(), 0, "the end of a body");
    }
}
