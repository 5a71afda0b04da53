//! The flags of `load`, as typed and as meant.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use clap::Args;

use super::threshold::{self, Threshold};
use super::units::parse_duration;
use crate::get::{Resolve, resolve};

const AFTER_HELP: &str = "\
TIME is 500ms, 10s, 1.5m or 2h; a bare number is seconds.

Without URL the embedded server is started in a child process on a free loopback
port, and its / is loaded. Each connection is a coroutine that sends its next
request when the answer to the last one is complete (closed model). Latency is
from sending the request to the last byte of the body. Ctrl-C ends the run with
the report of what was done.

With -q requests have a time at which they are to begin, whatever the server
does (open model), and latency is from that time, so that a server that stalls
is seen by all who would have asked meanwhile. -c is then how many may be in
flight at once. The report also has the service time, from sending on, what was
dropped (not begun at the end of the run), what began more than 1 ms late
because all connections were in use, and how late this side's timer was.

--json saves a run whole, with its seconds, curves and circumstances, for
--compare. The values of headers and bodies are not in it, nor on the page.

Exit codes: 0 done, 1 no request was answered or the run could not start, 2
usage, 3 a threshold was crossed. A status of 400 or more is an answer, not an
error.";

/// What has no meaning beside --compare.
const MAKES_A_RUN: [&str; 21] = [
    "url",
    "connections",
    "requests",
    "duration",
    "rate",
    "ramp_up",
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
#[command(after_help = AFTER_HELP)]
pub(crate) struct LoadArgs {
    /// What to load [default: / of the embedded server]
    pub(super) url: Option<String>,
    /// Connections, each with one request in flight.
    #[arg(short, long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=30_000))]
    pub(super) connections: u32,
    /// Stop after so many requests [default: no limit]
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "duration")]
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
    /// Load for so long before the run; what begins then is not counted [default: none]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(super) warm_up: Option<Duration>,
    /// The run is to stay within it: `p99=50ms` (any percentile), `mean=`, `max=` or `errors=0.1%`; may be repeated.
    /// Exit code 3 if it did not.
    #[arg(long = "latency-threshold", value_name = "LIMIT", value_parser = threshold::parse)]
    thresholds: Vec<Threshold>,
    /// Request method [default: GET, or POST with -d or -D]
    #[arg(short, long, value_name = "METHOD")]
    pub(super) method: Option<String>,
    /// Request header as `Name: value`, may be repeated.
    #[arg(short = 'H', long = "header", value_name = "HEADER", value_parser = parse_header)]
    pub(super) headers: Vec<(String, String)>,
    /// Request body.
    #[arg(short = 'd', long, value_name = "TEXT", conflicts_with = "data_file")]
    pub(super) data: Option<String>,
    /// Request body from a file, read once.
    #[arg(short = 'D', long, value_name = "FILE")]
    pub(super) data_file: Option<PathBuf>,
    /// Content-Type of the body [default: application/octet-stream with -d or -D]
    #[arg(short = 'T', long, value_name = "TYPE")]
    pub(super) content_type: Option<String>,
    /// Time limit of one request, from its start to its last byte.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_duration)]
    pub(super) timeout: Duration,
    /// Threads that run the coroutines, here and in the embedded server [default: half of the cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=128))]
    workers: Option<u16>,
    /// No progress line while it runs, even on a terminal.
    #[arg(long)]
    pub(super) no_tui: bool,
    /// The report as one JSON object, with units in the names.
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
    #[arg(long, value_name = "ENTRY", value_parser = resolve, requires = "url")]
    pub(super) resolve: Vec<Resolve>,
    /// Connect elsewhere: `HOST1:PORT1:HOST2:PORT2`; empty ones are any, or stay as they are; may be repeated.
    #[arg(long, value_name = "RULE", requires = "url")]
    pub(super) connect_to: Vec<String>,
    /// Connect to a Unix socket instead.
    #[arg(long, value_name = "PATH", requires = "url")]
    pub(super) unix_socket: Option<PathBuf>,
    /// Accept any certificate.
    #[arg(long)]
    pub(super) insecure: bool,
}

/// The open model: when requests begin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pace {
    /// Per second.
    pub(super) rate: f64,
    /// From nothing to the rate, from the start of the warm-up on.
    pub(super) ramp_up: Option<Duration>,
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
    /// `None` is the embedded server.
    pub(super) url: Option<String>,
    pub(super) method: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<Bytes>,
    pub(super) connections: usize,
    pub(super) end: End,
    /// `None` is the closed model.
    pub(super) pace: Option<Pace>,
    pub(super) warm_up: Duration,
    pub(super) thresholds: Vec<Threshold>,
    pub(super) timeout: Duration,
    pub(super) insecure: bool,
}

impl LoadArgs {
    /// Half of the cores unless told: the other half is the server's, and with more threads than cores both would
    /// wait for each other (measured on two cores: 69,000 requests per second with two workers on each side, 124,000
    /// with one).
    pub(super) fn workers(&self) -> u16 {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        self.workers.unwrap_or((cores / 2).clamp(1, 128) as u16)
    }

    /// What the flags amount to; the body file is read here, before anything is sent.
    pub(super) fn plan(&self) -> Result<Plan, String> {
        let body = match (&self.data, &self.data_file) {
            (Some(text), _) => Some(Bytes::from(text.clone())),
            (None, Some(path)) => Some(read(path)?),
            (None, None) => None,
        };
        let mut headers = self.headers.clone();
        let has_type = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        match (&self.content_type, &body) {
            (Some(_), _) if has_type => return Err("-T and -H both give a Content-Type".into()),
            (Some(content_type), _) => headers.push(("Content-Type".into(), content_type.clone())),
            (None, Some(_)) if !has_type => headers.push(("Content-Type".into(), "application/octet-stream".into())),
            _ => {}
        }
        let method = self.method.clone().unwrap_or_else(|| if body.is_some() { "POST" } else { "GET" }.into());
        let end = match (self.requests, self.duration) {
            (Some(n), _) => End::Requests(n),
            (None, time) => End::Duration(time.unwrap_or(Duration::from_secs(10))),
        };
        let connections = match end {
            // More of them would find nothing to do.
            End::Requests(n) => n.min(self.connections.into()) as usize,
            End::Duration(_) => self.connections as usize,
        };
        let url = self.url.as_ref().map(|url| if url.contains("://") { url.clone() } else { format!("http://{url}") });
        let pace = self.rate.map(|rate| Pace { rate, ramp_up: self.ramp_up });
        let warm_up = self.warm_up.unwrap_or_default();
        if let (End::Duration(time), Some(ramp_up)) = (end, self.ramp_up)
            && ramp_up > time.saturating_add(warm_up)
        {
            return Err("--ramp-up is longer than the run: -q would not be reached".into());
        }
        let (thresholds, timeout, insecure) = (self.thresholds.clone(), self.timeout, self.insecure);
        Ok(Plan { url, method, headers, body, connections, end, pace, warm_up, thresholds, timeout, insecure })
    }
}

fn read(path: &Path) -> Result<Bytes, String> {
    std::fs::read(path).map(Bytes::from).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

fn parse_rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if (1e-3..=1e7).contains(&rate) => Ok(rate),
        Ok(_) => Err("it is not between 0.001 and 10,000,000 per second".into()),
        Err(_) => Err("it is not a number of requests per second".into()),
    }
}

fn parse_header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("it has no colon; write it as `Name: value`")?;
    if name.trim().is_empty() {
        return Err("it has no name; write it as `Name: value`".into());
    }
    Ok((name.trim().to_owned(), value.trim().to_owned()))
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
