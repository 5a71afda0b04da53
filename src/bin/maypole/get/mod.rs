//! `maypole get` and its kin: one request per URL, with curl's flags, output and exit codes.
//!
//! ```text
//!   args ─▶ plan: URLs, bodies, targets ─▶ client ─┐
//!                                                  ├─▶ transfer, one URL after the other ─▶ output, write_out
//!                    request: what goes out ───────┘     ▲ │                             └▶ exit
//!                    trace: what the wire shows ─────────┘ └▶ retry, resume: once more, or the rest
//! ```
//!
//! It runs on the main thread and not on a coroutine: one request at a time gains nothing from one, writing to a pipe
//! may block, which a worker must not, and the client works from a plain thread as well.

mod args;
mod client;
mod cookies;
mod data;
mod disposition;
mod exit;
mod facts;
mod failure;
mod form;
mod head;
mod login;
mod output;
mod plan;
mod request;
mod resume;
mod retry;
mod sse;
mod trace;
mod transfer;
mod values;
mod verbose;
mod write_out;

use std::process::ExitCode;

use clap::{ArgMatches, Command};
use maypole::Url;
use maypole::client::{ClientBuilder, HarRecorder};

use crate::{say, system};
use args::GetArgs;
pub(crate) use args::{LoginArgs, ProxyArgs};
pub(crate) use client::elsewhere;
use exit::Code;
use failure::Failure;
use plan::Plan;
use transfer::Session;
pub(crate) use values::{Resolve, resolve};

/// The subcommands that are requests.
pub(crate) const COMMANDS: [&str; 7] = ["get", "head", "post", "put", "patch", "delete", "options"];

/// The subcommand called `name`, one of [`COMMANDS`].
pub(crate) fn command(name: &'static str) -> Command {
    let about = match name {
        "get" => "Send a request with curl's flags, print the body",
        "head" => "Ask for the head only and print it",
        "post" => "get with method POST",
        "put" => "get with method PUT",
        "patch" => "get with method PATCH",
        "delete" => "get with method DELETE",
        _ => "get with method OPTIONS",
    };
    let help = format!("{}\n\n{}\n\n{}", args::FORM_HELP, write_out::HELP, exit::HELP);
    args::on(Command::new(name)).about(about).after_help(help)
}

/// Runs the subcommand `name`.
pub(crate) fn main(name: &str, matches: &ArgMatches) -> ExitCode {
    let args: GetArgs = crate::parsed(matches);
    let preset = (name != "get").then(|| name.to_ascii_uppercase());
    let errors = Errors { shown: !args.output.silent || args.output.show_error, with_causes: args.output.verbose };
    let code = run(preset.as_deref(), &args, matches, errors).unwrap_or_else(|failure| errors.report(&failure));
    ExitCode::from(code.0)
}

/// curl's exit code for an error of the client.
pub(crate) fn exit_code(error: &maypole::Error) -> u8 {
    exit::Code::of(error).0
}

/// What `-x`, `-u`, `-b`, `-n` and their kin make of a client; `urls` are those that it will be asked for.
pub(crate) fn with_flags(
    mut builder: ClientBuilder,
    proxy: &ProxyArgs,
    login: &LoginArgs,
    urls: &[&Url],
) -> Result<ClientBuilder, String> {
    let said = |failure: Failure| failure.message;
    if let Some(proxies) = client::proxies(proxy).map_err(said)? {
        builder = builder.proxies(proxies);
    }
    if let Some(auth) = login::auth(login).map_err(said)? {
        builder = builder.auth(auth);
    }
    if let Some(netrc) = login::netrc(login).map_err(said)? {
        builder = builder.netrc(netrc);
    }
    if let Some(jar) = cookies::open(login, urls).map_err(said)? {
        builder = builder.cookie_jar(jar);
    }
    match cookies::line(login) {
        Some(line) => Ok(builder.default_header("Cookie", line)),
        None => Ok(builder),
    }
}

/// How failures are told.
#[derive(Clone, Copy)]
struct Errors {
    shown: bool,
    with_causes: bool,
}

impl Errors {
    fn report(self, failure: &Failure) -> Code {
        if self.shown {
            say::error(format_args!("{failure}"));
            if self.with_causes {
                failure.causes.iter().for_each(|cause| say::error(format_args!("  caused by: {cause}")));
            }
        }
        failure.code
    }
}

/// All URLs in turn; the last one's code counts, as in curl.
fn run(preset: Option<&str>, args: &GetArgs, matches: &ArgMatches, errors: Errors) -> Result<Code, Failure> {
    let plan = Plan::new(preset, args, matches)?;
    // One coroutine thread for what the client needs beside this one; it starts in less than a millisecond.
    system::start_runtime(Some(1), 8).map_err(|error| Failure::usage(error.to_string()))?;
    let urls: Vec<_> = plan.transfers.iter().map(|transfer| &transfer.url).collect();
    let jar = cookies::open(&args.login, &urls)?;
    let recorder = args.own.har.as_ref().map(|_| HarRecorder::new());
    let client = client::build(args, &plan, jar.as_ref(), recorder.as_ref())?;
    let session = Session::new(args, &plan, &client)?;
    let mut code = Code::DONE;
    for (number, transfer) in plan.transfers.iter().enumerate() {
        code = match session.transfer(number, transfer) {
            Ok(()) => Code::DONE,
            Err(failure) => errors.report(&failure),
        };
    }
    session.save_cookies(jar.as_ref());
    if let (Some(path), Some(recorder)) = (&args.own.har, &recorder) {
        recorder.save(path).map_err(|error| Failure { code: Code::WRITE, ..Failure::from(error) })?;
    }
    Ok(code)
}
