//! The seconds of a run, made few enough for a drawing.

use crate::load::export::point::Point;

/// Points of a line at most: more than a screen has columns for.
const MOST: usize = 600;
/// A part of a second is drawn with the one before it when it is shorter than this share of it: the last one's rate would
/// be that of a few answers.
const SHORT: f64 = 0.25;

/// As many neighbours in one as it takes to have at most 600, and nothing too short to have a rate.
pub(super) fn thinned(series: &[Point]) -> Vec<Point> {
    let each = series.len().div_ceil(MOST).max(1);
    let mut thin: Vec<Point> = Vec::new();
    for (n, point) in series.iter().enumerate() {
        let is_short = n > 0 && point.lasted_s < series[n - 1].lasted_s * SHORT;
        match thin.last_mut() {
            Some(last) if last.warm_up == point.warm_up && (n % each != 0 || is_short) => *last = merged(last, point),
            _ => thin.push(point.clone()),
        }
    }
    thin
}

/// Sums of what is counted, means of the percentiles by answers, the larger of the largest.
fn merged(a: &Point, b: &Point) -> Point {
    let weighted = |x: f64, y: f64| match a.answers + b.answers {
        0 => 0.0,
        all => (x * a.answers as f64 + y * b.answers as f64) / all as f64,
    };
    Point {
        at_s: b.at_s,
        lasted_s: a.lasted_s + b.lasted_s,
        answers: a.answers + b.answers,
        errors: a.errors + b.errors,
        body_bytes: a.body_bytes + b.body_bytes,
        in_flight: b.in_flight,
        p50_us: weighted(a.p50_us, b.p50_us),
        p90_us: weighted(a.p90_us, b.p90_us),
        p99_us: weighted(a.p99_us, b.p99_us),
        max_us: a.max_us.max(b.max_us),
        cpu_s: a.cpu_s + b.cpu_s,
        warm_up: b.warm_up,
        opened: a.opened.zip(b.opened).map(|(a, b)| a + b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: u32) -> Point {
        Point { at_s: f64::from(n + 1), lasted_s: 1.0, answers: 10, p50_us: f64::from(n), ..Point::default() }
    }

    #[test]
    fn hours_are_600_points_at_most_and_sums_stay() {
        let hours: Vec<Point> = (0..10_000).map(second).collect();
        let thin = thinned(&hours);
        assert!(thin.len() <= MOST && thin.len() > MOST / 2, "{}", thin.len());
        assert_eq!(thin.iter().map(|point| point.answers).sum::<u64>(), 100_000);
        assert_eq!((thin.last().unwrap().at_s, thin[0].lasted_s), (10_000.0, 17.0));
        assert_eq!(thin[0].p50_us, 8.0);
        assert_eq!(thinned(&hours[..9]), hours[..9]);
    }

    #[test]
    fn a_last_short_one_is_part_of_the_one_before() {
        let points = [second(0), second(1), Point { at_s: 2.01, lasted_s: 0.01, answers: 3, ..Point::default() }];
        let thin = thinned(&points);
        assert_eq!((thin.len(), thin[1].answers, thin[1].at_s), (2, 13, 2.01));
    }
}
