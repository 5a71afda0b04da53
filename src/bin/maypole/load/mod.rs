//! `maypole load`: the load generator.
//!
//! ```text
//!   args ── plan ──▶ run: maypole::load::Load ── stats ──▶ report ──▶ text | JSON | page
//!                     ▲                   └─ ticks ──▶ progress, csv
//!  child ── url ── target   interrupt ── ends it early
//! ```

mod args;
mod child;
mod compare;
mod csv;
mod facts;
mod page;
mod paint;
mod progress;
mod report;
mod run;
mod target;
mod text;
mod threshold;
pub(crate) mod units;

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

use maypole::HttpClient;
use maypole::load::Tick;
use maypole::load::export::{Point, Report};
use maypole::net::TlsConfig;
use maypole::rt::CancelToken;

use crate::{get, interrupt, say, system};
pub(crate) use args::LoadArgs;
use args::Plan;
use child::EmbeddedServer;
use csv::Csv;
use page::PageFile;
use paint::Paint;
use progress::Progress;
use target::Target;

pub(crate) fn main(args: &LoadArgs) -> ExitCode {
    let done = if args.compare.is_empty() { load(args) } else { compare(args) };
    match done {
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

/// The exit code when a threshold was crossed.
const CROSSED: u8 = 3;

enum Failed {
    /// What was asked for makes no sense; nothing was sent.
    Usage(String),
    Start(String),
}

fn load(args: &LoadArgs) -> Result<ExitCode, Failed> {
    let plan = args.plan().map_err(Failed::Usage)?;
    // The address of the embedded server is not known yet, but everything else can be checked now.
    target::check(&plan, plan.url.as_deref().unwrap_or("http://127.0.0.1/")).map_err(usage)?;
    let client = client(args, &plan)?;
    let table = match &args.csv {
        Some(path) => Some((path, Csv::create(path).map_err(|error| unwritten(path, error))?)),
        None => None,
    };
    let page = page_file(args)?;

    let interrupted = CancelToken::new();
    let firing = interrupted.clone();
    interrupt::on_interrupt(move || firing.cancel()).map_err(|error| start("cannot wait for signals", &error))?;
    system::raise_descriptor_limit();
    let runtime = system::start_runtime(Some(args.workers().into()), plan.connections)
        .map_err(|error| start("cannot start the runtime", &error))?;
    let server = match plan.url {
        Some(_) => None,
        None => Some(
            EmbeddedServer::start(args.workers()).map_err(|error| start("cannot start the embedded server", &error))?,
        ),
    };
    let url = server.as_ref().map(EmbeddedServer::url).or(plan.url.as_deref()).unwrap_or_default().to_owned();
    let target = Target::new(&plan, target::check(&plan, &url).map_err(usage)?, client.clone());

    let mut progress = Progress::new(plan.end, !args.no_tui && io::stderr().is_terminal());
    let rows = table.as_ref().map(|(_, rows)| rows.clone());
    let on_second = move |tick: &Tick, point: &Point| {
        progress.show(tick);
        rows.iter().for_each(|rows| rows.row(point));
    };
    let outcome = run::run(&plan, target, &client, &interrupted, on_second)
        .map_err(|error| start("cannot start all connections", &error))?;
    let report = facts::add(report::report(&plan, &url, &outcome, runtime.workers()));
    let printed = if args.json {
        say::line(format_args!("{}", report.to_json()))
    } else {
        say::line(format_args!("{}", text::render(&report, Paint(say::is_coloured(&io::stdout())))))
    };
    printed.map_err(|error| start("cannot write the report", &error))?;
    if let Some((path, table)) = table {
        table.end().map_err(|error| unwritten(path, error))?;
    }
    if let Some((path, page)) = page {
        page.write(&report.to_html()).map_err(|error| unwritten(path, error))?;
    }
    Ok(code(&report))
}

fn code(report: &Report) -> ExitCode {
    match report.answers {
        0 => ExitCode::FAILURE,
        _ if report.thresholds.iter().all(|verdict| verdict.held) => ExitCode::SUCCESS,
        _ => ExitCode::from(CROSSED),
    }
}

fn compare(args: &LoadArgs) -> Result<ExitCode, Failed> {
    let comparison = compare::read(&args.compare).map_err(Failed::Start)?;
    let page = page_file(args)?;
    let printed = if args.json {
        say::line(format_args!("{}", comparison.to_json()))
    } else {
        say::line(format_args!("{}", compare::render(&comparison, Paint(say::is_coloured(&io::stdout())))))
    };
    printed.map_err(|error| start("cannot write the comparison", &error))?;
    if let Some((path, page)) = page {
        page.write(&comparison.to_html()).map_err(|error| unwritten(path, error))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn page_file(args: &LoadArgs) -> Result<Option<(&Path, PageFile)>, Failed> {
    let Some(path) = &args.html else { return Ok(None) };
    Ok(Some((path, PageFile::create(path).map_err(|error| unwritten(path, error))?)))
}

fn unwritten(path: &Path, error: io::Error) -> Failed {
    start(&format!("cannot write {}", path.display()), &error)
}

fn start(what: &str, error: &dyn std::fmt::Display) -> Failed {
    Failed::Start(format!("{what}: {error}"))
}

fn usage(error: maypole::Error) -> Failed {
    Failed::Usage(error.to_string())
}

/// One client for all connections, which are as many as its pool holds.
fn client(args: &LoadArgs, plan: &Plan) -> Result<HttpClient, Failed> {
    let mut builder = HttpClient::builder().decode(false).max_per_host(plan.connections).timeout(plan.timeout);
    builder = get::elsewhere(builder, &args.resolve, &args.connect_to, args.unix_socket.as_deref());
    for (name, value) in &plan.headers {
        builder = builder.default_header(name, value);
    }
    if plan.insecure {
        let tls = TlsConfig::builder().danger_accept_invalid_certs(true).danger_accept_invalid_hostnames(true);
        builder = builder.tls(tls.build().map_err(usage)?);
    }
    builder.build().map_err(usage)
}
