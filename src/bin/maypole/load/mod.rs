//! `maypole load`: the load generator.
//!
//! ```text
//!   args ── plan ──▶ run ── tally ──▶ report ──▶ text | json
//!                     ▲
//!       child ── url ─┘   interrupt ── ends it early
//! ```

mod args;
mod child;
mod histogram;
mod interrupt;
mod report;
mod run;
mod tally;
mod text;
mod units;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use maypole::HttpClient;

use crate::{say, system};
pub(crate) use args::LoadArgs;
use args::{End, Plan};
use child::EmbeddedServer;
use report::Report;
use run::Event;

const USAGE: ExitCode = ExitCode::SUCCESS;

pub(crate) fn main(args: &LoadArgs) -> ExitCode {
    match load(args) {
        Ok(code) => code,
        Err(Failed::Usage(why)) => {
            say::error(format_args!("{why}"));
            ExitCode::from(2)
        }
        Err(Failed::Start(why)) => {
            say::error(format_args!("{why}"));
            ExitCode::FAILURE
        }
    }
}

enum Failed {
    /// What was asked for makes no sense; nothing was sent.
    Usage(String),
    Start(String),
}

fn load(args: &LoadArgs) -> Result<ExitCode, Failed> {
    let start = |what: &str, error: &dyn std::fmt::Display| Failed::Start(format!("{what}: {error}"));
    let (sender, events) = mpsc::channel();
    let interrupted = sender.clone();
    interrupt::on_interrupt(move || drop(interrupted.send(Event::Interrupted)))
        .map_err(|error| start("cannot wait for signals", &error))?;

    let plan = args.plan(args.url.clone().unwrap_or_default()).map_err(Failed::Usage)?;
    system::raise_descriptor_limit();
    let runtime = system::start_runtime(args.workers.map(usize::from), plan.connections)
        .map_err(|error| start("cannot start the runtime", &error))?;
    let client = client(&plan)?;
    check(&plan, &client)?;

    let server = match args.url {
        Some(_) => None,
        None => Some(EmbeddedServer::start(args.workers).map_err(|error| start("cannot start the embedded server", &error))?),
    };
    let plan = match &server {
        Some(server) => Plan { url: server.url().to_owned(), ..plan },
        None => plan,
    };
    let mut progress = Progress::new(&plan, !args.no_tui && io::stderr().is_terminal());
    let outcome = run::run(plan.clone(), client, (sender, &events), |elapsed, answers, errors| {
        progress.show(elapsed, answers, errors);
    });
    progress.clear();
    let outcome = outcome.map_err(|error| start("cannot start all connections", &error))?;
    let report = Report::new(&plan, &outcome, runtime.workers(), server.is_some());
    let printed = if args.json {
        say::line(format_args!("{}", report.to_json()))
    } else {
        say::line(format_args!("{}", text::render(&report, say::is_coloured(&io::stdout()))))
    };
    printed.map_err(|error| start("cannot write the report", &error))?;
    Ok(if report.answers > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
