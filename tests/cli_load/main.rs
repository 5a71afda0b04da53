//! `maypole load`: what it counts, how it ends, what it says of bad input, and what it leaves behind.
#![cfg(feature = "cli")]

#[path = "../cli_support/mod.rs"]
mod cli_support;
mod counts;
mod limits;
mod live;
mod mix;
mod open;
mod saved;
#[path = "../peer/mod.rs"]
mod scripted;
mod site;
mod stops;
mod terminal;
mod usage;
mod ways;

use cli_support::run;
use serde_json::Value;

/// The exit code and the report of a run.
fn json(arguments: &[&str]) -> (i32, Value) {
    let ran = run(["load", "--json"].iter().chain(arguments));
    let report = serde_json::from_slice(&ran.out).unwrap_or_else(|error| panic!("{error}: {} {}", ran.text(), ran.err));
    (ran.code, report)
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}
