//! The charts of distributions: the histogram, and the percentile curve.

use std::collections::BTreeMap;

use super::axis::Axis;
use super::chart::{Chart, Class, Mark, Shape};
use crate::load::export::distribution::{BINS_PER_OCTAVE, Bin, Distribution, bin_start};
use crate::load::export::units::{count, micros};

/// Bars of the histogram at most.
const BARS: i32 = 60;

/// A distribution, and how it is called.
pub(super) struct Named<'a> {
    pub(super) class: Class,
    pub(super) name: String,
    pub(super) times: &'a Distribution,
}

/// How many took how long, between the 0.1st and the 99.9th percentile. One is drawn as bars, several as steps.
pub(super) fn histogram(all: &[Named<'_>]) -> Chart {
    let (from, to, width) = range(all);
    let shares: Vec<_> = all.iter().map(|named| shares(named.times, (from, to, width))).collect();
    let most = shares.iter().flat_map(|bars| bars.values()).copied().fold(0.0, f64::max);
    let y = Axis::linear("share of answers", most.max(1e-3), |percent| {
        format!("{} %", (percent * 1000.0).round() / 1000.0)
    });
    let start = |bar: i32| bin_start(from + bar * width);
    let bars = (to - from).div_euclid(width) + 1;
    let mark = |(named, shares): (&Named<'_>, &BTreeMap<i32, f64>)| {
        let bar = |n: i32| (start(n), start(n + 1), shares.get(&n).copied().unwrap_or(0.0));
        let shape = match all.len() {
            1 => Shape::Bars((0..bars).map(bar).filter(|bar| bar.2 > 0.0).collect()),
            _ => Shape::Line((0..bars).map(bar).flat_map(|(from, to, y)| [Some((from, y)), Some((to, y))]).collect()),
        };
        Mark { class: named.class, name: named.name.clone(), shape }
    };
    let spot = |n: i32| {
        let lines = all.iter().zip(&shares).map(|(named, shares)| {
            let share = shares.get(&n).copied().unwrap_or(0.0);
            if all.len() == 1 { format!("\n{share:.3} %") } else { format!("\n{} {share:.3} %", named.name) }
        });
        (
            start(n),
            start(n + 1),
            format!("{} to {}{}", micros(start(n)), micros(start(n + 1)), lines.collect::<String>()),
        )
    };
    let spots = (0..bars).map(spot).collect();
    let x = Axis::times("latency, logarithmic", start(0), start(bars));
    let marks = all.iter().zip(&shares).map(mark).collect();
    let about = beyond(all, start(0), start(bars));
    Chart { id: "histogram", title: "Latency histogram", about, x, y, marks, spots, shaded_to: None }
}

/// First and last bin, and how many of them are a bar.
fn range(all: &[Named<'_>]) -> (i32, i32, i32) {
    let at = |percent| all.iter().map(move |named| edge(named.times, percent));
    let (from, to) = (at(0.1).min().unwrap_or(0), at(99.9).max().unwrap_or(0));
    // A single bin would be a wall.
    let margin = ((BINS_PER_OCTAVE as i32 - (to - from)) / 2).max(1);
    let (from, to) = ((from - margin).max(0), to + margin);
    let width = [1, 2, 4, 8, 16].into_iter().find(|width| (to - from) / width < BARS).unwrap_or(16);
    (from, to, width)
}

/// The bin of a percentile.
fn edge(times: &Distribution, percent: f64) -> i32 {
    let mut seen = 0;
    let rank = (times.count as f64 * percent / 100.0).ceil() as u64;
    let bin = times.bins.iter().find(|bin| {
        seen += bin.count;
        seen >= rank
    });
    bin.map_or(0, Bin::number)
}

/// Per cent of all in each bar.
fn shares(times: &Distribution, (from, to, width): (i32, i32, i32)) -> BTreeMap<i32, f64> {
    let mut bars = BTreeMap::new();
    for bin in &times.bins {
        let at = bin.number();
        if (from..=to).contains(&at) {
            *bars.entry((at - from) / width).or_default() += bin.count as f64 * 100.0 / times.count.max(1) as f64;
        }
    }
    bars
}

/// What the histogram leaves out.
fn beyond(all: &[Named<'_>], low: f64, high: f64) -> String {
    let [one] = all else { return "How many of a hundred answers took how long.".to_owned() };
    let below: u64 = one.times.bins.iter().filter(|bin| bin.to <= low * 1.001).map(|bin| bin.count).sum();
    let above: u64 = one.times.bins.iter().filter(|bin| bin.from >= high * 0.999).map(|bin| bin.count).sum();
    let s = if one.times.count == 1 { "" } else { "s" };
    let mut text = format!("{} answer{s}", count(one.times.count));
    if below + above > 0 {
        text.push_str(&format!("; {} quicker and {} slower are beyond its ends", count(below), count(above)));
    }
    text + "."
}

/// How many of a hundred stay below which time, stretched towards 100.
pub(super) fn percentiles(all: &[Named<'_>]) -> Chart {
    let low = all.iter().map(|named| named.times.min).fold(f64::INFINITY, f64::min);
    let high = all.iter().map(|named| named.times.max).fold(1.0, f64::max);
    let most = all.iter().map(|named| named.times.count).max().unwrap_or(1);
    // The last one alone is one of so many.
    let rest = (100.0 / most.max(2) as f64).min(50.0);
    let x = Axis::tail("per cent of answers, by the distance to 100", rest);
    let y = Axis::times("latency, logarithmic", if low.is_finite() { low } else { 1.0 }, high);
    let marks = all
        .iter()
        .map(|named| {
            let curve = named.times.curve.iter().map(|step| Some((step.percent, step.at_most)));
            Mark { class: named.class, name: named.name.clone(), shape: Shape::Line(curve.collect()) }
        })
        .collect();
    let about = "So many of a hundred answers took at most so long.".to_owned();
    Chart { id: "percentiles", title: "Percentiles", about, spots: steps(all, rest), x, y, marks, shaded_to: None }
}

/// Read-outs at the steps of the first.
fn steps(all: &[Named<'_>], rest: f64) -> Vec<(f64, f64, String)> {
    let Some(first) = all.first() else { return Vec::new() };
    let steps: Vec<f64> =
        first.times.curve.iter().map(|step| step.percent).filter(|p| 100.0 - p >= rest * 0.5).collect();
    let spot = |(n, &percent): (usize, &f64)| {
        let next = steps.get(n + 1).copied().unwrap_or(100.0 - rest * 0.01);
        let lines = all.iter().map(|named| {
            let at = named
                .times
                .curve
                .iter()
                .find(|step| step.percent >= percent)
                .map_or(named.times.max, |step| step.at_most);
            format!("\n{}: {}", named.name, micros(at))
        });
        let digits = (2.0 - (100.0 - percent).log10()).ceil().clamp(0.0, 6.0) as usize;
        (percent, next, format!("{percent:.digits$} %{}", lines.collect::<String>()))
    };
    steps.iter().enumerate().map(spot).collect()
}
