//! Where the answer goes, and how much of it.

use std::path::PathBuf;

use clap::{ArgAction, Args};

use super::super::values;

#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Print every response head as received before the body: interim, redirect and proxy ones too.
    #[arg(short = 'i', long, visible_alias = "show-headers")]
    pub(crate) include: bool,
    /// Write the response heads to a file, `-` standard output.
    #[arg(short = 'D', long, value_name = "FILE")]
    pub(crate) dump_header: Option<PathBuf>,
    /// Write the body to a file, `-` standard output; n-th for the n-th URL.
    #[arg(short = 'o', long, value_name = "FILE")]
    pub(crate) output: Vec<PathBuf>,
    /// Write the body to a file named like the last part of the URL; counted together with -o.
    #[arg(short = 'O', long, action = ArgAction::Append, num_args = 0, default_missing_value = "true")]
    pub(crate) remote_name: Vec<bool>,
    /// With -O: take the name that the server gives in Content-Disposition; a file that is there is never replaced.
    #[arg(short = 'J', long)]
    pub(crate) remote_header_name: bool,
    /// Set the file's time to Last-Modified.
    #[arg(short = 'R', long)]
    pub(crate) remote_time: bool,
    /// Go on at this byte of the file, `-` at its end: the rest is asked for and appended.
    #[arg(short = 'C', long, value_name = "OFFSET", value_parser = values::offset)]
    pub(crate) continue_at: Option<values::Offset>,
    /// Create the directories of -o.
    #[arg(long)]
    pub(crate) create_dirs: bool,
    /// No error messages.
    #[arg(short = 's', long)]
    pub(crate) silent: bool,
    /// Error messages even with -s.
    #[arg(short = 'S', long)]
    pub(crate) show_error: bool,
    /// Show all heads on standard error, credentials hidden, and the causes of errors.
    #[arg(short = 'v', long)]
    pub(crate) verbose: bool,
    /// Print this after each transfer; `@FILE` reads it from a file, `@-` standard input. See below.
    #[arg(short = 'w', long, value_name = "FORMAT")]
    pub(crate) write_out: Option<String>,
    /// A status of 400 or more is an error (22), its body is not written.
    #[arg(short = 'f', long, conflicts_with = "fail_with_body")]
    pub(crate) fail: bool,
    /// A status of 400 or more is an error (22), its body is written.
    #[arg(long)]
    pub(crate) fail_with_body: bool,
    /// Write what arrives at once, as to a terminal; otherwise in pieces of 64 KiB.
    #[arg(short = 'N', long)]
    pub(crate) no_buffer: bool,
    /// Give up (63) on a body of more bytes; K, M and G are binary units [default: no limit]
    #[arg(long, value_name = "BYTES", value_parser = values::bytes)]
    pub(crate) max_filesize: Option<u64>,
}
