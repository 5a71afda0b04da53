//! A latency distribution as a few bars.

use maypole::load::Latency;

use super::units::as_micros;

/// Bars of the drawing: one more than there are percentiles beside them, and the report still fits 24 lines.
const BARS: usize = 8;

/// How many samples are at most `upper_us`, and above the bar before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    /// The last bar's is the maximum.
    pub(super) upper_us: u64,
    pub(super) count: u64,
}

/// Bars of equal width on a logarithmic scale between the 0.1st and the 99.9th percentile; what lies outside falls
/// into the first and the last. One stray answer of a second would otherwise press all others into a single bar.
pub(super) fn bars(latency: &Latency) -> Vec<Bar> {
    if latency.count() == 0 {
        return Vec::new();
    }
    let low = as_micros(latency.percentile(0.1)).max(1.0);
    let high = as_micros(latency.percentile(99.9)).max(1.0);
    let mut uppers: Vec<u64> =
        (1..BARS).map(|n| (low * (high / low).powf(n as f64 / (BARS - 1) as f64)).round() as u64).collect();
    uppers.dedup();
    let max = as_micros(latency.max()) as u64;
    if uppers.last().is_some_and(|&last| last < max) {
        uppers.push(max);
    }
    let mut bars: Vec<Bar> = uppers.into_iter().map(|upper_us| Bar { upper_us, count: 0 }).collect();
    for (time, count) in latency.buckets() {
        let at = bars.iter().position(|bar| as_micros(time) <= bar.upper_us as f64).unwrap_or(bars.len() - 1);
        bars[at].count += count;
    }
    bars
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_sample_is_in_one_bar_and_an_outlier_does_not_press_the_rest_together() {
        let times = (0..10_000).map(|n| Duration::from_micros(100 + n % 100));
        let bars = bars(&times.chain([Duration::from_secs(60)]).collect());
        assert_eq!(bars.iter().map(|bar| bar.count).sum::<u64>(), 10_001);
        assert!(bars.iter().filter(|bar| bar.count > 500).count() > 4, "{bars:?}");
        assert_eq!(bars.last().unwrap().count, 1);
    }

    #[test]
    fn one_sample_is_one_bar_and_none_is_none() {
        assert_eq!(bars(&[].into_iter().collect()), []);
        assert_eq!(bars(&[Duration::from_micros(7)].into_iter().collect()), [Bar { upper_us: 7, count: 1 }]);
    }
}
