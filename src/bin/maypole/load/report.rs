//! The figures of a finished run, and their JSON form.

use std::time::Duration;

use maypole::load::{self, Ended, Failure};
use serde_json::{Value, json};

use super::args::Plan;
use super::histogram::{self, Bar};
use super::pace::Pace;
use super::run::Outcome;
use super::threshold::Verdict;
use super::units::as_micros;
use crate::system::{CpuTime, peak_memory};

/// The percentiles that are shown.
const PERCENTILES: [f64; 7] = [50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99];
/// Below this share the machine had none left.
const IDLE_MACHINE: f64 = 0.05;

pub(super) struct Report {
    pub(super) url: String,
    pub(super) is_embedded: bool,
    pub(super) connections: usize,
    pub(super) workers: usize,
    pub(super) elapsed: Duration,
    pub(super) is_interrupted: bool,
    pub(super) answers: u64,
    pub(super) body_bytes: u64,
    pub(super) latency: Option<Latency>,
    /// Of the open model only.
    pub(super) schedule: Option<Schedule>,
    pub(super) warm_up: Duration,
    pub(super) statuses: Vec<(u16, u64)>,
    /// The most frequent first.
    pub(super) failures: Vec<Failure>,
    pub(super) opened: u64,
    pub(super) cpu: CpuTime,
    pub(super) peak_memory: Option<u64>,
    /// One for each threshold.
    pub(super) verdicts: Vec<Verdict>,
    pub(super) warnings: Vec<String>,
}

/// What the open model adds.
pub(super) struct Schedule {
    pub(super) pace: Pace,
    pub(super) planned: u64,
    pub(super) dropped: u64,
    pub(super) late: u64,
    /// From sending on, where [`Report::latency`] is from the scheduled start.
    pub(super) service: Option<Latency>,
    /// How late this side began requests because its timer was.
    pub(super) timer: Option<Latency>,
}

/// Microseconds.
pub(super) struct Latency {
    pub(super) min: f64,
    pub(super) mean: f64,
    pub(super) max: f64,
    pub(super) stdev: f64,
    /// Percent and value.
    pub(super) percentiles: Vec<(f64, f64)>,
    pub(super) bars: Vec<Bar>,
}

impl Report {
    pub(super) fn new(plan: &Plan, url: &str, outcome: &Outcome, workers: usize) -> Self {
        let stats = &outcome.stats;
        let mut report = Self {
            url: url.to_owned(),
            is_embedded: plan.is_embedded,
            connections: plan.connections,
            workers,
            elapsed: stats.elapsed,
            is_interrupted: stats.ended == Ended::Cancelled,
            answers: stats.done(),
            body_bytes: stats.bytes,
            latency: Latency::of(&stats.latency),
            schedule: plan.pace.clone().map(|pace| Schedule::new(pace, stats)),
            warm_up: plan.warm_up,
            statuses: stats.statuses.iter().map(|(&status, &count)| (status, count)).collect(),
            failures: stats.failures.clone(),
            opened: outcome.opened,
            cpu: outcome.cpu,
            peak_memory: peak_memory(),
            verdicts: plan.thresholds.iter().map(|threshold| threshold.judge(stats)).collect(),
            warnings: Vec::new(),
        };
        report.warnings = report.doubts(stats, outcome.machine_idle);
        report
    }

    /// Why the figures may say more about this side than about the server.
    fn doubts(&self, stats: &load::Stats, machine_idle: Option<f64>) -> Vec<String> {
        if self.answers == 0 {
            return Vec::new();
        }
        let mut doubts = stats.doubts(self.workers);
        if machine_idle.is_some_and(|idle| idle < IDLE_MACHINE) {
            let rival = if self.is_embedded { "the embedded server" } else { "whatever else ran" };
            doubts.push(format!("No processor time was left: the client shared it with {rival}."));
        }
        doubts
    }

    pub(super) fn errors(&self) -> u64 {
        self.failures.iter().map(|failure| failure.count).sum()
    }

    pub(super) fn per_second(&self, n: u64) -> f64 {
        n as f64 / self.elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// Microseconds of processor time per answer.
    pub(super) fn cpu_per_answer(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e6 / self.answers.max(1) as f64
    }

    /// Processor time per wall time: 1 is one core.
    pub(super) fn cpu_share(&self) -> f64 {
        self.cpu.total().as_secs_f64() / self.elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// The report as one object. Names end in their unit.
    pub(super) fn to_json(&self) -> Value {
        let mut report = json!({
            "url": self.url,
            "embedded_server": self.is_embedded,
            "connections": self.connections,
            "elapsed_s": self.elapsed.as_secs_f64(),
            "interrupted": self.is_interrupted,
            "requests": self.answers + self.errors(),
            "answers": self.answers,
            "answers_per_s": self.per_second(self.answers),
            "body_bytes": self.body_bytes,
            "body_bytes_per_s": self.per_second(self.body_bytes),
            "latency_us": self.latency.as_ref().map(Latency::to_json),
            "statuses": self.statuses.iter().map(|(status, n)| (status.to_string(), json!(n))).collect::<serde_json::Map<_, _>>(),
            "errors": self.failures.iter().map(failure_to_json).collect::<Vec<_>>(),
            "connections_opened": self.opened,
            "client": {
                "workers": self.workers,
                "cpu_user_s": self.cpu.user.as_secs_f64(),
                "cpu_system_s": self.cpu.system.as_secs_f64(),
                "cpu_us_per_answer": (self.answers > 0).then(|| self.cpu_per_answer(self.cpu.total())),
                "cpu_cores": self.cpu_share(),
                "peak_memory_bytes": self.peak_memory,
            },
            "warnings": self.warnings,
        });
        if !self.warm_up.is_zero() {
            report["warm_up_s"] = json!(self.warm_up.as_secs_f64());
        }
        if let Some(schedule) = &self.schedule {
            report["service_us"] = json!(schedule.service.as_ref().map(Latency::to_json));
            report["schedule"] = schedule.to_json();
        }
        if !self.verdicts.is_empty() {
            report["thresholds"] = self.verdicts.iter().map(Verdict::to_json).collect();
        }
        report
    }
}

impl Schedule {
    fn new(pace: Pace, stats: &load::Stats) -> Self {
        Self {
            pace,
            planned: stats.planned.unwrap_or(0),
            dropped: stats.dropped,
            late: stats.late,
            service: Latency::of(&stats.service),
            timer: Latency::of(&stats.timer),
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "rate_per_s": self.pace.rate,
            "stages": self.pace.stages_to_json(),
            "ramp_up_s": self.pace.ramp_up.map(|time| time.as_secs_f64()),
            "planned": self.planned,
            "dropped": self.dropped,
            "late": self.late,
            "timer_error_us": self.timer.as_ref().map(Latency::to_json),
        })
    }
}

impl Latency {
    /// 0 if it is none of those that are shown.
    pub(super) fn percentile(&self, percent: f64) -> f64 {
        self.percentiles.iter().find(|(known, _)| *known == percent).map_or(0.0, |(_, us)| *us)
    }

    fn of(latency: &load::Latency) -> Option<Self> {
        (latency.count() > 0).then(|| Self {
            min: as_micros(latency.min()),
            mean: as_micros(latency.mean()),
            max: as_micros(latency.max()),
            stdev: as_micros(latency.stdev()),
            percentiles: PERCENTILES.iter().map(|&percent| (percent, as_micros(latency.percentile(percent)))).collect(),
            bars: histogram::bars(latency),
        })
    }

    fn to_json(&self) -> Value {
        let percentiles: serde_json::Map<_, _> =
            self.percentiles.iter().map(|(percent, us)| (format!("p{percent}"), json!(us))).collect();
        let bars: Vec<_> = self.bars.iter().map(|bar| json!({ "up_to": bar.upper_us, "count": bar.count })).collect();
        json!({
            "min": self.min,
            "mean": self.mean,
            "max": self.max,
            "stdev": self.stdev,
            "percentiles": percentiles,
            "histogram": bars,
        })
    }
}

fn failure_to_json(failure: &Failure) -> Value {
    json!({
        "kind": format!("{:?}", failure.kind),
        "phase": failure.phase.map(|phase| format!("{phase:?}")),
        "count": failure.count,
        "first": failure.first,
    })
}
