//! A latency distribution in as many bars as there are lines.

use std::time::Duration;

use maypole::load::Latency;

/// How many took at most `upper`, and more than the bar before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) upper: Duration,
    pub(super) count: u64,
}

/// Bars of equal width on a logarithmic scale between the 0.1st and the 99.9th percentile; what lies outside is in the
/// first and the last.
pub(super) fn bars(latency: &Latency, most: usize) -> Vec<Bar> {
    if latency.count() == 0 || most == 0 {
        return Vec::new();
    }
    let seconds = |percent: f64| latency.percentile(percent).as_secs_f64().max(1e-6);
    let (low, high) = (seconds(0.1), seconds(99.9));
    let upper = |n: usize| Duration::from_secs_f64(low * (high / low).powf(n as f64 / (most - 1).max(1) as f64));
    let mut bars: Vec<Bar> = (1..most).map(|n| Bar { upper: upper(n), count: 0 }).collect();
    bars.dedup_by_key(|bar| bar.upper.as_micros());
    if bars.last().is_none_or(|last| last.upper < latency.max()) {
        bars.push(Bar { upper: latency.max(), count: 0 });
    }
    for (time, count) in latency.buckets() {
        let at = bars.iter().position(|bar| time <= bar.upper).unwrap_or(bars.len() - 1);
        bars[at].count += count;
    }
    bars
}
