//! What came of a run.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::error::Kind;
use crate::message::Version;

/// What came of a run; from [`Batch::fetch_all`](super::Batch::fetch_all). It prints as aquests' does.
///
/// ```
/// use maypole::queue::batch::Batch;
/// let report = Batch::new()?.fetch_all();
/// assert_eq!(report.requests, 0);
/// assert!(report.to_string().starts_with("finished in 0.000 s\nrequests: 0\nrequests/s: 0.0\n"));
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// With the feature `json` it is `Serialize`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// Requests that have had their outcome, failures included.
    #[doc(alias = "tasks")]
    pub requests: u64,
    /// From [`fetch_all`](super::Batch::fetch_all) to its end; for an eager batch from the first request that was queued.
    pub duration: Duration,
    /// Body bytes of the last answers, as they came over the wire.
    pub bytes: u64,
    /// How many answers had which status; a failure without an answer has none.
    pub statuses: BTreeMap<u16, u64>,
    /// How many answers came in which version.
    pub versions: BTreeMap<Version, u64>,
    /// Connections that were made.
    pub connections: u64,
    /// Most requests with a connection at one moment.
    pub most_connections: u64,
    /// How many requests failed for which reason, the most frequent first.
    pub failures: Vec<(Kind, u64)>,
    /// Callbacks that panicked.
    pub panics: u64,
    /// Requests that had not ended: a surrounding scope ended the wait, [`shutdown`](super::Batch::shutdown) did, or a
    /// callback of the batch itself asked.
    pub unfinished: u64,
}

impl Report {
    /// Requests a second.
    pub fn requests_per_second(&self) -> f64 {
        rate(self.requests, self.duration)
    }

    /// Body bytes a second.
    pub fn bytes_per_second(&self) -> f64 {
        rate(self.bytes, self.duration)
    }

    /// Requests that failed.
    pub fn failed(&self) -> u64 {
        self.failures.iter().map(|(_, count)| count).sum()
    }

    /// One of several that make one together.
    pub(super) fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.duration += other.duration;
        self.bytes += other.bytes;
        other.statuses.into_iter().for_each(|(status, count)| *self.statuses.entry(status).or_default() += count);
        other.versions.into_iter().for_each(|(version, count)| *self.versions.entry(version).or_default() += count);
        self.connections += other.connections;
        self.most_connections = self.most_connections.max(other.most_connections);
        for (kind, count) in other.failures {
            match self.failures.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, sum)) => *sum += count,
                None => self.failures.push((kind, count)),
            }
        }
        self.panics += other.panics;
        self.unfinished += other.unfinished;
    }
}

fn rate(count: u64, time: Duration) -> f64 {
    if time.is_zero() { 0.0 } else { count as f64 / time.as_secs_f64() }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "finished in {:.3} s", self.duration.as_secs_f64())?;
        writeln!(f, "requests: {}", self.requests)?;
        writeln!(f, "requests/s: {:.1}", self.requests_per_second())?;
        writeln!(f, "bytes: {}", self.bytes)?;
        write!(f, "bytes/s: {:.1}", self.bytes_per_second())?;
        f.write_str("\nstatus:")?;
        for (status, count) in &self.statuses {
            write!(f, "\n  {status}: {count}")?;
        }
        f.write_str("\nversion:")?;
        for (version, count) in &self.versions {
            write!(f, "\n  {version}: {count}")?;
        }
        if !self.failures.is_empty() {
            f.write_str("\nfailed:")?;
        }
        for (kind, count) in &self.failures {
            write!(f, "\n  {kind:?}: {count}")?;
        }
        for (what, count) in [("panics", self.panics), ("unfinished", self.unfinished)] {
            if count > 0 {
                write!(f, "\n{what}: {count}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        Report {
            requests: 1_002,
            duration: Duration::from_millis(2_500),
            bytes: 12_024,
            statuses: [(200, 990), (404, 10)].into(),
            versions: [(Version::Http11, 1_000)].into(),
            connections: 12,
            most_connections: 10,
            failures: vec![(Kind::Timeout, 2)],
            panics: 1,
            unfinished: 0,
        }
    }

    #[test]
    fn q152_a_line_each_and_both_histograms() {
        let printed = report().to_string();
        let lines = "finished in 2.500 s\nrequests: 1002\nrequests/s: 400.8\nbytes: 12024\nbytes/s: 4809.6\nstatus:\n  200: 990\n  \
                     404: 10\nversion:\n  HTTP/1.1: 1000\nfailed:\n  Timeout: 2\npanics: 1";
        assert_eq!(printed, lines);
    }

    #[test]
    fn several_make_one() {
        let mut sum = report();
        sum.add(Report { failures: vec![(Kind::Timeout, 1), (Kind::Connect, 1)], most_connections: 11, ..report() });
        assert_eq!((sum.requests, sum.statuses[&200], sum.most_connections, sum.failed()), (2_004, 1_980, 11, 4));
    }
}
