//! Limits that a run is to stay within: whether it did is the exit code.

use std::time::Duration;

use maypole::load::Stats;
use maypole::load::export::Verdict;

use super::units::{as_micros, micros, parse_duration};

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Metric {
    Percentile(f64),
    Mean,
    Max,
    /// Per cent of the requests: those without an answer.
    Errors,
    /// The same, with answers that say that it failed.
    Failed,
}

impl Metric {
    fn is_share(self) -> bool {
        matches!(self, Self::Errors | Self::Failed)
    }
}

/// One `--latency-threshold`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Threshold {
    name: String,
    metric: Metric,
    /// Microseconds, or per cent.
    limit: f64,
}

impl Threshold {
    pub(super) fn judge(&self, stats: &Stats) -> Verdict {
        let time = |time: Duration| as_micros(time);
        let share = |n: u64| n as f64 * 100.0 / ((stats.done() + stats.errors()).max(1)) as f64;
        let actual = match self.metric {
            Metric::Percentile(percent) => time(stats.latency.percentile(percent)),
            Metric::Mean => time(stats.latency.mean()),
            Metric::Max => time(stats.latency.max()),
            Metric::Errors => share(stats.errors()),
            Metric::Failed => share(stats.errors() + stats.statuses.range(400..).map(|(_, n)| n).sum::<u64>()),
        };
        let unit = if self.metric.is_share() { "percent" } else { "us" };
        let (limit, held) = (self.limit, actual <= self.limit);
        Verdict { metric: self.name.clone(), unit: unit.to_owned(), limit, actual, held }
    }
}

/// A threshold, and what the run came to.
pub(super) fn text(verdict: &Verdict) -> String {
    let shown = |value: f64| if verdict.unit == "percent" { format!("{value:.3} %") } else { micros(value) };
    let judged = if verdict.held { "held" } else { "crossed" };
    format!("{} {}, limit {}: {judged}", verdict.metric, shown(verdict.actual), shown(verdict.limit))
}

/// `p99=50ms`, `mean=5ms`, `max=1s`, `errors=0.1%`, `failed=1%`.
pub(super) fn parse(text: &str) -> Result<Threshold, String> {
    let (name, limit) =
        text.split_once('=').ok_or("write it as p99=50ms, mean=5ms, max=1s, errors=0.1% or failed=1%")?;
    let metric = match name {
        "mean" => Metric::Mean,
        "max" => Metric::Max,
        "errors" => Metric::Errors,
        "failed" => Metric::Failed,
        _ => {
            let percent = name.strip_prefix('p').and_then(|number| number.parse::<f64>().ok());
            let percent = percent.filter(|percent| (0.0..=100.0).contains(percent));
            Metric::Percentile(
                percent.ok_or_else(|| format!("{name:?} is none of p0 to p100, mean, max, errors and failed"))?,
            )
        }
    };
    let limit = match metric {
        metric if metric.is_share() => {
            let percent = limit.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
            let percent = percent.filter(|percent| (0.0..=100.0).contains(percent));
            percent.ok_or_else(|| format!("{limit:?} is no share; write it as 0.1%"))?
        }
        // k6's are milliseconds, those of other flags seconds: who means the one would hold a limit of the other.
        _ if limit.parse::<f64>().is_ok() => {
            return Err(format!("{limit} has no unit; write it as {limit}ms or {limit}s"));
        }
        _ => as_micros(parse_duration(limit)?),
    };
    Ok(Threshold { name: name.to_owned(), metric, limit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units_and_errors_are_a_share() {
        let of = |text: &str| parse(text).map(|threshold| (threshold.metric, threshold.limit));
        assert_eq!(of("p99.9=50ms"), Ok((Metric::Percentile(99.9), 50_000.0)));
        assert_eq!([of("mean=1s"), of("max=2s")], [Ok((Metric::Mean, 1e6)), Ok((Metric::Max, 2e6))]);
        assert_eq!([of("errors=0.1%"), of("failed=0%")], [Ok((Metric::Errors, 0.1)), Ok((Metric::Failed, 0.0))]);
        let bad = [
            "p99",
            "p101=1s",
            "pNaN=1s",
            "q=1s",
            "p99=fast",
            "p99=50",
            "errors=0.1",
            "errors=NaN%",
            "failed=101%",
            "=1s",
        ];
        for bad in bad {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
