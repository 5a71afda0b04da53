//! One ureq agent under a thousand tasks: coroutines over this crate's connections beside threads over ureq's own.
//!
//! `cargo bench --bench ureq --features ureq`; `-- --rounds 9 --tasks 500 --gets 50` for another size.
//!
//! Every contender is a process of its own (this binary runs itself again) with the same configuration of ureq and the
//! same calls, and they take turns, A B C A B C, against one nginx, or where there is none a small server of threads. The
//! server stands on the first core and the contenders on the second. Figures are medians: wall and processor time from
//! the first spawn to the last join, and the most memory that the process had.

// Plain threads, but for the coroutines of the contenders.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

mod contender;
#[path = "../peers/histogram.rs"]
mod histogram;
#[allow(dead_code, reason = "its samples are used here, its jobs are not")]
#[path = "../peers/job.rs"]
mod job;
mod server;
mod table;
#[allow(dead_code, reason = "some of it is for other contenders")]
#[path = "../peers/usage.rs"]
mod usage;

use std::process::{Command, ExitCode};

use contender::{CONTENDERS, POOLS, Work};
use job::Sample;
use table::Row;

struct Options {
    rounds: usize,
    tasks: usize,
    gets: usize,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.first().map(String::as_str) {
        Some("contender") => contender::main(&arguments[1..]),
        Some("serve") => server::serve(),
        _ => options(&arguments).and_then(|options| run(&options)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("ureq: {message}");
            ExitCode::FAILURE
        }
    }
}

fn options(arguments: &[String]) -> Result<Options, String> {
    let mut options = Options { rounds: 5, tasks: 1_000, gets: 20 };
    let mut rest = arguments.iter();
    while let Some(flag) = rest.next() {
        let place = match flag.as_str() {
            "--bench" => continue, // cargo's own
            "--rounds" => &mut options.rounds,
            "--tasks" => &mut options.tasks,
            "--gets" => &mut options.gets,
            _ => return Err(format!("unknown argument {flag:?}; usage: [--rounds N] [--tasks N] [--gets N]")),
        };
        let number = rest.next().and_then(|text| text.parse().ok()).filter(|n| *n > 0);
        *place = number.ok_or_else(|| format!("{flag} takes a number above 0"))?;
    }
    Ok(options)
}

fn run(options: &Options) -> Result<(), String> {
    usage::raise_descriptor_limit();
    let cores = usage::cores();
    let (Some(&first), Some(&second)) = (cores.first(), cores.get(1).or(cores.first())) else {
        return Err("no core to run on".to_owned());
    };
    // The server inherits it.
    usage::pin(first)?;
    let server = server::start()?;
    println!("{} tasks, {} GETs each, {} rounds; server {}", options.tasks, options.gets, options.rounds, server.name);
    let mut rows: Vec<Row> = Vec::new();
    for pool in POOLS {
        let start = rows.len();
        rows.extend(CONTENDERS.map(|(name, ..)| Row { pool, name, samples: Vec::new() }));
        for round in 0..=options.rounds {
            for row in &mut rows[start..] {
                let work =
                    Work { pool, url: server.url.clone(), tasks: options.tasks, gets: options.gets, core: second };
                let sample = turn(row.name, &work)?;
                // The first one warms the server up.
                if round > 0 {
                    row.samples.push(sample);
                }
            }
        }
    }
    table::print(&rows);
    Ok(())
}

fn turn(name: &str, work: &Work) -> Result<Sample, String> {
    let binary = std::env::current_exe().map_err(|e| e.to_string())?;
    let output = Command::new(binary).args(["contender", name]).args(work.arguments()).output();
    let output = output.map_err(|e| e.to_string())?;
    if !output.status.success() {
        return Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| format!("{name}: its line of JSON: {e}"))
}
