//! The charts whose x axis is the time of the run.

use super::axis::Axis;
use super::chart::{Chart, Mark, Shape};
use super::series::thinned;
use crate::load::export::point::Point;
use crate::load::export::report::Report;
use crate::load::export::units::{count, micros, rate};

/// The series, made ready to be drawn.
pub(super) struct OverTime<'a> {
    report: &'a Report,
    points: Vec<Point>,
}

type Of = fn(&Point) -> Option<f64>;

impl<'a> OverTime<'a> {
    pub(super) fn new(report: &'a Report) -> Self {
        Self { report, points: thinned(&report.series) }
    }

    /// Those that there is something to show in.
    pub(super) fn charts(&self) -> Vec<Chart> {
        if self.points.is_empty() {
            return Vec::new();
        }
        // Without an answer there is neither.
        let mut charts = match self.report.answers {
            0 => Vec::new(),
            _ => vec![self.latency(), self.throughput()],
        };
        if self.report.failed() > 0 {
            charts.push(self.errors());
        }
        charts.push(self.connections());
        charts.push(self.processor());
        charts
    }

    fn latency(&self) -> Chart {
        let lines: [(&str, Of); 4] = [
            ("p50", |point| has_answers(point).then_some(point.p50_us)),
            ("p90", |point| has_answers(point).then_some(point.p90_us)),
            ("p99", |point| has_answers(point).then_some(point.p99_us)),
            ("max", |point| has_answers(point).then_some(point.max_us)),
        ];
        let times = || self.points.iter().filter(|point| has_answers(point));
        let low = times().map(|point| point.p50_us).fold(f64::INFINITY, f64::min);
        let high = times().map(|point| point.max_us).fold(1.0, f64::max);
        let y = Axis::times("latency, logarithmic", if low.is_finite() { low } else { 1.0 }, high);
        let marks = lines.map(|(name, of)| self.line(name, name, of)).into_iter().collect();
        let from = if self.report.schedule.is_some() { "the scheduled start" } else { "sending" };
        let about = format!("From {from} to the last byte, of the answers in {}.", self.each());
        self.chart("latency-over-time", "Latency over time", about, y, marks, |point| match has_answers(point) {
            true => format!(
                "p50 {}\np90 {}\np99 {}\nmax {}",
                micros(point.p50_us),
                micros(point.p90_us),
                micros(point.p99_us),
                micros(point.max_us)
            ),
            false => "no answers".to_owned(),
        })
    }

    fn throughput(&self) -> Chart {
        let answers: Of = |point| is_known(point).then(|| point.per_second(point.answers));
        let y = Axis::linear("answers per second", self.highest(answers), short);
        let marks =
            vec![Mark { class: "answers", name: "answers per second".into(), shape: Shape::Area(self.of(answers)) }];
        self.chart("throughput", "Throughput", "Answers per second.".into(), y, marks, |point| {
            let (answers, bytes) = (point.per_second(point.answers), point.per_second(point.body_bytes) as u64);
            format!("{} answers/s\n{} bytes/s", rate(answers), count(bytes))
        })
    }

    fn errors(&self) -> Chart {
        let errors: Of = |point| is_known(point).then(|| point.per_second(point.errors));
        let y = Axis::linear("errors per second", self.highest(errors), short);
        let marks =
            vec![Mark { class: "errors", name: "errors per second".into(), shape: Shape::Area(self.of(errors)) }];
        self.chart(
            "errors-over-time",
            "Errors over time",
            "Requests that failed, per second.".into(),
            y,
            marks,
            |point| format!("{} errors\n{} answers", count(point.errors), count(point.answers)),
        )
    }

    fn connections(&self) -> Chart {
        let in_flight: Of = |point| Some(point.in_flight as f64);
        let opened: Of = |point| point.opened.map(|n| n as f64);
        let y = Axis::linear("count", self.highest(in_flight).max(self.highest(opened)), short);
        let mut flight = self.line("flight", "requests in flight", in_flight);
        // At the end of the run they are those that have not noticed it yet.
        if let Shape::Line(points) = &mut flight.shape
            && points.len() > 1
        {
            points.pop();
        }
        let mut marks = vec![flight];
        if self.points.iter().any(|point| point.opened.is_some()) {
            marks.push(self.line("opened", "connections opened", opened));
        }
        let about = format!("In flight at the end of {}, and connections opened within it.", self.each());
        self.chart("connections", "Requests in flight and connections", about, y, marks, |point| {
            let opened = point.opened.map_or_else(String::new, |n| format!("\n{} opened", count(n)));
            format!("{} in flight{opened}", count(point.in_flight))
        })
    }

    fn processor(&self) -> Chart {
        let cores: Of = |point| Some(point.cpu_s / point.lasted_s.max(1e-3));
        let y = Axis::linear("cores", self.highest(cores), |cores| format!("{}", (cores * 100.0).round() / 100.0));
        let marks = vec![Mark {
            class: "cpu",
            name: "processor time of the client".into(),
            shape: Shape::Area(self.of(cores)),
        }];
        let about = match self.report.client.workers {
            Some(workers) => format!("Processor time of the client per second: at {workers} it can do no more."),
            None => "Processor time of the client per second.".to_owned(),
        };
        self.chart("cpu", "This client", about, y, marks, move |point| {
            format!("{:.2} cores", cores(point).unwrap_or(0.0))
        })
    }

    fn chart(
        &self,
        id: &'static str,
        title: &'static str,
        about: String,
        y: Axis,
        marks: Vec<Mark>,
        read: impl Fn(&Point) -> String,
    ) -> Chart {
        let first = self.points.first().map_or(0.0, |point| point.at_s - point.lasted_s).min(0.0);
        let last = self.points.last().map_or(1.0, |point| point.at_s);
        let spots = self.points.iter().map(|point| {
            let warm_up = if point.warm_up { ", warm-up" } else { "" };
            (point.at_s - point.lasted_s, point.at_s, format!("{:.1} s{warm_up}\n{}", point.at_s, read(point)))
        });
        let shaded_to = self.points.iter().any(|point| point.warm_up).then_some(0.0);
        let spots = spots.collect();
        let x = match shaded_to {
            Some(_) => Axis::seconds("time, the warm-up shaded", first, last),
            None => Axis::seconds("time", first, last),
        };
        Chart { id, title, about, x, y, marks, spots, shaded_to }
    }

    fn line(&self, class: &'static str, name: &str, of: Of) -> Mark {
        Mark { class, name: name.to_owned(), shape: Shape::Line(self.of(of)) }
    }

    fn of(&self, of: Of) -> Vec<Option<(f64, f64)>> {
        self.points.iter().map(|point| Some((point.middle_s(), of(point)?))).collect()
    }

    fn highest(&self, of: Of) -> f64 {
        let highest = self.points.iter().filter_map(of).fold(0.0, f64::max);
        if highest > 0.0 { highest } else { 1.0 }
    }

    /// How long a point is.
    fn each(&self) -> String {
        let mut lengths: Vec<f64> = self.points.iter().map(|point| point.lasted_s).collect();
        lengths.sort_unstable_by(f64::total_cmp);
        let length = lengths.get(lengths.len() / 2).copied().unwrap_or(1.0);
        if length < 1.5 { "each second".to_owned() } else { format!("each {length:.0} s") }
    }
}

pub(super) fn has_answers(point: &Point) -> bool {
    point.answers > 0
}

/// Nothing at all in a part of a warm-up is more likely not to have been counted.
pub(super) fn is_known(point: &Point) -> bool {
    !point.warm_up || point.answers + point.errors > 0
}

/// `1500` as `1.5k`.
pub(super) fn short(value: f64) -> String {
    let (scaled, unit) = match value {
        v if v >= 1e9 => (v / 1e9, "G"),
        v if v >= 1e6 => (v / 1e6, "M"),
        v if v >= 1e3 => (v / 1e3, "k"),
        v => (v, ""),
    };
    format!("{}{unit}", (scaled * 1000.0).round() / 1000.0)
}
