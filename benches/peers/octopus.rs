//! The octopus scenario beside the table that octopus's own readme has.

use crate::delays;
use crate::job::{Job, Sample, Work};
use crate::report::Outcome;

/// Octopus's readme: 2,000 URLs of the web, how, URLs a second, times faster than one after the other.
const THEIRS: [(&str, f64); 4] =
    [("one after the other", 0.74), ("200 threads", 64.22), ("200 threads, cached", 302.50), ("event loop", 11.91)];

pub(crate) fn speedup(job: Option<&Job>, sample: &Sample) -> f64 {
    job.map_or(f64::NAN, |job| delays::seconds(&job.delays) / sample.wall_seconds)
}

pub(crate) fn ideal(job: Option<&Job>, sample: &Sample) -> f64 {
    job.map_or(f64::NAN, |job| delays::least(&job.delays, job.connections) / sample.wall_seconds)
}

/// Beside the table of its case.
pub(crate) fn print(outcome: &Outcome) {
    let Some(job) = outcome.job.as_ref().filter(|job| job.work == Work::Queue) else { return };
    let (all, count) = (delays::seconds(&job.delays), job.delays.len() as f64);
    let longest = job.delays.iter().max().copied().unwrap_or(0);
    println!(
        "  {count} URLs, answers after {:.2} s on average, {:.1} s at most; {} at once",
        all / count,
        f64::from(longest) / 1e3,
        job.connections
    );
    println!("  {:<28} {:>10} {:>14}", "", "URLs/s", "x sequential");
    let line = |name: &str, rate: f64, times: f64| println!("  {name:<28} {rate:>10.2} {times:>14.1}");
    line("one after the other", count / all, 1.0);
    for turns in &outcome.turns {
        let mut walls: Vec<f64> = turns.samples.iter().map(|sample| sample.wall_seconds).collect();
        walls.sort_by(f64::total_cmp);
        let Some(&wall) = walls.get(walls.len() / 2) else { continue };
        line(turns.name, count / wall, all / wall);
        if let Some(sequential) = turns.samples.iter().find_map(|sample| sample.sequential) {
            println!("    some of them one after the other took {sequential:.3} of what their delays say");
        }
    }
    let least = delays::least(&job.delays, job.connections);
    line("nobody, in that order", count / least, all / least);
    if !outcome.case.contenders.contains(&"octopus") {
        return;
    }
    println!("  octopus's own table, with URLs of the web of which one after the other took 1.35 s each");
    let base = THEIRS[0].1;
    THEIRS.iter().for_each(|&(name, rate)| line(name, rate, rate / base));
}
