//! A latency distribution as a few bars.

use hdrhistogram::Histogram;

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
pub(super) fn bars(latency_us: &Histogram<u64>) -> Vec<Bar> {
    if latency_us.is_empty() {
        return Vec::new();
    }
    let low = latency_us.value_at_quantile(0.001).max(1) as f64;
    let high = latency_us.value_at_quantile(0.999).max(1) as f64;
    let mut uppers: Vec<u64> =
        (1..BARS).map(|n| (low * (high / low).powf(n as f64 / (BARS - 1) as f64)).round() as u64).collect();
    uppers.dedup();
    if uppers.last().is_some_and(|&last| last < latency_us.max()) {
        uppers.push(latency_us.max());
    }
    let mut bars: Vec<Bar> = uppers.into_iter().map(|upper_us| Bar { upper_us, count: 0 }).collect();
    for value in latency_us.iter_recorded() {
        let at = bars.iter().position(|bar| value.value_iterated_to() <= bar.upper_us).unwrap_or(bars.len() - 1);
        bars[at].count += value.count_at_value();
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_in_one_bar_and_an_outlier_does_not_press_the_rest_together() {
        let mut latency = Histogram::<u64>::new_with_bounds(1, 3_600_000_000, 3).unwrap();
        (0..10_000).for_each(|n| latency.record(100 + n % 100).unwrap());
        latency.record(60_000_000).unwrap();
        let bars = bars(&latency);
        assert_eq!(bars.iter().map(|bar| bar.count).sum::<u64>(), 10_001);
        assert!(bars.iter().filter(|bar| bar.count > 500).count() > 4, "{bars:?}");
        assert_eq!(bars.last().unwrap().count, 1);
    }

    #[test]
    fn one_sample_is_one_bar_and_none_is_none() {
        let mut latency = Histogram::<u64>::new_with_bounds(1, 3_600_000_000, 3).unwrap();
        assert_eq!(bars(&latency), []);
        latency.record(7).unwrap();
        assert_eq!(bars(&latency), [Bar { upper_us: 7, count: 1 }]);
    }
}
