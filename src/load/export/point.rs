//! A second of a run.

use serde::{Deserialize, Serialize};

use crate::load::Tick;
use crate::load::export::units::as_micros;

/// What happened in a second of a run: a [`Tick`] with units in its names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Point {
    /// When it ended, from the end of the warm-up on.
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

/// More digits would tell of the clock.
fn millis(seconds: f64) -> f64 {
    (seconds * 1e3).round() / 1e3
}
