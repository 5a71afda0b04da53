//! The flags of `load`, as typed and as meant.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use maypole::load::Stage;

use super::help::AFTER_HELP;
use super::mix::{Defaults, Entry};
use super::pace::{Pace, parse_stage};
use super::threshold::{self, Threshold};
use super::units::{parse_duration, parse_rate, whole};
use super::values::{parse_body, parse_header, parse_type};
use crate::get::{Resolve, resolve};

/// What has no meaning beside --compare.
const MAKES_A_RUN: [&str; 25] = [
    "urls",
    "urls_from",
    "seed",
    "connections",
    "requests",
    "duration",
    "rate",
    "ramp_up",
    "stages",
    "max_late",
    "warm_up",
    "thresholds",
    "method",
    "headers",
    "data",
    "data_file",
    "content_type",
    "timeout",
    "workers",
    "no_tui",
    "csv",
    "resolve",
    "connect_to",
    "unix_socket",
    "insecure",
];

/// Load a server with many connections at once and report what it did.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP, allow_negative_numbers = true)]
pub(crate) struct LoadArgs {
    /// What to load; several are asked in turn [default: / of the embedded server]
    #[arg(value_name = "URL", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(super) urls: Vec<String>,
    /// The requests to send, from a file or - for standard input; see below. URL is then put before those that are paths.
    #[arg(long, value_name = "FILE", alias = "urls-from-file")]
    pub(super) urls_from: Option<PathBuf>,
    /// Random values and weights are a function of it and of the number of the request [default: a new one, which the
    /// report names]
    #[arg(long, value_name = "N", value_parser = whole::<u64>(0..=u64::MAX))]
    pub(super) seed: Option<u64>,
    /// Connections, each with one request in flight.
    #[arg(short, long, value_name = "N", default_value_t = 50, value_parser = whole::<u32>(1..=30_000))]
    pub(super) connections: u32,
    /// Stop after so many requests; not beside -z [default: no limit]
    #[arg(short = 'n', long, value_name = "N", value_parser = whole::<u64>(1..=u64::MAX), conflicts_with = "duration")]
    pub(super) requests: Option<u64>,
    /// Stop after this time; requests in flight are then not counted [default: 10s unless -n]
    #[arg(short = 'z', long, value_name = "TIME", value_parser = parse_duration)]
    pub(super) duration: Option<Duration>,
    /// So many requests per second begin, evenly spaced (open model) [default: each connection as fast as it can]
    #[arg(short = 'q', long, value_name = "N", value_parser = parse_rate)]
    pub(super) rate: Option<f64>,
    /// The rate grows evenly from nothing to -q within this time, counted from the start of the warm-up.
    #[arg(long, value_name = "TIME", value_parser = parse_duration, requires = "rate")]
    pub(super) ramp_up: Option<Duration>,
    /// Within TIME the rate grows or falls evenly to RATE, from -q or nothing or the stage before; may be repeated. TIME 0
    /// is a jump. Counted from the start of the warm-up; the run is as long as all of them unless -z is later.
    #[arg(long = "stage", value_name = "TIME:RATE", value_parser = parse_stage, conflicts_with_all = ["ramp_up", "requests"])]
    pub(super) stages: Vec<Stage>,
    /// With a rate, drop requests that could not begin within this time after theirs [default: they begin late]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(super) max_late: Option<Duration>,
    /// Load for so long before the run; what begins then is not counted [default: none]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(super) warm_up: Option<Duration>,
    /// The run is to stay within it: `p99=50ms` (any percentile), `mean=`, `max=`, `errors=0.1%` or `failed=1%`, see below;
    /// may be repeated. Exit code 3 if it did not.
    #[arg(long = "latency-threshold", value_name = "LIMIT", value_parser = threshold::parse)]
    pub(super) thresholds: Vec<Threshold>,
    /// Request method [default: GET, or POST with -d or -D]
    #[arg(short, long, value_name = "METHOD")]
    pub(super) method: Option<String>,
    /// Request header as `Name: value`, may be repeated.
    #[arg(short = 'H', long = "header", value_name = "HEADER", value_parser = parse_header)]
    pub(super) headers: Vec<(String, String)>,
    /// Request body, as it is typed.
    #[arg(short = 'd', long, value_name = "TEXT", value_parser = parse_body, conflicts_with = "data_file")]
    pub(super) data: Option<String>,
    /// Request body from a file, read once.
    #[arg(short = 'D', long, value_name = "FILE")]
    pub(super) data_file: Option<PathBuf>,
    /// Content-Type of the body [default: application/octet-stream with -d or -D]
    #[arg(short = 'T', long, value_name = "TYPE", value_parser = parse_type)]
    pub(super) content_type: Option<String>,
    /// Time limit of one request, from its start to its last byte.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_duration)]
    pub(super) timeout: Duration,
    /// Threads that run the coroutines, here and in the embedded server [default: half of the cores]
    #[arg(long, value_name = "N", value_parser = whole::<u16>(1..=128))]
    pub(super) workers: Option<u16>,
    /// Say nothing while it runs: no live view on a terminal, no lines elsewhere.
    #[arg(long)]
    pub(super) no_tui: bool,
    /// The report as one JSON object on standard output, with units in the names.
    #[arg(long)]
    pub(super) json: bool,
    /// A row of figures per second to this file, as the run goes on; its columns are named in its first line.
    #[arg(long, value_name = "FILE")]
    pub(super) csv: Option<PathBuf>,
    /// The run as one page with charts and tables, which needs no network to be read.
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
    /// Compare runs that --json has saved, each with the first, instead of making one; with --json or --html in that form.
    #[arg(long, value_name = "FILE", num_args = 2.., conflicts_with_all = MAKES_A_RUN)]
    pub(super) compare: Vec<PathBuf>,
    /// Use these addresses for a name: `HOST:PORT:ADDR[,ADDR]`, may be repeated.
    #[arg(long, value_name = "ENTRY", value_parser = resolve)]
    pub(super) resolve: Vec<Resolve>,
    /// Connect elsewhere: `HOST1:PORT1:HOST2:PORT2`; empty ones are any, or stay as they are; may be repeated.
    #[arg(long, value_name = "RULE")]
    pub(super) connect_to: Vec<String>,
    /// Connect to a Unix socket instead.
    #[arg(long, value_name = "PATH")]
    pub(super) unix_socket: Option<PathBuf>,
    /// Accept any certificate.
    #[arg(short = 'k', long)]
    pub(super) insecure: bool,
}

/// When a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Requests(u64),
    Duration(Duration),
}

/// What each connection does, and until when.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// One at least.
    pub(super) entries: Vec<Entry>,
    pub(super) defaults: Defaults,
    /// The server of paths, unless it is the embedded one.
    pub(super) base: Option<String>,
    pub(super) is_embedded: bool,
    pub(super) seed: u64,
    /// What is loaded, if not one URL.
    pub(super) title: Option<String>,
    pub(super) connections: usize,
    pub(super) end: End,
    /// `None` is the closed model.
    pub(super) pace: Option<Pace>,
    pub(super) max_late: Option<Duration>,
    pub(super) warm_up: Duration,
    pub(super) thresholds: Vec<Threshold>,
    pub(super) timeout: Duration,
    pub(super) insecure: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_that_is_about_a_run_conflicts_with_compare() {
        let command = LoadArgs::augment_args(clap::Command::new("load"));
        let about_runs = command.get_arguments().map(|argument| argument.get_id().as_str());
        let about_runs = about_runs.filter(|id| !["compare", "json", "html"].contains(id));
        assert_eq!(about_runs.filter(|id| !MAKES_A_RUN.contains(id)).collect::<Vec<_>>(), Vec::<&str>::new());
    }
}
