//! Saved runs beside each other.

use serde::Serialize;

use super::json::to_lines;
use super::noise::{mean, share_rises};
use super::point::Point;
use super::report::{Report, Schedule};
use super::units::{bytes, count, micros, rate};
use crate::error::{Error, Kind, Result};

/// What a comparison calls itself in JSON.
const FORMAT: &str = "maypole load comparison";

/// Runs beside each other, each compared with the first.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    format: &'static str,
    version: u64,
    /// What the runs are called here, in their order.
    pub names: Vec<String>,
    /// The figures that any of them has.
    pub differences: Vec<Difference>,
    /// Where the runs were not the same: what differs may come of that.
    pub notes: Vec<String>,
    #[serde(skip)]
    runs: Vec<Report>,
}

/// One figure of all runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// Which.
    pub metric: &'static str,
    /// The unit of the values: `per_s`, `bytes_per_s`, `us`, `percent` or `bytes`.
    pub unit: &'static str,
    /// One for each run, where it has it.
    pub values: Vec<Option<f64>>,
    /// Each value by the first; `None` where one of both is not there, or the first is nothing.
    pub ratios: Vec<Option<f64>>,
    /// Each run against the first, where that can be said.
    pub judgements: Vec<Option<Judgement>>,
}

/// A run against the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// Better, by more than the seconds of both runs differ among themselves.
    Better,
    /// Worse by more than that.
    Worse,
    /// Not to be told apart.
    Same,
}

impl Comparison {
    /// Compares runs by the names that are given with them.
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`] for fewer than two.
    pub fn new(runs: impl IntoIterator<Item = (String, Report)>) -> Result<Self> {
        let (names, runs): (Vec<_>, Vec<_>) = runs.into_iter().unzip();
        if runs.len() < 2 {
            return Err(Error::new(Kind::InvalidConfig, "a comparison needs two runs at least"));
        }
        let differences = METRICS.iter().filter_map(|metric| metric.of(&runs)).collect();
        let notes = notes(&names, &runs);
        Ok(Self { format: FORMAT, version: 1, names, differences, notes, runs })
    }

    /// The runs in their order, each with its name.
    pub fn runs(&self) -> impl ExactSizeIterator<Item = (&str, &Report)> {
        self.names.iter().map(String::as_str).zip(&self.runs)
    }

    /// The differences as one JSON object.
    pub fn to_json(&self) -> String {
        to_lines(self)
    }
}

impl Difference {
    /// A value with its unit, as people read it.
    pub fn text(&self, value: f64) -> String {
        match self.unit {
            "us" if self.metric == "CPU per answer" => format!("{value:.1} µs"),
            "us" => micros(value),
            "bytes" => bytes(value),
            "bytes_per_s" => format!("{}/s", bytes(value)),
            "percent" => format!("{value:.2} %"),
            _ => rate(value),
        }
    }
}

/// How a judgement about a metric is made.
enum Noise {
    /// By its values per second.
    Seconds(fn(&Point) -> Option<f64>),
    /// By how many of how many.
    Share(fn(&Report) -> (u64, u64)),
    /// A single one of each run, about whose noise nothing is known.
    Unknown,
}

struct Metric {
    name: &'static str,
    unit: &'static str,
    more_is_better: bool,
    of: fn(&Report) -> Option<f64>,
    noise: Noise,
}

const fn time(name: &'static str, of: fn(&Report) -> Option<f64>, noise: Noise) -> Metric {
    Metric { name, unit: "us", more_is_better: false, of, noise }
}

fn latency(report: &Report, percent: f64) -> Option<f64> {
    report.latency_us.as_ref().map(|times| times.percentile(percent))
}

fn answered(point: &Point, value: f64) -> Option<f64> {
    (point.answers > 0).then_some(value)
}

const METRICS: [Metric; 14] = [
    Metric {
        name: "answers per second",
        unit: "per_s",
        more_is_better: true,
        of: |report| Some(report.answers_per_s),
        noise: Noise::Seconds(|point| Some(point.per_second(point.answers))),
    },
    Metric {
        name: "bodies per second",
        unit: "bytes_per_s",
        more_is_better: true,
        of: |report| Some(report.body_bytes_per_s),
        noise: Noise::Seconds(|point| Some(point.per_second(point.body_bytes))),
    },
    time("mean", |report| Some(report.latency_us.as_ref()?.mean), Noise::Unknown),
    time("p50", |report| latency(report, 50.0), Noise::Seconds(|point| answered(point, point.p50_us))),
    time("p90", |report| latency(report, 90.0), Noise::Seconds(|point| answered(point, point.p90_us))),
    time("p99", |report| latency(report, 99.0), Noise::Seconds(|point| answered(point, point.p99_us))),
    time("p99.9", |report| latency(report, 99.9), Noise::Unknown),
    time("max", |report| Some(report.latency_us.as_ref()?.max), Noise::Unknown),
    time("first byte p50", |report| Some(report.first_byte_us.as_ref()?.percentile(50.0)), Noise::Unknown),
    time("service p99", |report| Some(report.service_us.as_ref()?.percentile(99.0)), Noise::Unknown),
    Metric {
        name: "errors",
        unit: "percent",
        more_is_better: false,
        of: |report| Some(report.failed_share() * 100.0),
        noise: Noise::Share(|report| (report.failed(), report.requests)),
    },
    Metric {
        name: "dropped",
        unit: "percent",
        more_is_better: false,
        of: |report| {
            let schedule = report.schedule.as_ref()?;
            Some(schedule.dropped as f64 * 100.0 / schedule.planned.max(1) as f64)
        },
        noise: Noise::Share(|report| {
            report.schedule.as_ref().map_or((0, 0), |schedule| (schedule.dropped, schedule.planned))
        }),
    },
    time(
        "CPU per answer",
        |report| report.client.cpu_us_per_answer,
        Noise::Seconds(|point| answered(point, point.cpu_s * 1e6 / point.answers.max(1) as f64)),
    ),
    Metric {
        name: "peak memory",
        unit: "bytes",
        more_is_better: false,
        of: |report| report.client.peak_memory_bytes.map(|n| n as f64),
        noise: Noise::Unknown,
    },
];

impl Metric {
    /// `None`: no run has it.
    fn of(&self, runs: &[Report]) -> Option<Difference> {
        let values: Vec<Option<f64>> = runs.iter().map(self.of).collect();
        if values.iter().all(Option::is_none) {
            return None;
        }
        let first = values.first().copied().flatten();
        let ratio =
            |value: &Option<f64>| first.filter(|first| *first > 0.0).zip(*value).map(|(first, value)| value / first);
        let ratios = values.iter().map(ratio).collect();
        let judge = |(n, run): (usize, &Report)| {
            if n == 0 || first.is_none() || values[n].is_none() { None } else { self.judge(&runs[0], run) }
        };
        let judgements = runs.iter().enumerate().map(judge).collect();
        Some(Difference { metric: self.name, unit: self.unit, values, ratios, judgements })
    }

    fn judge(&self, first: &Report, run: &Report) -> Option<Judgement> {
        let rises = match self.noise {
            Noise::Seconds(of) => mean(first, of)?.rises_to(mean(run, of)?),
            Noise::Share(of) => {
                let (a, b) = (of(first), of(run));
                if a.1 == 0 || b.1 == 0 {
                    return None;
                }
                share_rises(a, b)
            }
            Noise::Unknown => return None,
        };
        Some(match rises {
            None => Judgement::Same,
            Some(rises) if rises == self.more_is_better => Judgement::Better,
            Some(_) => Judgement::Worse,
        })
    }
}

/// Where a run was not the first one's.
fn notes(names: &[String], runs: &[Report]) -> Vec<String> {
    let mut notes = Vec::new();
    let Some((first, others)) = runs.split_first() else { return notes };
    for (run, name) in others.iter().zip(&names[1..]) {
        let mut differs = |what: &str, a: String, b: String| {
            if a != b {
                notes.push(format!("{what} differ: {a} in {}, {b} in {name}.", names[0]));
            }
        };
        // The port of the embedded server is another one in each run.
        let is_same_server = first.embedded_server && run.embedded_server;
        let url = |report: &Report| match report.url.as_deref() {
            None => report.name.clone(),
            Some(url) if is_same_server => path(url).to_owned(),
            Some(url) => url.to_owned(),
        };
        differs("URLs", url(first), url(run));
        differs("Connections", count(first.connections as u64), count(run.connections as u64));
        let pace = |report: &Report| match report.schedule.as_ref().map(Schedule::pace) {
            None => "closed model".to_owned(),
            Some(pace) => pace.unwrap_or_else(|| "open model".to_owned()),
        };
        differs("Rates", pace(first), pace(run));
        let workers = |report: &Report| report.client.workers.map_or_else(|| "unknown".to_owned(), |n| n.to_string());
        differs("Workers", workers(first), workers(run));
        for fact in &first.facts {
            // What was typed holds the names of files, and the day is another one.
            let is_telling = !matches!(fact.name.as_str(), "command line" | "date");
            let other = run.facts.iter().find(|other| other.name == fact.name);
            if let Some(other) = other.filter(|_| is_telling) {
                differs(&format!("Facts ({})", fact.name), fact.value.clone(), other.value.clone());
            }
        }
    }
    notes
}

/// What stands behind the server of a URL.
fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find(['/', '?']).map_or("", |at| &rest[at..])
}
