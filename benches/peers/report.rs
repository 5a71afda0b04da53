//! Tables and verdicts.

use crate::bars::{Bar, Verdict};
use crate::contender;
use crate::job::{Job, Sample};
use crate::octopus;
use crate::scenarios::{Case, Unit};
use crate::stall;

/// What one contender did in each round, in order.
pub(crate) struct Turns {
    pub(crate) name: &'static str,
    pub(crate) samples: Vec<Sample>,
}

pub(crate) struct Outcome {
    pub(crate) case: &'static Case,
    pub(crate) job: Option<Job>,
    pub(crate) turns: Vec<Turns>,
    /// A line for each contender that did not run.
    pub(crate) missing: Vec<String>,
}

pub(crate) const MAYPOLE: &str = "maypole";
const FLOOR: &str = "floor";

impl Outcome {
    pub(crate) fn skipped(case: &'static Case, reason: String) -> Self {
        Self { case, job: None, turns: Vec::new(), missing: vec![reason] }
    }

    fn turns_of(&self, name: &str) -> Option<&Turns> {
        self.turns.iter().find(|turns| turns.name == name)
    }

    /// Median over the rounds of one contender's figure divided by another's in the same round.
    pub(crate) fn ratio(&self, of: &str, to: &str, figure: impl Fn(&Sample) -> Option<f64>) -> Option<f64> {
        let (of, to) = (self.turns_of(of)?, self.turns_of(to)?);
        let pairs = of.samples.iter().zip(&to.samples);
        median(pairs.filter_map(|(a, b)| Some(figure(a)? / figure(b)?)))
    }

    /// Says so when not even the floor meets a bar: then it tells about the peer and this machine, not about maypole.
    pub(crate) fn beyond(&self, bar: &Bar) -> String {
        let Bar::Cpu(peer, limit) = *bar else { return String::new() };
        match self.ratio(FLOOR, peer, |sample| Some(self.case.cpu_micros(sample))) {
            Some(floor) if peer != FLOOR && floor > limit => format!(" (the floor itself: {floor:.3})"),
            _ => String::new(),
        }
    }

    /// Units a second.
    pub(crate) fn rate_of(&self, name: &str) -> Option<f64> {
        median(self.turns_of(name)?.samples.iter().map(|sample| self.case.rate(sample)))
    }

    /// How far the percentiles of one contender are off another's, in the first round.
    fn apart(&self, of: &str, to: &str) -> Option<f64> {
        let first = |name| self.turns_of(name)?.samples.first();
        stall::farthest(first(of)?, &first(to)?.percentiles)
    }

    pub(crate) fn figure(&self, bar: &Bar) -> Option<f64> {
        let mine = |figure: &dyn Fn(&Sample) -> f64| median(self.turns_of(MAYPOLE)?.samples.iter().map(figure));
        let grown = |sample: &Sample| sample.peak_kib.saturating_sub(sample.start_kib) as f64;
        match bar {
            Bar::Cpu(peer, _) => self.ratio(MAYPOLE, peer, |sample| Some(self.case.cpu_micros(sample))),
            Bar::Tail(peer, _) => self.ratio(MAYPOLE, peer, |sample| sample.p99_micros),
            Bar::Time(peer, _) => self.ratio(MAYPOLE, peer, |sample| Some(sample.wall_seconds)),
            Bar::Micros(_) => mine(&|sample| self.case.cpu_micros(sample)),
            Bar::Wall(_) => mine(&|sample| sample.wall_seconds),
            Bar::PerRequest(_) => mine(&|sample| grown(sample) / sample.requests.max(1) as f64),
            Bar::Growth(_) => mine(&|sample| grown(sample) / 1024.0),
            Bar::Speedup(_) => mine(&|sample| octopus::speedup(self.job.as_ref(), sample)),
            Bar::Ideal(_) => mine(&|sample| octopus::ideal(self.job.as_ref(), sample)),
            Bar::Rate(_) => mine(&|sample| sample.requests as f64 / sample.wall_seconds),
            Bar::Throughput(peer, _) => self.ratio(MAYPOLE, peer, |sample| Some(self.case.rate(sample))),
            Bar::Achieved(_) => Some(self.rate_of(MAYPOLE)? / self.job.as_ref()?.rate),
            Bar::Agree(peer, _) => self.apart(MAYPOLE, peer),
            Bar::Truth(_) => {
                stall::farthest(self.turns_of(MAYPOLE)?.samples.first()?, &stall::truth(self.job.as_ref()?))
            }
            Bar::Errors(_) => self.turns_of(MAYPOLE).map(|t| t.samples.iter().map(|s| s.errors).sum::<u64>() as f64),
        }
    }
}

impl Case {
    fn units(&self, sample: &Sample) -> f64 {
        match self.unit {
            Unit::Request => sample.requests as f64,
            Unit::MiB => sample.bytes as f64 / f64::from(1 << 20),
        }
    }

    pub(crate) fn rate(&self, sample: &Sample) -> f64 {
        self.units(sample) / sample.wall_seconds
    }

    pub(crate) fn cpu_micros(&self, sample: &Sample) -> f64 {
        sample.cpu_seconds * 1e6 / self.units(sample)
    }
}

pub(crate) fn median(figures: impl Iterator<Item = f64>) -> Option<f64> {
    let mut figures: Vec<f64> = figures.filter(|figure| figure.is_finite()).collect();
    figures.sort_by(f64::total_cmp);
    match figures.len() {
        0 => None,
        n if n % 2 == 1 => Some(figures[n / 2]),
        n => Some((figures[n / 2 - 1] + figures[n / 2]) / 2.0),
    }
}

pub(crate) fn print(outcome: &Outcome) {
    let case = outcome.case;
    let rate = if case.unit == Unit::MiB { "MiB/s" } else { "req/s" };
    let paced = outcome.job.as_ref().filter(|job| job.rate > 0.0);
    println!("\n{}{}", case.name, paced.map_or_else(String::new, |job| format!(" ({}/s)", job.rate)));
    println!(
        "  {:<18} {:>12} {:>10} {:>9} {:>9} {:>9} {:>9} {:>9} {:>7} {:>10}",
        "contender",
        format!("CPU us/{}", case.unit_name()),
        rate,
        "p50 us",
        "p99 us",
        "p99.9 us",
        "peak MiB",
        "grown MiB",
        "errors",
        "x maypole"
    );
    for turns in &outcome.turns {
        let of = |figure: &dyn Fn(&Sample) -> Option<f64>| median(turns.samples.iter().filter_map(figure));
        let ratio = outcome.ratio(turns.name, MAYPOLE, |sample| Some(case.cpu_micros(sample)));
        println!(
            "  {:<18} {:>12} {:>10} {:>9} {:>9} {:>9} {:>9} {:>9} {:>7} {:>10}",
            turns.name,
            cell(of(&|s| Some(case.cpu_micros(s))), 2),
            cell(of(&|s| Some(case.rate(s))), 0),
            cell(of(&|s| s.p50_micros), 1),
            cell(of(&|s| s.p99_micros), 1),
            cell(of(&|s| s.percentile(99.9)), 1),
            cell(of(&|s| Some(s.peak_kib as f64 / 1024.0)), 1),
            cell(of(&|s| Some(s.peak_kib.saturating_sub(s.start_kib) as f64 / 1024.0)), 1),
            turns.samples.iter().map(|s| s.errors).sum::<u64>(),
            cell(ratio, 2),
        );
    }
    octopus::print(outcome);
    stall::print(outcome);
    for line in &outcome.missing {
        println!("  {line}");
    }
}

pub(crate) fn cell(figure: Option<f64>, digits: usize) -> String {
    figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.digits$}"))
}

/// Once per run, for whoever quotes its figures.
pub(crate) fn print_versions(outcomes: &[Outcome]) {
    let mut names: Vec<&str> = outcomes.iter().flat_map(|outcome| &outcome.turns).map(|turns| turns.name).collect();
    names.sort_unstable();
    names.dedup();
    let named: Vec<String> = names.into_iter().map(|name| format!("{name}: {}", contender::version(name))).collect();
    println!("\nversions\n  {}", named.join("\n  "));
}

pub(crate) fn print_bars(outcomes: &[Outcome]) {
    println!("\nbars");
    for outcome in outcomes {
        for bar in outcome.case.bars {
            let (word, figure) = match bar.judge(outcome.figure(bar)) {
                Verdict::Met(figure) => ("met", Some(figure)),
                Verdict::Missed(figure) => ("MISSED", Some(figure)),
                Verdict::Unknown => ("unknown", None),
            };
            let (name, bar_text) = (outcome.case.name, bar.describe());
            let beyond = if word == "MISSED" { outcome.beyond(bar) } else { String::new() };
            println!("  {name:<22} {bar_text:<36} {:>9}  {word}{beyond}", cell(figure, 3));
        }
    }
}
