//! Counts of what a client does, as numbers and as Prometheus text.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::ClientBuilder;
use super::event::{Event, What};
use crate::error::Phase;
use crate::pool::Stats;

/// Counts what the clients do that were built with it. Clones count together.
///
/// ```
/// use maypole::HttpClient;
/// use maypole::client::Metrics;
/// let metrics = Metrics::new();
/// let client = HttpClient::builder().metrics(&metrics).build()?;
/// client.get("http://127.0.0.1:9/").send().unwrap_err();
/// assert_eq!(metrics.snapshot().requests, 1);
/// println!("{}", metrics.prometheus(Some(client.stats())));
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// It listens to [events](ClientBuilder::on_event); a request costs some ten atomic additions.
#[derive(Clone, Debug, Default)]
pub struct Metrics(Arc<Counts>);

/// Upper bounds of the buckets of request times, in milliseconds: Prometheus's own defaults.
const BUCKETS_MS: [u64; 11] = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];

#[derive(Debug, Default)]
struct Counts {
    requests: AtomicU64,
    in_flight: AtomicI64,
    sent: AtomicU64,
    answers: [AtomicU64; 6],
    failures: [AtomicU64; PHASES.len()],
    retries: AtomicU64,
    hedges: AtomicU64,
    redirects: AtomicU64,
    incomplete: AtomicU64,
    received: AtomicU64,
    nanoseconds: AtomicU64,
    buckets: [AtomicU64; BUCKETS_MS.len() + 1],
}

const PHASES: [(Option<Phase>, &str); 10] = [
    (Some(Phase::Build), "build"),
    (Some(Phase::Checkout), "checkout"),
    (Some(Phase::Resolve), "resolve"),
    (Some(Phase::Connect), "connect"),
    (Some(Phase::Tls), "tls"),
    (Some(Phase::Send), "send"),
    (Some(Phase::Head), "head"),
    (Some(Phase::Body), "body"),
    (Some(Phase::Decode), "decode"),
    // Phases that have no name of their own here.
    (None, "other"),
];

/// The counts of a [`Metrics`] at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MetricsSnapshot {
    /// Calls of `send`.
    pub requests: u64,
    /// Requests that are not over: waiting, or with a body that is still to be read.
    pub in_flight: u64,
    /// Tries that went out, over all hops.
    pub sent: u64,
    /// Answers by the first digit of their status; index 0 is those outside 1 to 5.
    pub answers: [u64; 6],
    /// Tries that failed.
    pub failures: u64,
    /// Tries after the first, by the retry policy.
    pub retries: u64,
    /// Second requests beside a slow one.
    pub hedges: u64,
    /// Redirects that were followed.
    pub redirects: u64,
    /// Requests that failed, or whose body was not read to its end.
    pub incomplete: u64,
    /// Body bytes as they came over the wire.
    pub received: u64,
    /// The times of all requests together, from `send` to the end of the body.
    pub time: Duration,
}

impl Metrics {
    /// All counts at 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// The counts now.
    pub fn snapshot(&self) -> MetricsSnapshot {
        let counts = &*self.0;
        MetricsSnapshot {
            requests: counts.requests.load(Relaxed),
            in_flight: counts.in_flight.load(Relaxed).max(0).unsigned_abs(),
            sent: counts.sent.load(Relaxed),
            answers: std::array::from_fn(|digit| counts.answers[digit].load(Relaxed)),
            failures: counts.failures.iter().map(|count| count.load(Relaxed)).sum(),
            retries: counts.retries.load(Relaxed),
            hedges: counts.hedges.load(Relaxed),
            redirects: counts.redirects.load(Relaxed),
            incomplete: counts.incomplete.load(Relaxed),
            received: counts.received.load(Relaxed),
            time: Duration::from_nanos(counts.nanoseconds.load(Relaxed)),
        }
    }

    /// The counts as a page for Prometheus (text format 0.0.4), with those of a client's pool if they are given.
    pub fn prometheus(&self, pool: Option<Stats>) -> String {
        let now = self.snapshot();
        let mut page = Page(String::with_capacity(4 << 10));
        page.one("maypole_requests_total", "counter", "Calls of send.", now.requests);
        page.one("maypole_requests_in_flight", "gauge", "Requests that are not over.", now.in_flight);
        page.one("maypole_tries_total", "counter", "Tries that went out, over all hops.", now.sent);
        page.one("maypole_retries_total", "counter", "Tries after the first.", now.retries);
        page.one("maypole_hedges_total", "counter", "Second requests beside a slow one.", now.hedges);
        page.one("maypole_redirects_total", "counter", "Redirects that were followed.", now.redirects);
        page.one("maypole_incomplete_total", "counter", "Requests without a whole body.", now.incomplete);
        page.one("maypole_received_bytes_total", "counter", "Body bytes over the wire.", now.received);
        page.head("maypole_answers_total", "counter", "Answers by class of status.");
        for (digit, count) in now.answers.iter().enumerate().skip(1) {
            page.line(format_args!("maypole_answers_total{{status=\"{digit}xx\"}} {count}"));
        }
        page.head("maypole_failures_total", "counter", "Tries that failed, by phase.");
        for ((_, name), count) in PHASES.iter().zip(&self.0.failures) {
            page.line(format_args!("maypole_failures_total{{phase=\"{name}\"}} {}", count.load(Relaxed)));
        }
        self.times(&mut page, now.time);
        if let Some(pool) = pool {
            page.one("maypole_connections_idle", "gauge", "Connections that wait to be used.", pool.idle);
            page.one("maypole_connections_in_use", "gauge", "Connections in a request.", pool.in_use);
            page.one("maypole_connections_waiting", "gauge", "Requests that wait for one.", pool.waiting);
            page.one("maypole_connections_created_total", "counter", "Connections opened.", pool.created);
            page.one("maypole_connections_reused_total", "counter", "Uses of an idle connection.", pool.reused);
        }
        page.0
    }

    fn times(&self, page: &mut Page, sum: Duration) {
        const NAME: &str = "maypole_request_seconds";
        page.head(NAME, "histogram", "From send to the end of the body.");
        let mut below = 0;
        for (bucket, count) in self.0.buckets.iter().enumerate() {
            below += count.load(Relaxed);
            match BUCKETS_MS.get(bucket) {
                Some(bound) => {
                    let seconds = Duration::from_millis(*bound).as_secs_f64();
                    page.line(format_args!("{NAME}_bucket{{le=\"{seconds}\"}} {below}"));
                }
                None => page.line(format_args!("{NAME}_bucket{{le=\"+Inf\"}} {below}")),
            }
        }
        page.line(format_args!("{NAME}_sum {}", sum.as_secs_f64()));
        page.line(format_args!("{NAME}_count {below}"));
    }
}

impl Counts {
    fn note(&self, event: &Event<'_>) {
        let add = |count: &AtomicU64, n: u64| count.fetch_add(n, Relaxed);
        match event.what {
            What::Started => {
                add(&self.requests, 1);
                self.in_flight.fetch_add(1, Relaxed);
            }
            What::Sending { .. } => {
                add(&self.sent, 1);
            }
            What::Answered { status, .. } => {
                let digit = usize::from(status / 100);
                add(&self.answers[if digit < 6 { digit } else { 0 }], 1);
            }
            What::Failed { error } => {
                let phase = PHASES.iter().position(|(phase, _)| phase.is_some() && *phase == error.phase());
                add(&self.failures[phase.unwrap_or(PHASES.len() - 1)], 1);
            }
            What::Retrying { .. } => {
                add(&self.retries, 1);
            }
            What::Hedging { .. } => {
                add(&self.hedges, 1);
            }
            What::Redirecting { .. } => {
                add(&self.redirects, 1);
            }
            What::Ended { received, total, complete } => {
                self.in_flight.fetch_sub(1, Relaxed);
                add(&self.received, received);
                add(&self.incomplete, u64::from(!complete));
                add(&self.nanoseconds, u64::try_from(total.as_nanos()).unwrap_or(u64::MAX));
                let bucket = BUCKETS_MS.iter().position(|bound| total <= Duration::from_millis(*bound));
                add(&self.buckets[bucket.unwrap_or(BUCKETS_MS.len())], 1);
            }
            What::Connected { .. } => {}
        }
    }
}

struct Page(String);

impl Page {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.0, "{line}").expect("a String takes everything");
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}"));
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.head(name, kind, help);
        self.line(format_args!("{name} {value}"));
    }
}

impl ClientBuilder {
    /// Counts in `metrics` what the client does. Default: nothing is counted but [the pool](super::HttpClient::stats).
    pub fn metrics(self, metrics: &Metrics) -> Self {
        let metrics = metrics.clone();
        self.counted_by(move |event| metrics.0.note(event))
    }
}
