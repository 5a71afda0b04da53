//! The command line. It sees only what the crate shows to everybody.
//!
//! `load`, `serve`, `get`, `download` and `fetch` are folders of their own; this file only picks one.

mod clock;
mod complete;
mod download;
mod fetch;
mod get;
mod interrupt;
mod lines;
mod load;
mod say;
mod serve;
mod sizes;
mod system;

use std::process::ExitCode;

use clap::{ArgMatches, Args, Command, FromArgMatches};

const EXAMPLES: &str = "\
Examples:
  maypole load                                load the embedded server
  maypole load -c 200 -n 100000 http://h/     load your own
  maypole serve --listen 127.0.0.1:8080       a server to try things on
  maypole get -i http://h/path                head and body to standard output
  maypole get -L -u me -o FILE http://h/      follow redirects, log in, to a file
  maypole post -F part=@FILE http://h/        a form with a file
  maypole head http://h/                      the head only
  maypole post --json '{\"a\":1}' http://h/     JSON there, the answer here
  maypole put -T FILE http://h/               upload a file
  maypole patch -d @FILE http://h/            send a form from a file
  maypole delete http://h/item                delete
  maypole options -i http://h/                ask what is allowed
  maypole download -x 4 http://h/large.iso    a file, over four connections
  maypole fetch urls.txt > results.jsonl      a list of URLs, JSON lines out

Exit codes are curl's for get and its kin, see `maypole get --help`; 2 is a
usage error. NO_COLOR switches colours off.";

fn command() -> Command {
    let mut command = Command::new("maypole")
        .version(env!("CARGO_PKG_VERSION"))
        .about("HTTP for thousands of coroutines: load, a small server, requests with curl's flags, downloads, lists of URLs")
        .after_help(EXAMPLES)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(load::LoadArgs::augment_args(Command::new("load")))
        .subcommand(download::DownloadArgs::augment_args(Command::new("download")))
        .subcommand(fetch::FetchArgs::augment_args(Command::new("fetch")))
        .subcommand(complete::CompletionsArgs::augment_args(Command::new("completions")))
        .subcommand(complete::ManArgs::augment_args(Command::new("man")))
        .subcommand(serve::ServeArgs::augment_args(Command::new("serve")));
    for method in get::COMMANDS {
        command = command.subcommand(get::command(method));
    }
    command
}

fn main() -> ExitCode {
    let matches = command().get_matches();
    match matches.subcommand() {
        Some(("load", matches)) => load::main(&parsed(matches)),
        Some(("serve", matches)) => serve::main(&parsed(matches)),
        Some(("download", matches)) => download::main(&parsed(matches)),
        Some(("fetch", matches)) => fetch::main(&parsed(matches)),
        Some(("completions", matches)) => complete::completions(&parsed(matches), command()),
        Some(("man", matches)) => complete::man(&parsed(matches), command()),
        Some((method, matches)) => get::main(method, matches),
        None => ExitCode::from(2),
    }
}

fn parsed<A: FromArgMatches>(matches: &ArgMatches) -> A {
    A::from_arg_matches(matches).unwrap_or_else(|error| error.exit())
}
