//! Whether two runs differ by more than their own seconds do.

use super::point::Point;
use super::report::Report;

/// Seconds of a run below which nothing is said about its noise.
const LEAST: usize = 5;
/// Standard errors by which two means have to differ: with normal noise one of 370 comparisons is beyond them by chance.
const ERRORS: f64 = 3.0;
/// And by this share: seconds of one run are more like each other than those of two.
const SHARE: f64 = 0.02;

/// A mean, and how far it may be off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mean {
    mean: f64,
    error: f64,
}

/// The mean over the whole seconds of a run; `None`: they are too few.
pub(super) fn mean(report: &Report, of: fn(&Point) -> Option<f64>) -> Option<Mean> {
    let longest = report.series.iter().map(|point| point.lasted_s).fold(0.0, f64::max);
    let whole = report.series.iter().filter(|point| !point.warm_up && point.lasted_s > longest / 2.0);
    let values: Vec<f64> = whole.filter_map(of).collect();
    if values.len() < LEAST {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    Some(Mean { mean, error: (variance / n).sqrt() })
}

impl Mean {
    /// `Some(true)` if `later` is higher by more than noise, `Some(false)` if it is lower, `None` if neither can be said.
    pub(super) fn rises_to(self, later: Self) -> Option<bool> {
        let difference = later.mean - self.mean;
        let noise = ERRORS * self.error.hypot(later.error);
        let is_beyond = difference.abs() > noise && difference.abs() > SHARE * self.mean.abs();
        is_beyond.then_some(difference > 0.0)
    }
}

/// The same for two shares: so many of so many.
pub(super) fn share_rises(a: (u64, u64), b: (u64, u64)) -> Option<bool> {
    let share = |(n, of): (u64, u64)| n as f64 / of.max(1) as f64;
    let all = share((a.0 + b.0, a.1 + b.1));
    let error = (all * (1.0 - all) * (1.0 / a.1.max(1) as f64 + 1.0 / b.1.max(1) as f64)).sqrt();
    let difference = share(b) - share(a);
    (difference.abs() > ERRORS * error).then_some(difference > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_within_noise_is_not_told_apart() {
        let mean = |mean, error| Mean { mean, error };
        assert_eq!(mean(100.0, 1.0).rises_to(mean(104.0, 1.0)), None, "within three standard errors");
        assert_eq!(mean(100.0, 1.0).rises_to(mean(105.0, 1.0)), Some(true));
        assert_eq!(mean(100.0, 0.0).rises_to(mean(101.0, 0.0)), None, "within two per cent");
        assert_eq!(mean(100.0, 0.1).rises_to(mean(90.0, 0.1)), Some(false));
        assert_eq!(share_rises((0, 1000), (1, 1000)), None);
        assert_eq!(share_rises((0, 1000), (50, 1000)), Some(true));
        assert_eq!(share_rises((0, 0), (0, 0)), None);
    }
}
