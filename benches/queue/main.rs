//! What a queue adds to the requests that it makes: memory per queued fetch, time per fetch, and a million of them.
//!
//! `cargo bench --features cli --bench queue` takes about five minutes; `-- --scale 0.02 --rounds 1` is a quick look,
//! `-- --part million` one table of the four, `-- --json FILE` writes the samples.
//!
//! Every figure comes from a process of its own (this binary runs itself again), contenders take turns. The server of the
//! million is `maypole serve` on the first core, on all addresses of 127.0.0.0/8, which are the thousand hosts; the
//! contender stands on the second one, with one worker. CPU time is compared, which hardly moves when the machine is busy.
//!
//! Not a test: a missed bar is said and never fails a build. `tests/queue_crowd.rs` is the small one that does.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "measuring, on threads of its own")]

mod meter;
mod options;
mod server;
mod tables;
mod work;

use std::process::{Command, ExitCode, Stdio};

use meter::Sample;
use options::Options;
use server::Server;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.first().map(String::as_str) {
        Some("work") => work::main(&arguments[1..]),
        _ => Options::parse(&arguments).and_then(|options| run(&options)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("queue: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    meter::raise_descriptor_limit();
    let mut samples = Vec::new();
    let wants = |part: &str| options.part.as_deref().is_none_or(|wanted| wanted == part);
    if wants("memory") {
        let jobs = options.scaled(1_000_000);
        let names = ["memory", "memory-arc", "memory-limited"];
        let taken = turns(&names, options.rounds.min(3), jobs, "")?;
        tables::memory(&taken);
        samples.extend(taken);
    }
    if wants("empty") {
        let taken = turns(&["empty-bare", "empty-queue", "empty-fifo"], options.rounds, options.scaled(500_000), "")?;
        tables::empty(&taken);
        samples.extend(taken);
    }
    if wants("workers") {
        let names = ["empty-bare-2", "empty-queue-2"];
        let taken = turns(&names, options.rounds, options.scaled(500_000), "")?;
        tables::workers(&taken);
        samples.extend(taken);
    }
    if wants("million") {
        let server = Server::start()?;
        let taken = turns(&["bare", "queue", "queue-all"], options.rounds, options.scaled(1_000_000), server.port())?;
        tables::million(&taken);
        samples.extend(taken);
    }
    match &options.json {
        Some(path) => {
            let text = serde_json::to_string_pretty(&samples).map_err(|e| e.to_string())?;
            std::fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))
        }
        None => Ok(()),
    }
}

/// A B C A B C.
fn turns(names: &[&str], rounds: usize, jobs: u64, port: &str) -> Result<Vec<Sample>, String> {
    let round = |_| names.iter().map(|name| turn(name, jobs, port));
    (0..rounds).flat_map(round).collect()
}

fn turn(name: &str, jobs: u64, port: &str) -> Result<Sample, String> {
    let binary = std::env::current_exe().map_err(|e| e.to_string())?;
    let mut command = Command::new(binary);
    command.args(["work", name, &jobs.to_string(), port]).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().map_err(|e| e.to_string())?;
    if !output.status.success() {
        return Err(format!("{name}: {}", output.status));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| format!("{name}: its line of JSON: {e}"))
}
