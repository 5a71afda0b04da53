//! What curl does not have.

use std::path::PathBuf;

use clap::Args;

#[derive(Args, Debug)]
#[command(next_help_heading = "Not in curl")]
pub(crate) struct OwnArgs {
    /// Keep answers in this directory, up to 256 MiB, and answer with them as RFC 9111 allows.
    #[arg(long, value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,
    /// Record all requests and answers in this file, as HAR 1.2; values of credentials and cookies are left out.
    #[arg(long, value_name = "FILE")]
    pub(crate) har: Option<PathBuf>,
    /// Ask for server-sent events, and print each one as it comes, as a line of JSON.
    #[arg(long, conflicts_with_all = ["follow_lines", "head", "include"])]
    pub(crate) sse: bool,
    /// Write each line when it is complete.
    #[arg(long)]
    pub(crate) follow_lines: bool,
}
