//! The figures of each request of a mix.

use maypole::load::Turn;
use maypole::load::export::{Entry, Report};

use super::mix::Mix;
use super::units::{count, micros, rate, shortened};

/// How much of a name a line of 80 columns has room for.
const NAME_WIDTH: usize = 27;
/// More are in the JSON.
const ROWS_SHOWN: usize = 20;

/// The names and their weights, before the mix is given away.
pub(super) struct Names {
    rows: Vec<(String, u64)>,
    seed: Option<u64>,
}

impl Names {
    /// Nothing where there is but one request.
    pub(super) fn of(mix: &Mix) -> Self {
        let mut rows: Vec<(String, u64)> = Vec::new();
        for entry in mix.entries().iter().filter(|_| mix.entries().len() > 1) {
            match rows.iter_mut().find(|(name, _)| *name == entry.name) {
                Some((_, weight)) => *weight += u64::from(entry.weight),
                None => rows.push((entry.name.clone(), entry.weight.into())),
            }
        }
        Self { rows, seed: mix.seed() }
    }

    /// The report with an entry for each name, in the order of the mix, those that were never asked for included.
    pub(super) fn with(self, mut report: Report) -> Report {
        let mut known = std::mem::take(&mut report.entries);
        if !self.rows.is_empty() {
            // There is none that they all have; each name says its own.
            report.url = None;
        }
        let entry = |(name, weight): (String, u64)| {
            let at = known.iter().position(|entry| entry.name == name);
            let mut entry = at.map_or_else(|| Entry::new(name), |at| known.swap_remove(at));
            entry.weight = Some(weight);
            entry
        };
        report.entries = self.rows.into_iter().map(entry).collect();
        report.seed = self.seed;
        report
    }
}

/// Behind the report: nothing for a single request that is always the same.
pub(super) fn text(report: &Report) -> String {
    let mut lines = Vec::new();
    if !report.entries.is_empty() {
        let (columns, name) = (["answers", "per s", "errors", "p50", "p99"], "Request");
        let [answers, per_second, errors, p50, p99] = columns;
        lines.push(format!("  {name:<NAME_WIDTH$} {answers:>11} {per_second:>9} {errors:>8} {p50:>8} {p99:>8}"));
        lines.extend(report.entries.iter().take(ROWS_SHOWN).map(line));
        // Those without a name of their own stand last, and may be nearly all.
        let (_, cut) = report.entries.split_at(ROWS_SHOWN.min(report.entries.len()));
        let others = cut.last().filter(|entry| entry.name == Turn::OTHER_STEPS);
        if let more @ 1.. = cut.len() - usize::from(others.is_some()) {
            lines.push(format!("  and {more} more, which --json has"));
        }
        lines.extend(others.map(line));
        lines.push("  times are from sending on".into());
    }
    if let Some(seed) = report.seed {
        lines.push(format!("  --seed {seed} sends the same requests again"));
    }
    lines.iter().map(|line| format!("\n{line}")).collect()
}

fn line(entry: &Entry) -> String {
    let name = shortened(&entry.name, NAME_WIDTH);
    if entry.requests == 0 {
        return format!("  {name:<NAME_WIDTH$} {:>11}", 0);
    }
    let (answers, errors, per_second) = (count(entry.answers), count(entry.errors), rate(entry.answers_per_s));
    let [p50, p99] = [50.0, 99.0].map(|percent| match &entry.service_us {
        Some(times) => micros(times.percentile(percent)),
        None => String::new(),
    });
    format!("  {name:<NAME_WIDTH$} {answers:>11} {per_second:>9} {errors:>8} {p50:>8} {p99:>8}")
}
