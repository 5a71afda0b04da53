//! What the charts show: the run since its start, its warm-up included.

use std::time::Duration;

use maypole::load::Tick;

/// So many points at most: then two become one. An hour has 14,400 quarters of a second.
const MOST: usize = 4_096;

/// What happened from the end of the point before on.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Point {
    /// Seconds.
    lasted: f64,
    done: f64,
    errors: f64,
    p99: Duration,
    warm_up: bool,
}

/// One column of a chart.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Column {
    /// Answers per second.
    pub(super) rate: f64,
    /// Seconds, the highest there was.
    pub(super) p99: f64,
    pub(super) has_errors: bool,
    pub(super) warm_up: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct History {
    points: Vec<Point>,
    elapsed: f64,
}

impl History {
    pub(super) fn add(&mut self, tick: &Tick) {
        let lasted = tick.lasted.as_secs_f64();
        // The last one of a run may be too short to say anything of a rate.
        if lasted < 0.05 && !self.points.is_empty() {
            return;
        }
        self.elapsed += lasted;
        let (done, errors) = (tick.done as f64, tick.errors as f64);
        self.points.push(Point { lasted, done, errors, p99: tick.p99, warm_up: tick.warm_up });
        if self.points.len() >= MOST {
            self.points =
                self.points.chunks(2).map(|pair| pair.iter().copied().reduce(Point::and).unwrap_or(pair[0])).collect();
        }
    }

    /// Seconds since the start.
    pub(super) fn elapsed(&self) -> f64 {
        self.elapsed
    }

    /// What happened within `span` seconds of the start, in so many columns; `None` where nothing has yet.
    pub(super) fn columns(&self, span: f64, count: usize) -> Vec<Option<Column>> {
        let width = span / count.max(1) as f64;
        let mut columns = vec![None; count];
        let mut start = 0.0;
        for point in &self.points {
            let end = start + point.lasted;
            let first = (start / width).floor().max(0.0) as usize;
            let last = ((end / width).ceil() as usize).min(count);
            for (n, column) in columns.iter_mut().enumerate().take(last).skip(first) {
                let (from, to) = (n as f64 * width, (n + 1) as f64 * width);
                let share = (end.min(to) - start.max(from)).max(0.0) / (to.min(self.elapsed) - from).max(1e-9);
                let column = column.get_or_insert_with(Column::default);
                column.rate += point.done / point.lasted.max(1e-9) * share;
                column.p99 = column.p99.max(point.p99.as_secs_f64());
                column.has_errors |= point.errors > 0.0;
                column.warm_up |= point.warm_up;
            }
            start = end;
        }
        columns
    }
}

impl Point {
    fn and(self, other: Self) -> Self {
        Self {
            lasted: self.lasted + other.lasted,
            done: self.done + other.done,
            errors: self.errors + other.errors,
            p99: self.p99.max(other.p99),
            warm_up: self.warm_up && other.warm_up,
        }
    }
}
