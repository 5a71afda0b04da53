//! A distribution of times, small enough to be kept in a file.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::load::Latency;
use crate::load::export::units::{as_micros, micros};

/// The percentiles that are named.
const PERCENTILES: [f64; 7] = [50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99];
/// Bars of the small drawing: one more than there are percentiles beside them in a text of 24 lines.
const BARS: usize = 8;
/// Bins of the fine one for each doubling: each is 4.4 % wide, and the same in every run, so that two can be laid over
/// each other.
pub(super) const BINS_PER_OCTAVE: f64 = 16.0;

/// A distribution of times, all in microseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Distribution {
    /// How many there are.
    pub count: u64,
    /// The shortest.
    pub min: f64,
    /// The mean.
    pub mean: f64,
    /// The longest.
    pub max: f64,
    /// The standard deviation.
    pub stdev: f64,
    /// `p50`, `p75`, `p90`, `p95`, `p99`, `p99.9` and `p99.99`.
    pub percentiles: BTreeMap<String, f64>,
    /// Eight bars at most, for a text.
    pub histogram: Vec<Bar>,
    /// HdrHistogram's percentile curve: five steps for each halving of the distance to 100 %.
    pub curve: Vec<Quantile>,
    /// The fine histogram, without its empty bins: 16 for each doubling, at the same places in every run.
    pub bins: Vec<Bin>,
}

/// How many are at most `up_to`, and above the bar before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bar {
    /// In microseconds; the last bar's is the maximum.
    pub up_to: u64,
    /// How many.
    pub count: u64,
}

/// A step of the percentile curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Quantile {
    /// So many of a hundred.
    pub percent: f64,
    /// Are at most this, in microseconds.
    pub at_most: f64,
}

/// How many are from one end to the other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bin {
    /// The lower end in microseconds, in the bin.
    pub from: f64,
    /// The upper one, in the next bin.
    pub to: f64,
    /// How many.
    pub count: u64,
}

impl Quantile {
    /// Sums of steps are off in the last digits.
    fn new((percent, time): (f64, Duration)) -> Self {
        Self { percent: (percent * 1e9).round() / 1e9, at_most: as_micros(time) }
    }
}

impl Distribution {
    /// `None` without a single time.
    pub fn of(latency: &Latency) -> Option<Self> {
        (latency.count() > 0).then(|| Self {
            count: latency.count(),
            min: as_micros(latency.min()),
            mean: as_micros(latency.mean()),
            max: as_micros(latency.max()),
            stdev: as_micros(latency.stdev()),
            percentiles: PERCENTILES
                .iter()
                .map(|&percent| (format!("p{percent}"), as_micros(latency.percentile(percent))))
                .collect(),
            histogram: bars(latency),
            curve: latency.curve().map(Quantile::new).collect(),
            bins: bins(latency),
        })
    }

    /// One of the named percentiles, in microseconds; another is read off the curve.
    pub fn percentile(&self, percent: f64) -> f64 {
        let named = self.percentiles.get(&format!("p{percent}")).copied();
        let from_curve = || self.curve.iter().find(|step| step.percent >= percent).map(|step| step.at_most);
        named.or_else(from_curve).unwrap_or(self.max)
    }

    /// The named percentiles in their order.
    pub fn percentiles(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        PERCENTILES.iter().map(|&percent| (percent, self.percentile(percent)))
    }
}

/// Bars of equal width on a logarithmic scale between the 0.1st and the 99.9th percentile; what lies outside falls
/// into the first and the last. One stray answer of a second would otherwise press all others into a single bar.
fn bars(latency: &Latency) -> Vec<Bar> {
    let low = as_micros(latency.percentile(0.1)).max(1.0);
    let high = as_micros(latency.percentile(99.9)).max(1.0);
    let mut uppers: Vec<u64> =
        (1..BARS).map(|n| (low * (high / low).powf(n as f64 / (BARS - 1) as f64)).round() as u64).collect();
    // Nor are two bars of one name told apart.
    uppers.dedup_by_key(|us| micros(*us as f64));
    let max = as_micros(latency.max()) as u64;
    if uppers.last().is_some_and(|&last| last < max) {
        uppers.push(max);
    }
    let mut bars: Vec<Bar> = uppers.into_iter().map(|up_to| Bar { up_to, count: 0 }).collect();
    for (time, count) in latency.buckets() {
        let at = bars.iter().position(|bar| as_micros(time) <= bar.up_to as f64).unwrap_or(bars.len() - 1);
        bars[at].count += count;
    }
    bars
}

/// The number of the bin that a time falls into.
fn bin_of(us: f64) -> i32 {
    (us.max(1.0).log2() * BINS_PER_OCTAVE).floor() as i32
}

/// The lower end of a bin, to a nanosecond.
pub(super) fn bin_start(bin: i32) -> f64 {
    ((f64::from(bin) / BINS_PER_OCTAVE).exp2() * 1e3).round() / 1e3
}

impl Bin {
    /// Its number among all that there can be.
    pub(super) fn number(&self) -> i32 {
        (self.from.max(1.0).log2() * BINS_PER_OCTAVE).round() as i32
    }
}

fn bins(latency: &Latency) -> Vec<Bin> {
    let mut counts: BTreeMap<i32, u64> = BTreeMap::new();
    for (time, count) in latency.buckets() {
        *counts.entry(bin_of(as_micros(time))).or_default() += count;
    }
    let bin = |(bin, count)| Bin { from: bin_start(bin), to: bin_start(bin + 1), count };
    counts.into_iter().map(bin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_in_one_bar_and_an_outlier_does_not_press_the_rest_together() {
        let times = (0..10_000).map(|n| Duration::from_micros(100 + n % 100));
        let latency: Latency = times.chain([Duration::from_secs(60)]).collect();
        let bars = bars(&latency);
        assert_eq!(bars.iter().map(|bar| bar.count).sum::<u64>(), 10_001);
        assert!(bars.iter().filter(|bar| bar.count > 500).count() > 4, "{bars:?}");
        assert_eq!(bars.last().unwrap().count, 1);
        let bins = bins(&latency);
        assert_eq!(bins.iter().map(|bin| bin.count).sum::<u64>(), 10_001);
        assert!((16..=19).contains(&bins.len()), "{bins:?}");
        assert!(bins.iter().all(|bin| bin_start(bin.number()) == bin.from && bin_start(bin.number() + 1) == bin.to));
    }

    #[test]
    fn one_sample_is_one_bar_and_none_is_none() {
        assert_eq!(Distribution::of(&[].into_iter().collect()), None);
        let one = Distribution::of(&[Duration::from_micros(7)].into_iter().collect()).unwrap();
        assert_eq!(one.histogram, [Bar { up_to: 7, count: 1 }]);
        assert_eq!((one.percentile(99.99), one.percentile(33.0), one.bins.len()), (7.0, 7.0, 1));
        assert!(one.curve.first().unwrap().percent < 50.0 && one.curve.last().unwrap().percent == 100.0);
    }
}
