//! What maypole costs beside other HTTP clients: CPU time per request or per MiB, latency, memory.
//!
//! `cargo bench --bench peers -- --list` names the scenarios, `--scenario small --scale 0.2 --rounds 3` is a quick look.
//! `--scale` makes runs shorter and bodies smaller; crowds and lists of URLs stay whole down to 0.2, because their bars
//! name their sizes. The scenarios `load` and `soak` need the command: `cargo bench --features cli --bench peers`.
//! `--json FILE` saves a run, `--markdown src/manual/BENCHMARKS.md` writes its tables into the manual's chapter.
//!
//! Every contender is a process of its own (this binary runs itself again), does the same work against the same
//! server process, and takes turns with the others, A B C A B C, so that a noisy neighbour hits all of them. The server
//! stands on one core and the contender on another. Verdicts are ratios within a run: CPU time hardly moves when a
//! machine is busy, absolute figures do.
//!
//! Not a test: a missed bar is reported and never fails a build.

// The reasons in .clippy.toml are about workers that run coroutines; here everything but the maypole contender is a plain thread.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

mod bars;
mod chapter;
mod contender;
mod delays;
mod histogram;
mod job;
mod machine;
mod octopus;
mod options;
mod payload;
mod report;
mod runner;
mod saved;
mod scenarios;
mod server;
mod stall;
mod usage;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.first().map(String::as_str) {
        Some("contender") => contender::main(&arguments[1..]),
        Some("server") => server::main(&arguments[1..]),
        _ => options::Options::parse(&arguments).and_then(|options| {
            if options.list {
                scenarios::list();
                return Ok(());
            }
            match (&options.report, &options.markdown) {
                (Some(run), Some(chapter)) => chapter::write(chapter, &saved::read(run)?),
                (Some(_), None) => Err("--report is for --markdown".to_owned()),
                (None, _) => runner::main(&options),
            }
        }),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("peers: {message}");
            ExitCode::FAILURE
        }
    }
}
