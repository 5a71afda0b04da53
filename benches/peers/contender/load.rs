//! Load generators, each told to do the same with one thread, and what each says of it. In the closed model none of them
//! corrects anything; at a rate maypole, wrk2 and oha count from when a request was to begin, h2load from sending on.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::NOT_APPLICABLE;
use super::external::source;
use super::programs::{from_outside, program};
use crate::job::{Job, Sample, Work};
use crate::stall::{self, PERCENTS};

/// wrk2 throws away what it sees in this time, in which it finds out how often to look at its clock.
const CALIBRATION: u64 = 10;

/// The command, which cargo builds with the bench where its features are on.
pub(super) fn command() -> Option<&'static Path> {
    option_env!("CARGO_BIN_EXE_maypole").map(Path::new).filter(|path| path.exists())
}

pub(super) fn missing() -> Option<String> {
    command().is_none().then(|| "cargo bench --features cli --bench peers".to_owned())
}

pub(super) fn run(name: &str, job: &Job) -> Result<Sample, String> {
    match name {
        "maypole" => maypole(job),
        "wrk" | "wrk2" => wrk(name, job),
        "oha" => oha(job),
        "h2load" => h2load(job),
        "hey" => hey(job),
        _ => Err(NOT_APPLICABLE.to_owned()),
    }
}

pub(super) fn maypole_arguments(job: &Job) -> Vec<String> {
    let (connections, seconds) = (job.connections.to_string(), format!("{}s", job.seconds));
    let fixed = ["load", "--json", "--no-tui", "--workers", "1", "-c", &connections, "-z", &seconds];
    let mut arguments: Vec<String> = fixed.map(str::to_owned).into();
    if job.rate > 0.0 {
        arguments.extend(["-q".to_owned(), job.rate.to_string()]);
    }
    arguments.push(job.url.clone());
    arguments
}

fn maypole(job: &Job) -> Result<Sample, String> {
    let (output, sample) = from_outside(Command::new(command().ok_or(NOT_APPLICABLE)?).args(maypole_arguments(job)))?;
    maypole_said(&output.stdout, sample)
}

pub(super) fn maypole_said(output: &[u8], sample: Sample) -> Result<Sample, String> {
    let said: Value = serde_json::from_slice(output).map_err(|e| format!("its JSON: {e}"))?;
    let number = |name: &str| said[name].as_f64().ok_or_else(|| format!("no {name} in its JSON"));
    let answers = number("answers")?;
    let percentiles = |what: &str| named(&said[what]["percentiles"], |percent| format!("p{percent}"), 1.0);
    Ok(Sample {
        uncorrected: percentiles("service_us"),
        errors: (number("requests")? - answers) as u64,
        ..with(sample, answers as u64, number("elapsed_s")?, percentiles("latency_us"))
    })
}

fn wrk(name: &str, job: &Job) -> Result<Sample, String> {
    let is_paced = name == "wrk2";
    // wrk knows no rate: as many connections as make it about the same.
    let connections = match job.work {
        Work::Stalled if !is_paced => stall::closed_connections(job),
        _ => job.connections,
    };
    let seconds = job.seconds + if is_paced { CALIBRATION } else { 0 };
    let mut command = Command::new(program(name));
    command.args(["-t1", "-c", &connections.to_string(), "-d", &format!("{seconds}s"), "-s"]).arg(source("load.lua"));
    if is_paced {
        command.args(["-R", &job.rate.to_string()]);
    }
    let (output, sample) = from_outside(command.arg(&job.url))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = said.lines().find_map(|line| line.strip_prefix("figures ")).ok_or("no figures in what it said")?;
    let figures: Vec<f64> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
    let [requests, micros, errors, percentiles @ ..] = &figures[..] else { return Err("figures cut short".to_owned()) };
    let percentiles = percentiles.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
    Ok(Sample { errors: *errors as u64, ..with(sample, *requests as u64, micros / 1e6, percentiles) })
}

fn oha(job: &Job) -> Result<Sample, String> {
    let mut command = Command::new(program("oha"));
    command.args(["--no-tui", "--output-format", "json", "-c", &job.connections.to_string()]);
    command.args(["-z", &format!("{}s", job.seconds)]).env("TOKIO_WORKER_THREADS", "1");
    if job.rate > 0.0 {
        command.args(["-q", &job.rate.to_string(), "--latency-correction"]);
    }
    let (output, sample) = from_outside(command.arg(&job.url))?;
    let said: Value = serde_json::from_slice(&output.stdout).map_err(|e| format!("its JSON: {e}"))?;
    let sum = |what: &str| {
        let counts = said[what].as_object().into_iter().flatten();
        counts.filter(|(why, _)| !why.contains("deadline")).filter_map(|(_, count)| count.as_u64()).sum::<u64>()
    };
    let wall = said["summary"]["total"].as_f64().ok_or("no total in its JSON")?;
    let percentiles = named(&said["latencyPercentiles"], |percent| format!("p{percent}"), 1e6);
    let errors = sum("errorDistribution");
    Ok(Sample { errors, ..with(sample, sum("statusCodeDistribution"), wall, percentiles) })
}

/// Percentiles from its log, which costs it a line for each request: only where they are what the case is about.
fn h2load(job: &Job) -> Result<Sample, String> {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| job.folder()).map_err(|e| e.to_string())?;
    let log = folder.path().join("log");
    let mut command = Command::new(program("h2load"));
    command.args(["--h1", "-t1", "-c", &job.connections.to_string(), "-D", &job.seconds.to_string()]);
    if job.rate > 0.0 {
        command.args(["--rps", &(job.rate / job.connections as f64).to_string()]);
        command.arg(format!("--log-file={}", log.display()));
    }
    let (output, sample) = from_outside(command.arg(&job.url))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let counts = said.lines().find_map(|line| line.strip_prefix("requests: ")).ok_or("no counts in what it said")?;
    let count = |what: &str| counts.split(", ").find_map(|part| part.strip_suffix(what)?.trim().parse::<u64>().ok());
    let percentiles = if job.rate > 0.0 { logged(&log)? } else { Vec::new() };
    let done = count(" succeeded").ok_or("no count in what it said")?;
    // Those under way at the end are neither.
    Ok(Sample { errors: count(" errored").unwrap_or(0), ..with(sample, done, job.seconds as f64, percentiles) })
}

/// Lines of start, status and microseconds.
fn logged(log: &PathBuf) -> Result<Vec<(f64, f64)>, String> {
    let text = std::fs::read_to_string(log).map_err(|e| format!("its log: {e}"))?;
    let mut took: Vec<u64> = text.lines().filter_map(|line| line.split('\t').nth(2)?.parse().ok()).collect();
    took.sort_unstable();
    let at = |percent: f64| took.get(((percent / 100.0 * took.len() as f64).ceil() as usize).saturating_sub(1));
    Ok(PERCENTS.iter().filter_map(|&percent| Some((percent, *at(percent)? as f64))).collect())
}

fn hey(job: &Job) -> Result<Sample, String> {
    let mut command = Command::new(program("hey"));
    command.args(["-cpus", "1", "-c", &job.connections.to_string(), "-z", &format!("{}s", job.seconds)]);
    let (output, sample) = from_outside(command.arg(&job.url))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let word = |prefix: &str, at: usize| {
        let rest = said.lines().find_map(|line| line.trim().strip_prefix(prefix))?;
        rest.split_whitespace().nth(at)?.parse::<f64>().ok()
    };
    let micros = |percent: f64| Some((percent, word(&format!("{percent}%"), 1)? * 1e6));
    let percentiles = PERCENTS.into_iter().filter_map(micros).collect();
    let requests = word("[200]", 0).ok_or("no answers in what it said")?;
    Ok(with(sample, requests as u64, word("Total:", 0).ok_or("no time in what it said")?, percentiles))
}

/// Percentiles of a JSON object by their names there, as microseconds.
fn named(object: &Value, name: impl Fn(f64) -> String, scale: f64) -> Vec<(f64, f64)> {
    PERCENTS.into_iter().filter_map(|percent| Some((percent, object[name(percent)].as_f64()? * scale))).collect()
}

fn with(sample: Sample, requests: u64, wall_seconds: f64, percentiles: Vec<(f64, f64)>) -> Sample {
    let sample = Sample { requests, wall_seconds, percentiles, ..sample };
    Sample { p50_micros: sample.percentile(50.0), p99_micros: sample.percentile(99.0), ..sample }
}
