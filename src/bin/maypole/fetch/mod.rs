//! `maypole fetch`: many URLs in, a line of JSON for each out.
//!
//! ```text
//!   input ─▶ feeder ─▶ frontier: to do, done, on disk with --state ─▶ queue, limits, client
//!    lines    │room        ▲                                            │
//!             └────────────┼──── handler: waits until it is written ◀───┘
//!                          │                   │
//!   Ctrl-C, bounds ─▶ control            output: writer ─▶ files · standard output
//!                                              └▶ view: board ─▶ live, plain, summary
//! ```

mod args;
mod client;
mod control;
mod drive;
mod exit;
mod feeder;
mod input;
mod limits;
mod open;
mod output;
mod room;
mod run;
mod state;
mod teller;
mod values;
mod view;
mod work;

use std::process::ExitCode;

use crate::say;
pub(crate) use args::FetchArgs;

pub(crate) fn main(args: &FetchArgs) -> ExitCode {
    match run::run(args) {
        Ok(code) => ExitCode::from(code),
        Err((code, why)) => {
            say::error(format_args!("{why}"));
            ExitCode::from(code)
        }
    }
}
