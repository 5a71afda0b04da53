//! The flags of `fetch` as typed. What a request has is curl's, as for `get`; what the queue has is said in words.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use maypole::Method;
use maypole::queue::Order;

use super::exit;
use super::values::{self, CacheFor, PrefixLimit};

const AFTER_HELP: &str = "\
Input: a URL a line, or a JSON object a line:
  {\"url\": \"http://h/x\", \"method\": \"POST\", \"headers\": {\"X-A\": \"1\"}, \"json\": {\"a\": 1},
   \"id\": 7, \"priority\": 5, \"meta\": {\"any\": \"thing\"}}
`body` is text, `json` any value; without `method` they are sent by POST. Other
keys are read over, so that lines of the output can be fed in again; what a request
had for headers and body is not in them. Empty lines and those that begin with #
are skipped. A line that is wrong is told with its file, number and reason, and the
others are fetched.

Output: one JSON object for each input, as it ends: id (the number of the line, if
it has none), url, effective_url, method, status, error (kind, phase, text, exit
code), attempts, from_cache, size, content_type, sha256, elapsed_ms, timings_ms
(a value for each phase), path or body, meta. What is not known is null.

SIZE is in bytes; K, M and G are powers of 1,024. N of --rate and --host-rate may
be N/s, N/m, N/h or N/d; a bare number is per second, as for `load`.

With --state a run can be killed at any moment: the same command goes on where it
was, and repeats at most what was in flight. Results should then be appended:
  maypole fetch --state queue.d urls.txt >> results.jsonl

Ctrl-C lets what is running finish; what is queued stays in the state directory,
or is reported as not fetched. A second one ends at once.

Examples:
  maypole fetch urls.txt > results.jsonl
  maypole fetch -c 200 --per-host 4 --retry 2 --fail urls.txt > results.jsonl
  grep -o 'http[^\"]*' page.html | maypole fetch -L --output-dir pages --dedupe
  maypole fetch --limit https://api.h/v1=2 --limit https://api.h=10 --rate 50 urls.txt
  jq -c 'select(.error)' results.jsonl | maypole fetch - > second-try.jsonl
";

/// Fetch many URLs: a list or JSON lines in, JSON lines out.
#[derive(Args, Debug)]
#[command(after_help = format!("{AFTER_HELP}\n{}", exit::HELP))]
pub(crate) struct FetchArgs {
    /// Where the URLs are, `-` standard input [default: standard input, unless that is a terminal]
    #[arg(value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) pace: PaceArgs,
    #[command(flatten)]
    pub(super) request: RequestArgs,
    #[command(flatten)]
    pub(super) results: ResultArgs,
    #[command(flatten)]
    pub(super) run: RunArgs,
}

/// How much at once, and how fast.
#[derive(Args, Debug)]
#[command(next_help_heading = "Pace")]
pub(crate) struct PaceArgs {
    /// Fetches at once.
    #[arg(short = 'c', long, visible_alias = "parallel-max", value_name = "N", default_value_t = 10, value_parser = values::at_least_one)]
    pub(super) concurrency: usize,
    /// Fetches at once of one scheme, host and port [default: no bound of its own]
    #[arg(long, value_name = "N", value_parser = values::at_least_one)]
    pub(super) per_host: Option<usize>,
    /// Fetches begun per second, all together [default: no limit]
    #[arg(long, value_name = "N", value_parser = values::rate)]
    pub(super) rate: Option<f64>,
    /// Fetches begun per second for one host [default: no limit]
    #[arg(long, value_name = "N", value_parser = values::rate)]
    pub(super) host_rate: Option<f64>,
    /// Seconds between the beginnings of two fetches of one host.
    #[arg(long, visible_alias = "wait", value_name = "SEC", value_parser = values::seconds, conflicts_with = "host_rate")]
    pub(super) delay: Option<Duration>,
    /// Make each delay 0.5 to 1.5 times as long, by chance.
    #[arg(long, requires = "delay")]
    pub(super) random_wait: bool,
    /// Fetches at once of URLs below PREFIX, a URL; of several the first that fits counts.
    #[arg(long, value_name = "PREFIX=N", value_parser = values::prefix_limit)]
    pub(super) limit: Vec<PrefixLimit>,
    /// Find the pace of each host from its latency, 429, 503 and Retry-After.
    #[arg(long)]
    pub(super) adaptive: bool,
    /// Obey robots.txt: rules and crawl delay.
    #[arg(long)]
    pub(super) robots: bool,
    /// Who is next: hosts in turn (fair), as they came (fifo), or by chance (random, random:SEED).
    #[arg(long, value_name = "ORDER", default_value = "fair", value_parser = values::order)]
    pub(super) order: Order,
}

/// What a request has.
#[derive(Args, Debug)]
#[command(next_help_heading = "Requests")]
pub(crate) struct RequestArgs {
    /// Method of those that name none themselves.
    #[arg(short = 'X', long, value_name = "METHOD", value_parser = values::method)]
    pub(super) request: Option<Method>,
    /// Header `Name: value`, `Name;` with nothing, `Name:` without a default; those of a line come instead.
    #[arg(short = 'H', long, value_name = "HEADER", value_parser = values::header)]
    pub(super) header: Vec<values::Header>,
    /// User-Agent; with --robots also the name in the rules [default: maypole/VERSION]
    #[arg(short = 'A', long, value_name = "NAME")]
    pub(super) user_agent: Option<String>,
    /// User name and password for the servers; without a colon the password is asked for.
    #[arg(short = 'u', long, value_name = "USER:PASSWORD")]
    pub(super) user: Option<String>,
    /// Cookies to send, `name=value; …`, or a file to read them from; with a file those of answers are kept.
    #[arg(short = 'b', long, value_name = "DATA|FILE")]
    pub(super) cookie: Vec<String>,
    /// Follow redirects.
    #[arg(short = 'L', long)]
    pub(super) location: bool,
    /// Redirects to follow at most, more are an error (47); -1 is no limit.
    #[arg(long, value_name = "N", default_value = "50", allow_hyphen_values = true, value_parser = values::hops)]
    pub(super) max_redirs: u32,
    /// Try again so often after a connection that failed, a timeout, or 408, 425, 429, 500, 502, 503 and 504.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) retry: u32,
    /// Keep answers: a number of seconds whatever servers say, or as they allow (RFC 9111) in this directory; `memory`.
    #[arg(long, value_name = "SEC|DIR", value_parser = values::cache)]
    pub(super) cache: Option<CacheFor>,
    /// Seconds without a byte from the server.
    #[arg(long, value_name = "SEC", default_value = "30", value_parser = values::seconds)]
    pub(super) timeout: Duration,
    /// Seconds for name lookup, for connecting and for the TLS handshake, each.
    #[arg(long, value_name = "SEC", default_value = "5", value_parser = values::seconds)]
    pub(super) connect_timeout: Duration,
    /// Seconds for one try, from its beginning to the last byte; 0 is no limit.
    #[arg(short = 'm', long, value_name = "SEC", default_value = "300", value_parser = values::seconds_or_none)]
    pub(super) max_time: Duration,
    /// Give up a body (63) that is longer than this, 0 is no limit; it is in memory until it is written.
    #[arg(long, visible_alias = "max-filesize", value_name = "SIZE", default_value = "10M", value_parser = values::bytes)]
    pub(super) max_body: u64,
    /// Proxy, as for `get`; '' for none [default: http_proxy, https_proxy, all_proxy]
    #[arg(short = 'x', long, value_name = "PROXY")]
    pub(super) proxy: Option<String>,
    /// Hosts to reach without a proxy, `*` for all [default: no_proxy]
    #[arg(long, value_name = "LIST")]
    pub(super) noproxy: Option<String>,
    /// Accept any certificate.
    #[arg(short = 'k', long)]
    pub(super) insecure: bool,
    /// Trust the certificates in this PEM file and no others [default: Mozilla's]
    #[arg(long, value_name = "FILE")]
    pub(super) cacert: Option<PathBuf>,
}

/// What becomes of the answers.
#[derive(Args, Debug)]
#[command(next_help_heading = "Results")]
pub(crate) struct ResultArgs {
    /// Count a status of 400 and above as failed (22).
    #[arg(short = 'f', long)]
    pub(super) fail: bool,
    /// Store each body as a file in this directory, made if it is missing; its path is in the line.
    #[arg(long, value_name = "DIR")]
    pub(super) output_dir: Option<PathBuf>,
    /// Put each body into its line, as text (what is none as base64) or all as base64.
    #[arg(long, value_name = "HOW", value_enum, conflicts_with = "output_dir")]
    pub(super) body: Option<BodyAs>,
    /// Put the headers of each answer into its line, as response_headers.
    #[arg(long)]
    pub(super) headers: bool,
    /// Digest of each body.
    #[arg(long, value_name = "HOW", value_enum, default_value_t = Hash::Sha256)]
    pub(super) hash: Hash,
}

/// What the run as a whole does.
#[derive(Args, Debug)]
#[command(next_help_heading = "Run")]
pub(crate) struct RunArgs {
    /// Remember in this directory what is to do and what is done, made if it is missing; the same command goes on there.
    #[arg(long, value_name = "DIR")]
    pub(super) state: Option<PathBuf>,
    /// Fetch what is the same request, in canonical form, only once.
    #[arg(long)]
    pub(super) dedupe: bool,
    /// Read all of the input first and send nothing if a line is wrong.
    #[arg(long)]
    pub(super) strict: bool,
    /// End after so many failures [default: never]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) max_errors: Option<u64>,
    /// Fetch no more than so many [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) max_count: Option<u64>,
    /// Begin nothing new after so many seconds [default: no limit]
    #[arg(long, value_name = "SEC", value_parser = values::seconds)]
    pub(super) max_time_total: Option<Duration>,
    /// Begin nothing new after so many bytes of bodies [default: no limit]
    #[arg(long, value_name = "SIZE", value_parser = values::some_bytes)]
    pub(super) max_bytes: Option<u64>,
    /// Nothing on standard error but errors.
    #[arg(short = 'q', long)]
    pub(super) quiet: bool,
    /// No live view; the summary at the end stays.
    #[arg(long)]
    pub(super) no_progress: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum BodyAs {
    Text,
    Base64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Hash {
    Sha256,
    None,
}
