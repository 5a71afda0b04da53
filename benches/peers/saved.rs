//! A run as JSON: for later comparison, and for the manual's chapter.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::bars::{Bar, Verdict};
use crate::contender;
use crate::delays;
use crate::job::{Job, Sample, Work};
use crate::machine::Machine;
use crate::options::Options;
use crate::report::{MAYPOLE, Outcome, Turns, median};
use crate::stall;

pub(crate) fn run(machine: &Machine, options: &Options, outcomes: &[Outcome]) -> Value {
    let cases: Vec<Value> = outcomes.iter().map(case).collect();
    json!({
        "machine": machine, "command": options.command, "rounds": options.rounds, "scale": options.scale,
        "versions": versions(outcomes), "cases": cases,
    })
}

pub(crate) fn write(path: &Path, run: &Value) -> Result<(), String> {
    let text = serde_json::to_string_pretty(run).map_err(|e| e.to_string())?;
    std::fs::write(path, text + "\n").map_err(|e| format!("{}: {e}", path.display()))
}

pub(crate) fn read(path: &Path) -> Result<Value, String> {
    let text = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    serde_json::from_slice(&text).map_err(|e| format!("{}: {e}", path.display()))
}

fn versions(outcomes: &[Outcome]) -> Map<String, Value> {
    let names = outcomes.iter().flat_map(|outcome| &outcome.turns).map(|turns| turns.name);
    let ours = names.filter(|name| !["floor", MAYPOLE].contains(name));
    ours.map(|name| (name.to_owned(), contender::version(name).into())).collect()
}

fn case(outcome: &Outcome) -> Value {
    let contenders: Vec<Value> = outcome.turns.iter().map(|turns| contender(outcome, turns)).collect();
    let bars: Vec<Value> = outcome.case.bars.iter().map(|bar| self::bar(outcome, bar)).collect();
    json!({
        "scenario": outcome.case.scenario, "case": outcome.case.name, "unit": outcome.case.unit_name(),
        "job": outcome.job, "truth": outcome.job.as_ref().and_then(truth),
        "contenders": contenders, "missing": outcome.missing, "bars": bars,
    })
}

fn truth(job: &Job) -> Option<Value> {
    match job.work {
        Work::Stalled => Some(json!({ "percentiles": stall::truth(job) })),
        Work::Queue => Some(json!({
            "sequential_seconds": delays::seconds(&job.delays),
            "least_seconds": delays::least(&job.delays, job.connections),
        })),
        _ => None,
    }
}

fn contender(outcome: &Outcome, turns: &Turns) -> Value {
    let case = outcome.case;
    let of = |figure: &dyn Fn(&Sample) -> Option<f64>| median(turns.samples.iter().filter_map(figure));
    json!({
        "name": turns.name,
        "cpu_micros_per_unit": of(&|sample| Some(case.cpu_micros(sample))),
        "ratio_to_maypole": outcome.ratio(turns.name, MAYPOLE, |sample| Some(case.cpu_micros(sample))),
        "units_per_second": outcome.rate_of(turns.name),
        "wall_seconds": of(&|sample| Some(sample.wall_seconds)),
        "p50_micros": of(&|sample| sample.p50_micros),
        "p99_micros": of(&|sample| sample.p99_micros),
        "p999_micros": of(&|sample| sample.percentile(99.9)),
        "peak_mib": of(&|sample| Some(sample.peak_kib as f64 / 1024.0)),
        "grown_mib": of(&|sample| Some(sample.peak_kib.saturating_sub(sample.start_kib) as f64 / 1024.0)),
        "errors": turns.samples.iter().map(|sample| sample.errors).sum::<u64>(),
        "rounds": turns.samples,
    })
}

fn bar(outcome: &Outcome, bar: &Bar) -> Value {
    let figure = outcome.figure(bar);
    let met = match bar.judge(figure) {
        Verdict::Met(_) => Some(true),
        Verdict::Missed(_) => Some(false),
        Verdict::Unknown => None,
    };
    let beyond = if met == Some(false) { outcome.beyond(bar) } else { String::new() };
    json!({ "bar": bar.describe(), "limit": bar.limit(), "figure": figure, "met": met, "beyond": beyond.trim() })
}
