//! The figures of each request of a mix.

use maypole::load::{Stats, StepStats};
use serde_json::{Value, json};

use super::mix::Mix;
use super::units::{as_micros, count, micros, rate};

/// How much of a name a line of 80 columns has room for.
const NAME_WIDTH: usize = 27;
/// More are in the JSON.
const ROWS_SHOWN: usize = 20;
const PERCENTILES: [f64; 4] = [50.0, 90.0, 99.0, 99.9];

/// A row for each name, in the order of the mix.
pub(super) struct Entries {
    rows: Vec<Row>,
    seed: Option<u64>,
}

struct Row {
    name: String,
    /// Of all requests of this name.
    weight: u64,
    stats: Option<StepStats>,
    per_second: f64,
}

/// The names, before the mix is given away.
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

    pub(super) fn with(self, stats: &Stats) -> Entries {
        let row = |(name, weight): (String, u64)| {
            let step = stats.steps.get(name.as_str()).cloned();
            let answers = step.as_ref().map_or(0, |step| step.time.count());
            let per_second = answers as f64 / stats.elapsed.as_secs_f64().max(f64::MIN_POSITIVE);
            Row { name, weight, stats: step, per_second }
        };
        Entries { rows: self.rows.into_iter().map(row).collect(), seed: self.seed }
    }
}

impl Entries {
    /// Behind the report: nothing for a single request that is always the same.
    pub(super) fn text(&self) -> String {
        let mut lines = Vec::new();
        if !self.rows.is_empty() {
            let (columns, name) = (["answers", "per s", "errors", "p50", "p99"], "Request");
            let [answers, per_second, errors, p50, p99] = columns;
            lines.push(format!("  {name:<NAME_WIDTH$} {answers:>11} {per_second:>9} {errors:>8} {p50:>8} {p99:>8}"));
            lines.extend(self.rows.iter().take(ROWS_SHOWN).map(Row::line));
            if let Some(more @ 1..) = self.rows.len().checked_sub(ROWS_SHOWN) {
                lines.push(format!("  and {more} more, which --json has"));
            }
            lines.push("  times are from sending on".into());
        }
        if let Some(seed) = self.seed {
            lines.push(format!("  --seed {seed} sends the same requests again"));
        }
        lines.iter().map(|line| format!("\n{line}")).collect()
    }

    pub(super) fn add_to(&self, report: &mut Value) {
        if !self.rows.is_empty() {
            // There is none that they all have; each name says its own.
            report["url"] = Value::Null;
            report["entries"] = self.rows.iter().map(Row::to_json).collect();
        }
        if let Some(seed) = self.seed {
            report["seed"] = json!(seed);
        }
    }
}

impl Row {
    fn line(&self) -> String {
        let name = shortened(&self.name);
        let Some(stats) = &self.stats else { return format!("  {name:<NAME_WIDTH$} {:>11}", 0) };
        let (answers, errors) = (count(stats.time.count()), count(stats.failed));
        let [p50, p99] = [50.0, 99.0].map(|percent| match stats.time.count() {
            0 => String::new(),
            _ => micros(as_micros(stats.time.percentile(percent))),
        });
        let per_second = rate(self.per_second);
        format!("  {name:<NAME_WIDTH$} {answers:>11} {per_second:>9} {errors:>8} {p50:>8} {p99:>8}")
    }

    fn to_json(&self) -> Value {
        let stats = self.stats.as_ref();
        let (answers, errors) = stats.map_or((0, 0), |stats| (stats.time.count(), stats.failed));
        let statuses = stats.iter().flat_map(|stats| &stats.statuses);
        let statuses: serde_json::Map<_, _> = statuses.map(|(status, n)| (status.to_string(), json!(n))).collect();
        json!({
            "name": self.name,
            "weight": self.weight,
            "requests": answers + errors,
            "answers": answers,
            "answers_per_s": self.per_second,
            "errors": errors,
            "body_bytes": stats.map_or(0, |stats| stats.bytes),
            "statuses": statuses,
            "service_us": stats.filter(|_| answers > 0).map(service),
        })
    }
}

fn service(stats: &StepStats) -> Value {
    let percentile = |percent: &f64| (format!("p{percent}"), json!(as_micros(stats.time.percentile(*percent))));
    let percentiles: serde_json::Map<_, _> = PERCENTILES.iter().map(percentile).collect();
    let [min, mean, max] = [stats.time.min(), stats.time.mean(), stats.time.max()].map(as_micros);
    json!({ "min": min, "mean": mean, "max": max, "percentiles": percentiles })
}

/// Its end tells more than its middle.
fn shortened(name: &str) -> String {
    let length = name.chars().count();
    if length <= NAME_WIDTH {
        return name.to_owned();
    }
    let (head, tail) = (NAME_WIDTH / 2, NAME_WIDTH - NAME_WIDTH / 2 - 1);
    let head: String = name.chars().take(head).collect();
    let tail: String = name.chars().skip(length - tail).collect();
    format!("{head}…{tail}")
}
