//! What is said at the end.

use std::fmt;
use std::time::Duration;

use super::board::Counts;
use crate::load::units::{bytes, count, rate};

/// Statuses and kinds of failures that are named; the rest is counted together.
const NAMED: usize = 6;

/// The whole run in a few lines.
pub(in crate::fetch) struct Summary<'a> {
    pub(in crate::fetch) counts: &'a Counts,
    pub(in crate::fetch) elapsed: Duration,
    /// Why it ended early.
    pub(in crate::fetch) stopped: Option<String>,
    /// What becomes of the rest then.
    pub(in crate::fetch) rest: Option<String>,
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { done, failed, malformed, duplicates, earlier, cached, .. } = *self.counts;
        let seconds = self.elapsed.as_secs_f64().max(1e-3);
        write!(f, "{} fetched", count(done))?;
        let others =
            [(failed, "failed"), (malformed, "malformed"), (duplicates, "duplicates"), (earlier, "done before")];
        for (number, name) in others.into_iter().filter(|(number, name)| *number > 0 || *name == "failed") {
            write!(f, ", {} {name}", count(number))?;
        }
        write!(f, " in {seconds:.1} s")?;
        let per_second = rate((done + failed) as f64 / seconds);
        let size = self.counts.bytes as f64;
        write!(f, "; {per_second}/s, {}, {}/s", bytes(size), bytes(size / seconds))?;
        if cached > 0 {
            write!(f, "; {} from the cache", count(cached))?;
        }
        let outcomes = outcomes(self.counts);
        if !outcomes.is_empty() {
            write!(f, "\n{outcomes}")?;
        }
        if let Some(why) = &self.stopped {
            write!(f, "\nstopped: {why}")?;
        }
        match (&self.stopped, &self.rest) {
            (Some(_), Some(rest)) => write!(f, "; {rest}"),
            (None, Some(rest)) => write!(f, "\n{rest}"),
            (_, None) => Ok(()),
        }
    }
}

/// `200 × 12,000 · 404 × 300 · timeout (28) × 45`, the most frequent first.
pub(super) fn outcomes(counts: &Counts) -> String {
    let statuses = counts.statuses.iter().map(|(status, times)| (status.to_string(), *times));
    let errors = counts.errors.iter().map(|((code, kind), times)| (format!("{kind} ({code})"), *times));
    let malformed = Some(("malformed".to_owned(), counts.malformed)).filter(|(_, times)| *times > 0);
    let mut all: Vec<_> = statuses.chain(errors).chain(malformed).collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let rest: u64 = all.iter().skip(NAMED).map(|(_, times)| times).sum();
    all.truncate(NAMED);
    if rest > 0 {
        all.push(("others".into(), rest));
    }
    let parts: Vec<_> = all.into_iter().map(|(name, times)| format!("{name} × {}", count(times))).collect();
    parts.join(" · ")
}
