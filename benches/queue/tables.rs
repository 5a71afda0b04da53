//! Figures beside their bars.

use crate::meter::Sample;

/// Bytes per queued fetch over its URL.
const MEMORY: f64 = 300.0;
/// CPU time per fetch, over that of a bare request.
const CPU: f64 = 1.5;
/// Bytes that the longest URL here has, the shortest has eight fewer.
const URL: f64 = 28.0;

fn of<'a>(samples: &'a [Sample], name: &'a str) -> impl Iterator<Item = &'a Sample> {
    samples.iter().filter(move |sample| sample.name == name)
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn names(samples: &[Sample]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for sample in samples {
        if !names.contains(&sample.name.as_str()) {
            names.push(&sample.name);
        }
    }
    names
}

fn verdict(is_met: bool) -> &'static str {
    if is_met { "met" } else { "MISSED" }
}

fn nanos(sample: &Sample, seconds: f64) -> f64 {
    seconds * 1e9 / sample.jobs as f64
}

pub(crate) fn memory(samples: &[Sample]) {
    println!("\nqueued over 1,000 hosts, not begun");
    println!("  {:<18} {:>9} {:>16} {:>14}", "", "fetches", "bytes each", "ns to enqueue");
    for name in names(samples) {
        let grown = |sample: &Sample| (sample.kib.last().unwrap_or(&0) - sample.start_kib) as f64 * 1024.0;
        let bytes = median(of(samples, name).map(|sample| grown(sample) / sample.jobs as f64));
        let time = median(of(samples, name).map(|sample| nanos(sample, sample.cpu_seconds)));
        let jobs = of(samples, name).map(|sample| sample.jobs).max().unwrap_or(0);
        println!("  {name:<18} {jobs:>9} {bytes:>16.0} {time:>14.0}");
        println!("    at most {MEMORY} and the URL of {URL}: {}", verdict(bytes <= MEMORY + URL));
    }
}

pub(crate) fn empty(samples: &[Sample]) {
    println!("\nanswers at once, 100 at a time, one worker");
    costs(samples, "empty-bare");
}

pub(crate) fn workers(samples: &[Sample]) {
    println!("\nthe same, two workers on as many cores as there are");
    costs(samples, "empty-bare-2");
}

fn costs(samples: &[Sample], bare: &str) {
    println!("  {:<18} {:>12} {:>12} {:>14}", "", "ns CPU each", "ns wall each", "CPU over bare");
    let base = median(of(samples, bare).map(|sample| nanos(sample, sample.cpu_seconds)));
    for name in names(samples) {
        let cpu = median(of(samples, name).map(|sample| nanos(sample, sample.cpu_seconds)));
        let wall = median(of(samples, name).map(|sample| nanos(sample, sample.wall_seconds)));
        println!("  {name:<18} {cpu:>12.0} {wall:>12.0} {:>14.0}", cpu - base);
    }
}

pub(crate) fn million(samples: &[Sample]) {
    println!("\n1,000 hosts, 2,000 in flight, 612 bytes each, one worker, the server on another core");
    println!(
        "  {:<10} {:>9} {:>8} {:>9} {:>6} {:>7} {:>7} {:>6}  MiB at each tenth of the time",
        "", "fetches", "us CPU", "fetches/s", "ratio", "lost", "doubled", "wrong"
    );
    for name in names(samples) {
        let micros = |sample: &Sample| sample.cpu_seconds * 1e6 / sample.jobs as f64;
        let cpu = median(of(samples, name).map(micros));
        let rate = median(of(samples, name).map(|sample| sample.jobs as f64 / sample.wall_seconds));
        // In the same round: what disturbs one of them disturbs the other.
        let pairs = of(samples, name).zip(of(samples, "bare"));
        let ratio = median(pairs.map(|(mine, bare)| micros(mine) / micros(bare)));
        let sum = |count: fn(&Sample) -> u64| of(samples, name).map(count).sum::<u64>();
        let (lost, doubled, wrong) = (sum(|s| s.lost), sum(|s| s.doubled), sum(|s| s.wrong));
        let jobs = of(samples, name).map(|sample| sample.jobs).max().unwrap_or(0);
        let mib: Vec<u64> =
            of(samples, name).last().map_or(Vec::new(), |s| s.kib.iter().map(|kib| kib / 1024).collect());
        println!(
            "  {name:<10} {jobs:>9} {cpu:>8.2} {rate:>9.0} {ratio:>6.2} {lost:>7} {doubled:>7} {wrong:>6}  {mib:?}"
        );
        if name != "bare" {
            let is_met = ratio <= CPU && lost + doubled + wrong == 0;
            println!("    at most {CPU} x bare, none lost, doubled or wrong: {}", verdict(is_met));
        }
    }
}
