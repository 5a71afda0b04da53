//! A server that stalls for a second every ten, and what corrected percentiles must then be.
//!
//! Every answer takes [`DELAY`]; one that would leave in a stall leaves at its end. Who asks in a stall's second therefore
//! waits for the rest of it, evenly from a second down to nothing: a tenth of all who ask at a constant rate, whatever the
//! client. A client that only begins a request when the last answer is there does not see that.

use std::time::Duration;

use crate::job::{Job, Sample, Work};
use crate::report::Outcome;

/// Long enough that the millisecond which client, server and system take for themselves is not 2 %.
const DELAY: Duration = Duration::from_millis(100);
const PERIOD: Duration = Duration::from_secs(10);
/// In each period.
const FROM: Duration = Duration::from_secs(5);
const LASTS: Duration = Duration::from_secs(1);

/// Not the 90th: a tenth of the requests are stalled, and one more or less decides on which side of the edge it lies.
pub(crate) const PERCENTS: [f64; 5] = [50.0, 75.0, 95.0, 99.0, 99.9];

/// When the request that arrives at `at` is answered, both since the schedule began.
pub(crate) fn answered(at: Duration) -> Duration {
    let due = at + DELAY;
    let (periods, within) = ((due.as_nanos() / PERIOD.as_nanos()) as u32, due.as_nanos() % PERIOD.as_nanos());
    match (FROM.as_nanos()..(FROM + LASTS).as_nanos()).contains(&within) {
        true => periods * PERIOD + FROM + LASTS,
        false => due,
    }
}

/// How many connections of the closed model make as many requests as the rate, between stalls.
pub(crate) fn closed_connections(job: &Job) -> usize {
    (job.rate * DELAY.as_secs_f64()).round().max(1.0) as usize
}

/// Percent and microseconds, exactly: what each request of the job must take, sorted. Who is under way at the end counts
/// for nobody.
pub(crate) fn truth(job: &Job) -> Vec<(f64, f64)> {
    let took = |n: u64| {
        let at = Duration::from_secs_f64(n as f64 / job.rate);
        let end = answered(at);
        (end <= Duration::from_secs(job.seconds)).then(|| end - at)
    };
    let mut all: Vec<Duration> = (0..(job.rate * job.seconds as f64) as u64).filter_map(took).collect();
    all.sort_unstable();
    let at = |percent: f64| all.get(((percent / 100.0 * all.len() as f64).ceil() as usize).saturating_sub(1));
    PERCENTS.iter().filter_map(|&percent| Some((percent, at(percent)?.as_secs_f64() * 1e6))).collect()
}

/// How far the percentile that agrees least is off, as a share.
pub(crate) fn farthest(sample: &Sample, truth: &[(f64, f64)]) -> Option<f64> {
    let off = |&(percent, exact): &(f64, f64)| Some((sample.percentile(percent)? / exact - 1.0).abs());
    let all: Option<Vec<f64>> = truth.iter().map(off).collect();
    all?.into_iter().max_by(f64::total_cmp)
}

/// Beside the table of its case.
pub(crate) fn print(outcome: &Outcome) {
    let Some(job) = outcome.job.as_ref().filter(|job| job.work == Work::Stalled) else { return };
    let line = |name: &str, cells: Vec<String>| {
        println!("  {name:<28} {}", cells.iter().map(|cell| format!("{cell:>18}")).collect::<String>());
    };
    println!("  {} requests a second for {} s; milliseconds, and how far they are off", job.rate, job.seconds);
    line("", PERCENTS.iter().map(|percent| format!("p{percent}")).collect());
    let truth = truth(job);
    line("what the schedule says", truth.iter().map(|(_, micros)| format!("{:.1}", micros / 1e3)).collect());
    for turns in &outcome.turns {
        let Some(sample) = turns.samples.first() else { continue };
        line(turns.name, truth.iter().map(|exact| beside(&sample.percentiles, exact)).collect());
        if !sample.uncorrected.is_empty() {
            line("  from sending on", truth.iter().map(|exact| beside(&sample.uncorrected, exact)).collect());
        }
    }
}

/// A figure in milliseconds, and how far off it is.
pub(crate) fn beside(percentiles: &[(f64, f64)], &(percent, exact): &(f64, f64)) -> String {
    match percentiles.iter().find(|(known, _)| *known == percent) {
        Some((_, micros)) => format!("{:.1} ({:+.1} %)", micros / 1e3, (micros / exact - 1.0) * 100.0),
        None => "-".to_owned(),
    }
}
