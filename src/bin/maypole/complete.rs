//! Completions for shells and pages for `man`, made of the same description that parses the flags.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

use crate::say;

const COMPLETIONS_HELP: &str = "\
To install them:
  maypole completions bash > ~/.local/share/bash-completion/completions/maypole
  maypole completions zsh > DIR/_maypole         with DIR in $fpath
  maypole completions fish > ~/.config/fish/completions/maypole.fish";

/// Print the completions for a shell.
#[derive(Args, Debug)]
#[command(after_help = COMPLETIONS_HELP)]
pub(crate) struct CompletionsArgs {
    /// Which shell.
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Print the manual page of a command.
#[derive(Args, Debug)]
#[command(after_help = "To read one: maypole man download | man -l -")]
pub(crate) struct ManArgs {
    /// Which command [default: maypole itself]
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
    /// Write the pages of all commands into a directory instead: maypole.1, maypole-get.1 and so on.
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    dir: Option<PathBuf>,
}

pub(crate) fn completions(args: &CompletionsArgs, mut command: Command) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "maypole", &mut script);
    print(&script)
}

pub(crate) fn man(args: &ManArgs, mut command: Command) -> ExitCode {
    if let Some(dir) = &args.dir {
        return match std::fs::create_dir_all(dir).and_then(|()| clap_mangen::generate_to(command, dir)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&format!("cannot write to {}: {error}", dir.display()), 23),
        };
    }
    // Names `maypole get` instead of `get`, and gives each command what all have.
    command.build();
    let page = match &args.command {
        None => Some(command),
        Some(name) => {
            command.find_subcommand(name).cloned().map(|page| page.name(format!("maypole-{name}").leak() as &str))
        }
    };
    let Some(page) = page else {
        return failed(&format!("there is no command {:?}", args.command.as_deref().unwrap_or_default()), 2);
    };
    let mut text = Vec::new();
    match clap_mangen::Man::new(page).render(&mut text) {
        Ok(()) => print(&text),
        Err(error) => failed(&error.to_string(), 23),
    }
}

fn print(text: &[u8]) -> ExitCode {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&format!("cannot write to standard output: {error}"), 23),
    }
}

fn failed(why: &str, code: u8) -> ExitCode {
    say::error(format_args!("{why}"));
    ExitCode::from(code)
}
