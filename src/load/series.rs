//! A run over time.

use std::time::Duration;

use super::tally::Interval;

/// What happened between two ticks of a run.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Tick {
    /// When it ended, from the end of the warm-up on.
    pub at: Duration,
    /// How long it lasted.
    pub lasted: Duration,
    /// Iterations that were answered.
    pub done: u64,
    /// Iterations that failed.
    pub errors: u64,
    /// Bytes of bodies.
    pub bytes: u64,
    /// Iterations under way at its end.
    pub in_flight: u64,
    /// Latency that half of the iterations stayed below; in the open model from when they were to begin.
    pub p50: Duration,
    /// The same for nine of ten.
    pub p90: Duration,
    /// The same for 99 of a hundred.
    pub p99: Duration,
    /// The longest.
    pub max: Duration,
    /// Processor time of this process.
    pub cpu: Duration,
    /// Whether it belongs to the warm-up. Then its figures are those of iterations that nothing else counts; the figures
    /// of all other ticks add up to those of the run.
    pub warm_up: bool,
}

impl Tick {
    pub(super) fn new(interval: &Interval, (at, lasted): (Duration, Duration), in_flight: u64, cpu: Duration) -> Self {
        let latency = &interval.latency;
        let quantile = |q: f64| Duration::from_micros(latency.value_at_quantile(q).min(latency.max()));
        let (p50, p90, p99) = (quantile(0.5), quantile(0.9), quantile(0.99));
        let max = Duration::from_micros(latency.max());
        let (done, errors, bytes) = (latency.len(), interval.errors, interval.bytes);
        Self { at, lasted, done, errors, bytes, in_flight, p50, p90, p99, max, cpu, warm_up: false }
    }

    /// Iterations answered per second.
    pub fn per_second(&self) -> f64 {
        self.done as f64 / self.lasted.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}
