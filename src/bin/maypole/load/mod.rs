//! `maypole load`: the load generator.
//!
//! ```text
//!   args ── planning, pace ──▶ plan ──▶ run: maypole::load::Load ── stats ──▶ report, entries ──▶ text | JSON | page
//!                                  │       ▲          ├─ ticks ──▶ csv
//!                                  ▼       │          └─ looks ──▶ live
//!                child ── url ──▶ mix ── target   interrupt ── ends it early
//! ```

mod args;
mod child;
mod compare;
mod csv;
mod entries;
mod facts;
mod files;
mod help;
mod live;
mod mix;
mod pace;
mod page;
mod paint;
mod planning;
mod report;
mod run;
mod target;
mod text;
mod threshold;
pub(crate) mod units;
mod values;

use std::io;
use std::path::Path;
use std::process::ExitCode;

use maypole::HttpClient;
use maypole::load::export::{Point, Report};
use maypole::net::TlsConfig;
use maypole::rt::CancelToken;

use crate::{get, interrupt, say, system};
pub(crate) use args::LoadArgs;
use args::Plan;
use child::EmbeddedServer;
use csv::Csv;
use entries::Names;
pub(crate) use live::restore as restore_terminal;
use live::{About, View};
use mix::{Mix, Prepared};
use page::PageFile;
use paint::Paint;
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
    let is_printed = files::report_is_printed(args).map_err(Failed::Usage)?;
    let plan = args.plan().map_err(Failed::Usage)?;
    // The address of the embedded server is not known yet, but everything else can be checked now.
    let mut mix = mix(&plan, plan.base.as_deref().unwrap_or("http://127.0.0.1/"))?;
    let client = client(args, &plan, &mix)?;
    // The page first: what it replaces stays until the end, but the table that was there is gone when it is opened.
    let page = page_file(args)?;
    let table = match &args.csv {
        Some(path) => Some((path, Csv::create(path).map_err(|error| unwritten(path, error))?)),
        None => None,
    };

    let interrupted = CancelToken::new();
    let firing = interrupted.clone();
    let view = View::choose(args.no_tui || files::rows_are_shown(args))
        .map_err(|error| start("cannot wait for signals", &error))?;
    interrupt::on_interrupt(move || firing.cancel()).map_err(|error| start("cannot wait for signals", &error))?;
    system::raise_descriptor_limit();
    let runtime = system::start_runtime(Some(args.workers().into()), plan.connections)
        .map_err(|error| start("cannot start the runtime", &error))?;
    let server = match plan.is_embedded {
        false => None,
        true => Some(
            EmbeddedServer::start(args.workers()).map_err(|error| start("cannot start the embedded server", &error))?,
        ),
    };
    if let Some(server) = &server {
        mix = self::mix(&plan, server.url())?;
    }
    let title = mix.url().map(str::to_owned).or_else(|| plan.title.clone()).unwrap_or_default();
    let names = Names::of(&mix);
    let target = Target::new(mix, client.clone());

    let about = About::new(&plan, &title, runtime.workers());
    let mut opened = view.open(about, &interrupted).map_err(|error| start("cannot draw on the terminal", &error))?;
    let rows = table.as_ref().map(|(_, rows)| rows.clone());
    let on_second = move |point: &Point| rows.iter().for_each(|rows| rows.row(point));
    let on_look = move |now| opened.look(now);
    let outcome = run::run(&plan, target, &client, &interrupted, on_second, on_look)
        .map_err(|error| start("cannot start all connections", &error))?;
    let report = facts::add(names.with(report::report(&plan, &title, &outcome, runtime.workers())));
    let printed = print(is_printed, || match args.json {
        true => report.to_json(),
        false => text::render(&report, Paint(say::is_coloured(&io::stdout()))) + &entries::text(&report),
    });
    // Each is tried, whatever became of the others: the run cannot be had again.
    let paged = page.map_or(Ok(()), |(path, page)| {
        unless_unread(page.write(&report.to_html())).map_err(|error| unwritten(path, error))
    });
    printed.map_err(|error| start("cannot write the report", &error))?;
    if let Some((path, table)) = table {
        unless_unread(table.end()).map_err(|error| unwritten(path, error))?;
    }
    paged?;
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
    let is_printed = files::report_is_printed(args).map_err(Failed::Usage)?;
    let comparison = compare::read(&args.compare).map_err(Failed::Start)?;
    let page = page_file(args)?;
    let printed = print(is_printed, || match args.json {
        true => comparison.to_json(),
        false => compare::render(&comparison, Paint(say::is_coloured(&io::stdout()))),
    });
    printed.map_err(|error| start("cannot write the comparison", &error))?;
    if let Some((path, page)) = page {
        unless_unread(page.write(&comparison.to_html())).map_err(|error| unwritten(path, error))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints a report, unless something else has its place.
fn print(is_printed: bool, text: impl FnOnce() -> String) -> io::Result<()> {
    unless_unread(if is_printed { say::line(format_args!("{}", text())) } else { Ok(()) })
}

/// Whoever has read enough, as `head` has, closes the pipe: that is no failure of the run.
fn unless_unread(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

fn page_file(args: &LoadArgs) -> Result<Option<(&Path, PageFile)>, Failed> {
    let Some(path) = &args.html else { return Ok(None) };
    Ok(Some((path, PageFile::create(path).map_err(|error| unwritten(path, error))?)))
}

fn unwritten(path: &Path, error: io::Error) -> Failed {
    let name = if files::is_standard(path) { "to standard output".to_owned() } else { path.display().to_string() };
    start(&format!("cannot write {name}"), &error)
}

fn start(what: &str, error: &dyn std::fmt::Display) -> Failed {
    Failed::Start(format!("{what}: {error}"))
}

fn usage(error: maypole::Error) -> Failed {
    Failed::Usage(error.to_string())
}

/// The requests, with paths on `base`.
fn mix(plan: &Plan, base: &str) -> Result<Mix, Failed> {
    Mix::new(&plan.entries, &plan.defaults, base, plan.seed).map_err(Failed::Usage)
}

/// One client for all connections, which are as many as its pool holds.
fn client(args: &LoadArgs, plan: &Plan, mix: &Mix) -> Result<HttpClient, Failed> {
    let mut builder = HttpClient::builder().decode(false).max_per_host(plan.connections).timeout(plan.timeout);
    builder = get::elsewhere(builder, &args.resolve, &args.connect_to, args.unix_socket.as_deref());
    for (name, value) in Prepared::client_headers(mix.only(), &plan.defaults) {
        builder = builder.default_header(&name, value);
    }
    if plan.insecure {
        let tls = TlsConfig::builder().danger_accept_invalid_certs(true).danger_accept_invalid_hostnames(true);
        builder = builder.tls(tls.build().map_err(usage)?);
    }
    builder.build().map_err(usage)
}
