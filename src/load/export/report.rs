//! Everything about a run that is worth keeping.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::distribution::Distribution;
use super::point::{Point, before_zero};
use super::units::{micros, rate};
use crate::load::{Ended, Failure, PhaseStats, Stage, Stats, StepStats, failure};

/// What a saved run calls itself.
pub(super) const FORMAT: &str = "maypole load";
/// Of what is saved; a higher one is another shape.
pub(super) const VERSION: u64 = 1;

/// Everything about a run that is worth keeping: what was measured, and what the caller knows about it. Fields are named as
/// in [JSON](Self::to_json), with their unit at the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    format: String,
    version: u64,
    /// What stands above the page.
    pub name: String,
    /// What was asked for, where it is one thing.
    #[serde(default)]
    pub url: Option<String>,
    /// Whether the server was the command's own.
    #[serde(default)]
    pub embedded_server: bool,
    /// What the caller knows: versions, machine, command line.
    #[serde(default)]
    pub facts: Vec<Fact>,
    /// Users: connections, where each keeps one.
    pub connections: usize,
    /// How long it took, without the warm-up.
    pub elapsed_s: f64,
    /// How long the warm-up was, which is in none of the figures but the series.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub warm_up_s: f64,
    /// Whether it was ended early.
    pub interrupted: bool,
    /// Iterations that ended.
    pub requests: u64,
    /// Those that were answered.
    pub answers: u64,
    /// Those per second.
    pub answers_per_s: f64,
    /// Those under way at the end, which nothing else counts.
    #[serde(default)]
    pub unfinished: u64,
    /// Bytes of bodies.
    pub body_bytes: u64,
    /// Those per second.
    pub body_bytes_per_s: f64,
    /// In the open model from when each iteration was to begin, else from when it did.
    pub latency_us: Option<Distribution>,
    /// In the open model, from when each iteration began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_us: Option<Distribution>,
    /// From when each began to the end of its answer's head.
    #[serde(default)]
    pub first_byte_us: Option<Distribution>,
    /// Where the time of the answers went.
    #[serde(default)]
    pub phases: Vec<PhaseTime>,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// What failed, the most frequent first.
    pub errors: Vec<Failed>,
    /// Named parts of the iterations: steps, or the requests of a mix.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Entry>,
    /// What sends the same requests again, where chance had a part in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Connections opened, where that is known.
    pub connections_opened: Option<u64>,
    /// What the open model adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Limits, and whether they were kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<Verdict>,
    /// What it cost on this side.
    pub client: Client,
    /// Why the figures may say more about this side than about the server.
    pub warnings: Vec<String>,
    /// The run over time, its warm-up included.
    #[serde(default)]
    pub series: Vec<Point>,
}

/// A name and a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Fact {
    /// What it is.
    pub name: String,
    /// What it is for this run.
    pub value: String,
}

/// How long one phase of a request took in the answers that needed it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PhaseTime {
    /// Which.
    pub phase: String,
    /// In how many answers.
    pub count: u64,
    /// The mean over those.
    pub mean_us: f64,
}

/// Iterations that failed in the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Failed {
    /// What failed.
    pub kind: String,
    /// Where.
    pub phase: Option<String>,
    /// How often.
    pub count: u64,
    /// The message of the first one.
    pub first: String,
}

/// A named part of the iterations: a step, or a request of a mix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// How often it was to be sent beside the others, where it is a request of a mix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u64>,
    /// How often it ended.
    pub requests: u64,
    /// How often it was answered.
    pub answers: u64,
    /// That per second.
    pub answers_per_s: f64,
    /// How often it failed.
    pub errors: u64,
    /// Bytes of bodies.
    pub body_bytes: u64,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// From its own start to its end, when it did not fail.
    pub service_us: Option<Distribution>,
}

impl Entry {
    /// One that was not asked for yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            weight: None,
            requests: 0,
            answers: 0,
            answers_per_s: 0.0,
            errors: 0,
            body_bytes: 0,
            statuses: BTreeMap::new(),
            service_us: None,
        }
    }

    fn of(name: &str, step: &StepStats, seconds: f64) -> Self {
        let answers = step.time.count();
        Self {
            requests: answers + step.failed,
            answers,
            answers_per_s: answers as f64 / seconds.max(f64::MIN_POSITIVE),
            errors: step.failed,
            body_bytes: step.bytes,
            statuses: step.statuses.clone(),
            service_us: Distribution::of(&step.time),
            ..Self::new(name)
        }
    }
}

/// What the open model adds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Schedule {
    /// Iterations to begin per second, where that is one number.
    #[serde(default)]
    pub rate_per_s: Option<f64>,
    /// How long the rate grew from nothing.
    #[serde(default)]
    pub ramp_up_s: Option<f64>,
    /// The stages, where the rate changes: from [`rate_per_s`](Self::rate_per_s) on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageTime>,
    /// How many were to begin.
    pub planned: u64,
    /// Those that did not.
    pub dropped: u64,
    /// Those that began more than 1 ms after their time because no user was free.
    pub late: u64,
    /// How late iterations began because the timer was.
    #[serde(default)]
    pub timer_error_us: Option<Distribution>,
}

/// A part of an open run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StageTime {
    /// How long it lasts.
    pub duration_s: f64,
    /// Iterations to begin per second at its end.
    pub rate_per_s: f64,
}

impl From<&Stage> for StageTime {
    fn from(stage: &Stage) -> Self {
        Self { duration_s: stage.duration.as_secs_f64(), rate_per_s: stage.rate }
    }
}

/// A limit, and what the run came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// What is limited, such as `p99` or `errors`.
    pub metric: String,
    /// The unit of both figures: `us` or `percent`.
    pub unit: String,
    /// What was allowed.
    pub limit: f64,
    /// What it was.
    pub actual: f64,
    /// Whether it was within.
    pub held: bool,
}

/// What a run cost on this side.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Client {
    /// Threads that ran the users.
    #[serde(default)]
    pub workers: Option<usize>,
    /// Processor time in user mode.
    #[serde(default)]
    pub cpu_user_s: Option<f64>,
    /// Processor time in the kernel.
    #[serde(default)]
    pub cpu_system_s: Option<f64>,
    /// Of both together, per answer.
    pub cpu_us_per_answer: Option<f64>,
    /// Of both together, per second: 1 is a core.
    pub cpu_cores: f64,
    /// The most memory that was resident at once.
    #[serde(default)]
    pub peak_memory_bytes: Option<u64>,
    /// How long coroutines waited for a worker.
    #[serde(default)]
    pub lag_us: Option<Distribution>,
}

impl Report {
    /// What was measured, under a name.
    pub fn new(name: impl Into<String>, stats: &Stats) -> Self {
        let seconds = stats.elapsed.as_secs_f64();
        let per_second = |n: u64| n as f64 / seconds.max(f64::MIN_POSITIVE);
        let is_open = stats.planned.is_some();
        let mut series: Vec<Point> = stats.ticks.iter().map(Point::from).collect();
        before_zero(&mut series);
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            name: name.into(),
            url: None,
            embedded_server: false,
            facts: Vec::new(),
            connections: stats.users,
            elapsed_s: seconds,
            warm_up_s: 0.0,
            interrupted: stats.ended == Ended::Cancelled,
            requests: stats.done() + stats.errors(),
            answers: stats.done(),
            answers_per_s: stats.per_second(),
            unfinished: stats.unfinished,
            body_bytes: stats.bytes,
            body_bytes_per_s: per_second(stats.bytes),
            latency_us: Distribution::of(&stats.latency),
            service_us: if is_open { Distribution::of(&stats.service) } else { None },
            first_byte_us: Distribution::of(&stats.first_byte),
            phases: stats.phases.iter().map(PhaseTime::new).collect(),
            statuses: stats.statuses.clone(),
            errors: stats.failures.iter().map(Failed::new).collect(),
            entries: stats.steps.iter().map(|(name, step)| Entry::of(name, step, seconds)).collect(),
            seed: None,
            connections_opened: None,
            schedule: is_open.then(|| Schedule::new(stats)),
            thresholds: Vec::new(),
            client: Client::new(stats),
            warnings: Vec::new(),
            series,
        }
    }

    /// Adds what the caller knows.
    pub fn fact(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.facts.push(Fact { name: name.into(), value: value.into() });
        self
    }

    /// How many iterations failed.
    pub fn failed(&self) -> u64 {
        self.errors.iter().map(|failed| failed.count).sum()
    }

    /// The share of those that ended, from 0 to 1.
    pub fn failed_share(&self) -> f64 {
        self.failed() as f64 / self.requests.max(1) as f64
    }
}

impl Schedule {
    /// The rate as people say it: `at 100 per second`, `rising to 100 per second in 2.00 s`, `in 3 stages between 0 and
    /// 500 per second`.
    pub fn pace(&self) -> Option<String> {
        let shown = |per_second: f64| if per_second == 0.0 { "0".to_owned() } else { rate(per_second) };
        let start = self.rate_per_s?;
        let rates = self.stages.iter().map(|stage| stage.rate_per_s);
        let (low, high) = (rates.clone().fold(start, f64::min), rates.fold(start, f64::max));
        let start = shown(start);
        Some(match (&self.stages[..], self.ramp_up_s) {
            ([], None) => format!("at {start} per second"),
            ([], Some(time)) => format!("rising to {start} per second in {}", micros(time * 1e6)),
            ([only], _) => format!("in 1 stage from {start} to {} per second", shown(only.rate_per_s)),
            (all, _) => format!("in {} stages between {} and {} per second", all.len(), shown(low), shown(high)),
        })
    }

    fn new(stats: &Stats) -> Self {
        Self {
            rate_per_s: None,
            ramp_up_s: None,
            stages: Vec::new(),
            planned: stats.planned.unwrap_or(0),
            dropped: stats.dropped,
            late: stats.late,
            timer_error_us: Distribution::of(&stats.timer),
        }
    }
}

impl Client {
    fn new(stats: &Stats) -> Self {
        Self {
            cpu_us_per_answer: (stats.done() > 0).then(|| stats.cpu.as_secs_f64() * 1e6 / stats.done() as f64),
            cpu_cores: stats.cpu_share(),
            lag_us: Distribution::of(&stats.lag),
            ..Self::default()
        }
    }
}

impl PhaseTime {
    fn new(phase: &PhaseStats) -> Self {
        let mean_us = phase.mean().as_secs_f64() * 1e6;
        Self { phase: format!("{:?}", phase.phase), count: phase.count, mean_us }
    }
}

impl Failed {
    /// Kind and phase: `Timeout in Head`; `Connect` alone where both say the same.
    pub fn what(&self) -> String {
        failure::what(&self.kind, self.phase.as_deref())
    }

    fn new(failure: &Failure) -> Self {
        Self {
            kind: format!("{:?}", failure.kind),
            phase: failure.phase.map(|phase| format!("{phase:?}")),
            count: failure.count,
            first: failure.first.clone(),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(seconds: &f64) -> bool {
    *seconds == 0.0
}
