//! Where a value lies on an axis, and which values are written beside it.

use crate::load::export::units::micros;

/// Labels of an axis at most.
const LABELS: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Scale {
    Linear,
    Log,
    /// Per cent, by the distance to 100: 90, 99 and 99.9 are evenly spaced.
    Tail,
}

/// A scale with its ends and labels.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    /// What is on it, with its unit where the labels have none.
    pub(super) title: &'static str,
    scale: Scale,
    low: f64,
    high: f64,
    /// A value, and how it is written; `""` for a line without a label.
    pub(super) labels: Vec<(f64, String)>,
}

impl Axis {
    /// From nothing to a round value that is at least `high`.
    pub(super) fn linear(title: &'static str, high: f64, write: impl Fn(f64) -> String) -> Self {
        let step = round_up(high.max(f64::MIN_POSITIVE) / 5.0);
        let steps = (high / step - 1e-9).ceil().max(1.0);
        let labels = (0..=steps as u32).map(|n| f64::from(n) * step).map(|value| (value, write(value))).collect();
        Self { title, scale: Scale::Linear, low: 0.0, high: steps * step, labels }
    }

    /// Times in microseconds, from below `low` to above `high`, ten times as much after each equal step.
    pub(super) fn times(title: &'static str, low: f64, high: f64) -> Self {
        let low = low.max(1.0);
        let (low, high) = (below(low), above(high.max(low * 1.01)));
        let mut values: Vec<f64> = (0..12)
            .flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)))
            .filter(|value| (low * 0.999..=high * 1.001).contains(value))
            .collect();
        if values.len() > LABELS {
            values.retain(|value| value.log10().fract().abs() < 1e-9);
        }
        let labels = values.into_iter().map(|value| (value, short_time(value))).collect();
        Self { title, scale: Scale::Log, low, high, labels }
    }

    /// Seconds of a run.
    pub(super) fn seconds(title: &'static str, low: f64, high: f64) -> Self {
        const STEPS: [f64; 22] = [
            0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0,
            3600.0, 7200.0, 14400.0, 28800.0, 86400.0,
        ];
        let length = (high - low).max(0.1);
        let high = low + length;
        let step = STEPS.into_iter().find(|step| length / step < LABELS as f64);
        let step = step.unwrap_or_else(|| (length / LABELS as f64 / 86400.0).ceil() * 86400.0);
        // A clock is read a little before or after the second.
        let round = (high / step).round() * step;
        let (high, length) = if (round - high).abs() < length * 0.01 { (round, round - low) } else { (high, length) };
        let first = (low / step - 1e-9).ceil() as i64;
        let last = (high / step + 1e-9).floor() as i64;
        let labels = (first..=last).map(|n| n as f64 * step).map(|s| (s, clock(s, step))).collect();
        Self { title, scale: Scale::Linear, low, high: low + length, labels }
    }

    /// Per cent, until the distance to 100 is `rest`.
    pub(super) fn tail(title: &'static str, rest: f64) -> Self {
        let nines = (100.0 / rest.clamp(1e-9, 50.0)).log10();
        // On a phone there is no room for both below 90.
        let half = if nines > 2.5 { "" } else { "50" };
        let mut labels = vec![(0.0, "0 %".to_owned()), (50.0, half.to_owned())];
        for n in 1..=nines.floor() as i32 {
            let rest = 100.0 / 10_f64.powi(n);
            let digits = (n - 2).max(0) as usize;
            labels.push((100.0 - rest, format!("{:.digits$}", 100.0 - rest)));
        }
        Self { title, scale: Scale::Tail, low: 0.0, high: nines, labels }
    }

    /// From 0 at the lower end to 1 at the upper one; values beyond are at the ends.
    pub(super) fn position(&self, value: f64) -> f64 {
        let at = match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Log => (value / self.low).ln() / (self.high / self.low).ln(),
            Scale::Tail => (100.0 / (100.0 - value).max(1e-9)).log10() / self.high,
        };
        if at.is_finite() { at.clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// 1, 2 or 5 times a power of ten.
fn round_up(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|round| *round >= value * 0.999_999)
        .unwrap_or(value)
}

fn above(value: f64) -> f64 {
    round_up(value)
}

fn below(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    [5.0, 2.0, 1.0].into_iter().map(|digit| digit * power).find(|round| *round <= value * 1.000_001).unwrap_or(power)
}

/// 1, 2 or 5 with zeros needs no three digits.
fn short_time(us: f64) -> String {
    match us {
        us if us < 1e3 => format!("{us:.0} µs"),
        us if us < 1e6 => format!("{:.0} ms", us / 1e3),
        us if us < 1e9 => format!("{:.0} s", us / 1e6),
        us => micros(us),
    }
}

fn clock(seconds: f64, step: f64) -> String {
    match step {
        step if step < 0.1 => format!("{seconds:.2} s"),
        step if step < 1.0 => format!("{seconds:.1} s"),
        step if step < 60.0 => format!("{seconds:.0} s"),
        step if step < 3600.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.0} h", seconds / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.labels.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn labels_are_round_few_and_in_range() {
        assert_eq!(labels(&Axis::linear("", 141_930.0, |v| format!("{v}"))), ["0", "50000", "100000", "150000"]);
        assert_eq!(
            labels(&Axis::times("", 61.0, 5_860.0)),
            ["50 µs", "100 µs", "200 µs", "500 µs", "1 ms", "2 ms", "5 ms", "10 ms"]
        );
        assert_eq!(labels(&Axis::times("", 61.0, 5e6)), ["100 µs", "1 ms", "10 ms", "100 ms", "1 s"]);
        assert_eq!(labels(&Axis::seconds("", -2.0, 10.0)), ["-2 s", "0 s", "2 s", "4 s", "6 s", "8 s", "10 s"]);
        assert_eq!(
            labels(&Axis::seconds("", 0.0, 7200.0)),
            ["0 min", "30 min", "60 min", "90 min", "120 min"].map(str::to_owned)
        );
        assert_eq!(labels(&Axis::tail("", 0.01)), ["0 %", "", "90", "99", "99.9", "99.99"]);
        assert_eq!(labels(&Axis::tail("", 1.0)), ["0 %", "50", "90", "99"]);
        for high in [0.0, 1.0, 3.0, 7.0, 1e-3, 1e12] {
            assert!((2..=7).contains(&Axis::linear("", high, |v| v.to_string()).labels.len()), "{high}");
        }
    }

    #[test]
    fn values_lie_between_the_ends() {
        let axis = Axis::times("", 100.0, 10_000.0);
        assert_eq!([axis.position(100.0), axis.position(1e4), axis.position(0.0)], [0.0, 1.0, 0.0]);
        assert!((axis.position(1_000.0) - 0.5).abs() < 1e-9);
        let tail = Axis::tail("", 0.1);
        assert!((tail.position(90.0) - 1.0 / 3.0).abs() < 1e-9 && tail.position(100.0) == 1.0);
        assert_eq!(Axis::times("", 5.0, 5.0).position(f64::NAN), 0.0);
    }
}
