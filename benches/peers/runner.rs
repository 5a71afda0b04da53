//! Turns: A B C A B C, after one that does not count.

use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::chapter;
use crate::contender;
use crate::job::{Job, Sample, Work};
use crate::machine::Machine;
use crate::options::Options;
use crate::report::{self, Outcome, Turns};
use crate::saved;
use crate::scenarios::{self, Case, HALF};
use crate::server::Servers;
use crate::usage;

pub(crate) fn main(options: &Options) -> Result<(), String> {
    usage::raise_descriptor_limit();
    let cores = usage::cores();
    let (Some(&server_core), Some(&client_core)) = (cores.first(), cores.get(1).or(cores.first())) else {
        return Err("no core to run on".to_owned());
    };
    // The servers inherit it.
    usage::pin(server_core)?;

    let cases: Vec<&Case> = scenarios::ALL.iter().filter(|case| options.wants_scenario(case.scenario)).collect();
    let large = cases.iter().map(|case| case.bytes).max().unwrap_or(0);
    let servers = Servers::start((large as f64 * options.scale) as u64)?;
    let machine = Machine::here(servers.describe());
    machine.print(options);

    let mut outcomes = Vec::new();
    for case in cases {
        let outcome = match servers.job(case, options.scale) {
            Ok(mut job) => {
                job.rate = rate(case, &outcomes);
                run_case(case, &job, options, client_core)
            }
            Err(reason) => Outcome::skipped(case, reason),
        };
        report::print(&outcome);
        outcomes.push(outcome);
    }
    report::print_bars(&outcomes);
    report::print_versions(&outcomes);
    let run = saved::run(&machine, options, &outcomes);
    if let Some(path) = &options.json {
        saved::write(path, &run)?;
    }
    options.markdown.as_ref().map_or(Ok(()), |path| chapter::write(path, &run))
}

fn rate(case: &Case, before: &[Outcome]) -> f64 {
    if case.rate != HALF {
        return case.rate;
    }
    let most = |outcome: &&Outcome| outcome.case.work == Work::Load && outcome.case.connections == case.connections;
    let most = before.iter().find(most).and_then(|outcome| outcome.rate_of(report::MAYPOLE));
    // Without that case something that any machine can do.
    most.map_or(5_000.0, |most| (most / 2_000.0).round() * 1_000.0)
}

fn run_case(case: &'static Case, job: &Job, options: &Options, core: usize) -> Outcome {
    let mut turns: Vec<Turns> = Vec::new();
    let mut missing = Vec::new();
    for &name in case.contenders.iter().filter(|name| options.wants_contender(name)) {
        match contender::missing(name, case.work) {
            Some(remedy) => missing.push(format!("{name} is not here: {remedy}")),
            None => turns.push(Turns { name, samples: Vec::new() }),
        }
    }
    // A round takes a minute, and begins without anything that could be warm.
    let rounds = match case.work {
        Work::Queue => 1..=options.rounds.min(2),
        Work::Stalled | Work::Soak => 1..=1,
        _ => 0..=options.rounds,
    };
    for round in rounds {
        turns.retain_mut(|turn| match one_turn(turn.name, job, core) {
            Ok(sample) => {
                if round > 0 {
                    turn.samples.push(sample);
                }
                true
            }
            Err(reason) => {
                missing.push(format!("{} failed: {reason}", turn.name));
                false
            }
        });
    }
    Outcome { case, job: Some(job.clone()), turns, missing }
}

fn one_turn(name: &str, job: &Job, core: usize) -> Result<Sample, String> {
    let binary = std::env::current_exe().map_err(|e| e.to_string())?;
    let job = serde_json::to_string(job).map_err(|e| e.to_string())?;
    let mut command = Command::new(binary);
    command.args(["contender", name, &core.to_string(), &job]).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    for proxy in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env_remove(proxy);
    }
    let output = patiently(command.spawn().map_err(|e| e.to_string())?)?;
    let errors = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        let words = errors.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("note:"));
        let said = words.map(|line| line.trim_start_matches("peers: ")).collect::<Vec<_>>().join("; ");
        return Err(format!("{said} ({})", output.status));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| format!("its line of JSON: {e}; {errors}"))
}

/// A contender that hangs loses its turn. Its line fits a pipe, so nobody has to read while it runs.
fn patiently(mut child: Child) -> Result<Output, String> {
    let patience = Instant::now() + Duration::from_secs(120);
    while child.try_wait().map_err(|e| e.to_string())?.is_none() {
        if Instant::now() > patience {
            // Already gone, if that fails.
            let _ = child.kill();
            let _ = child.wait();
            return Err("no answer within two minutes".to_owned());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().map_err(|e| e.to_string())
}
