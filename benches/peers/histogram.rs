//! Latencies in a fixed 15 KiB: 64 steps per power of two, so a percentile is at most 1.6 % off.

use std::time::Duration;

const STEPS: u32 = 64;
const STEP_BITS: u32 = STEPS.trailing_zeros();

pub(crate) struct Histogram {
    counts: Vec<u32>,
    total: u64,
}

impl Histogram {
    pub(crate) fn new() -> Self {
        Self { counts: vec![0; (STEPS * (65 - STEP_BITS)) as usize], total: 0 }
    }

    pub(crate) fn record(&mut self, took: Duration) {
        self.counts[bucket(took.as_nanos() as u64)] += 1;
        self.total += 1;
    }

    /// In microseconds; `None` where nothing was recorded.
    pub(crate) fn percentile(&self, percent: f64) -> Option<f64> {
        let rank = (self.total as f64 * percent / 100.0).ceil() as u64;
        let mut seen = 0;
        for (index, &count) in self.counts.iter().enumerate() {
            seen += u64::from(count);
            if count > 0 && seen >= rank {
                return Some(lower_edge(index) as f64 / 1000.0);
            }
        }
        None
    }
}

/// Below 64 ns a bucket is a nanosecond wide; above, the leading six bits after the first decide.
fn bucket(nanos: u64) -> usize {
    let magnitude = (64 - nanos.leading_zeros()).saturating_sub(STEP_BITS + 1);
    let step = nanos >> magnitude;
    (magnitude as usize * STEPS as usize) + step as usize
}

fn lower_edge(index: usize) -> u64 {
    let (magnitude, step) = match index as u64 / u64::from(STEPS) {
        0 | 1 => (0, index as u64),
        row => (row - 1, index as u64 % u64::from(STEPS) + u64::from(STEPS)),
    };
    step << magnitude
}
