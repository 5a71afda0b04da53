//! A second of a run.

use serde::{Deserialize, Serialize};

use crate::load::Tick;
use crate::load::export::units::as_micros;

/// What happened in a second of a run: a [`Tick`] with units in its names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Point {
    /// When it ended, from the end of the warm-up on; within that it is negative.
    pub at_s: f64,
    /// How long it lasted.
    pub lasted_s: f64,
    /// Iterations that were answered.
    pub answers: u64,
    /// Iterations that failed.
    pub errors: u64,
    /// Bytes of bodies.
    pub body_bytes: u64,
    /// Iterations under way at its end.
    pub in_flight: u64,
    /// Half of the latencies were at most this.
    pub p50_us: f64,
    /// Nine of ten.
    pub p90_us: f64,
    /// 99 of a hundred.
    pub p99_us: f64,
    /// The longest.
    pub max_us: f64,
    /// Processor time of the client.
    pub cpu_s: f64,
    /// Whether it belongs to the warm-up.
    pub warm_up: bool,
    /// Connections that were opened in it, where that is known.
    #[serde(default)]
    pub opened: Option<u64>,
}

impl From<&Tick> for Point {
    fn from(tick: &Tick) -> Self {
        Self {
            at_s: millis(tick.at.as_secs_f64()),
            lasted_s: millis(tick.lasted.as_secs_f64()),
            answers: tick.done,
            errors: tick.errors,
            body_bytes: tick.bytes,
            in_flight: tick.in_flight,
            p50_us: as_micros(tick.p50),
            p90_us: as_micros(tick.p90),
            p99_us: as_micros(tick.p99),
            max_us: as_micros(tick.max),
            cpu_s: millis(tick.cpu.as_secs_f64()),
            warm_up: tick.warm_up,
            opened: None,
        }
    }
}

impl Point {
    /// So many in it, per second.
    pub(super) fn per_second(&self, n: u64) -> f64 {
        n as f64 / self.lasted_s.max(1e-3)
    }

    /// The middle of it.
    pub(super) fn middle_s(&self) -> f64 {
        self.at_s - self.lasted_s / 2.0
    }
}

/// Ticks count from the end of the warm-up and know no time before it: here those of the warm-up get theirs.
pub(super) fn before_zero(series: &mut [Point]) {
    let mut at = 0.0;
    for point in series.iter_mut().rev().filter(|point| point.warm_up) {
        point.at_s = millis(at);
        at -= point.lasted_s;
    }
}

/// More digits would tell of the clock.
fn millis(seconds: f64) -> f64 {
    (seconds * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_of_the_warm_up_are_before_zero() {
        let second = |at_s, warm_up| Point { at_s, lasted_s: 1.0, warm_up, ..Point::default() };
        let mut series = [second(0.0, true), second(0.0, true), second(1.0, false)];
        before_zero(&mut series);
        assert_eq!(series.map(|point| point.at_s), [-1.0, 0.0, 1.0]);
    }
}
