//! The page of several runs beside each other.

use super::axis::Axis;
use super::chart::{Chart, Class, Mark, Shape, put};
use super::escape::escape;
use super::over_latency::{Named, histogram, percentiles};
use super::over_time::{has_answers, is_known, short};
use super::page::{self, section};
use super::series::thinned;
use super::single::{LONGEST_TITLE, summary};
use super::tables::Table;
use crate::load::export::compare::{Comparison, Judgement};
use crate::load::export::point::Point;
use crate::load::export::report::Report;
use crate::load::export::units::shortened;

const CLASSES: [Class; 6] = ["a", "b", "c", "d", "e", "f"];

impl Comparison {
    /// The runs as one page of HTML, as [`Report::to_html`] makes it of one: their curves in the same charts.
    pub fn to_html(&self) -> String {
        let names = self.names.join(" · ");
        let mut body = format!("<header><h1>{}</h1>", escape(&names));
        for (name, report) in self.runs() {
            put(
                &mut body,
                format_args!(
                    "<p><b>{}</b> {}: {}</p>",
                    escape(name),
                    escape(&shortened(&report.name, LONGEST_TITLE)),
                    escape(&summary(report))
                ),
            );
        }
        body.push_str("</header>\n");
        if !self.notes.is_empty() {
            body.push_str("<ul class=\"notices\">");
            for note in &self.notes {
                put(&mut body, format_args!("<li class=\"warning\"><b>! note</b> {}</li>", escape(note)));
            }
            body.push_str("</ul>\n");
        }
        body.push_str(&section("Differences", &self.table()));
        body.push_str(&page::charts(&self.charts()));
        page::page(&names, &body)
    }

    fn table(&self) -> String {
        let first = self.names.first().map_or("", String::as_str);
        let mut columns = vec![String::new(), first.to_owned()];
        for name in self.names.iter().skip(1) {
            columns.extend([name.clone(), format!("ratio to {first}"), String::new()]);
        }
        let mut table = Table::new(columns);
        for difference in &self.differences {
            let mut cells = Vec::new();
            for (n, value) in difference.values.iter().enumerate() {
                cells.push(("", value.map_or_else(|| "–".to_owned(), |value| difference.text(value))));
                if n > 0 {
                    cells.push(("", difference.ratios[n].map_or_else(String::new, |ratio| format!("× {ratio:.3}"))));
                    let (class, word) = difference.judgements[n].map_or(("", ""), word);
                    cells.push((class, word.to_owned()));
                }
            }
            table.classed_row(difference.metric, cells);
        }
        table.end()
    }

    fn charts(&self) -> Vec<Chart> {
        let named: Vec<Named<'_>> = self
            .runs()
            .zip(CLASSES.iter().cycle())
            .filter_map(|((name, report), class)| {
                Some(Named { class, name: name.to_owned(), times: report.latency_us.as_ref()? })
            })
            .collect();
        let mut charts = Vec::new();
        if !named.is_empty() {
            charts.push(percentiles(&named));
            charts.push(histogram(&named));
        }
        let runs: Vec<(&str, &Report)> = self.runs().collect();
        if runs.iter().any(|(_, report)| !report.series.is_empty()) {
            charts.push(throughput(&runs));
        }
        if !named.is_empty() {
            charts.push(latency(&runs, "p50-over-time", "Median latency over time", |point| point.p50_us));
            charts.push(latency(&runs, "p99-over-time", "99th percentile over time", |point| point.p99_us));
        }
        charts
    }
}

/// A judgement in a word, and its class.
fn word(judgement: Judgement) -> (&'static str, &'static str) {
    match judgement {
        Judgement::Better => ("better word", "better"),
        Judgement::Worse => ("worse word", "worse"),
        Judgement::Same => ("word", "within noise"),
    }
}

fn marks(runs: &[(&str, &Report)], of: impl Fn(&Point) -> Option<f64>) -> Vec<Mark> {
    let mark = |((name, report), class): (&(&str, &Report), &Class)| {
        let points = thinned(&report.series);
        let points = points.iter().map(|point| Some((point.middle_s(), of(point)?))).collect();
        Mark { class, name: (*name).to_owned(), shape: Shape::Line(points) }
    };
    runs.iter().zip(CLASSES.iter().cycle()).map(mark).collect()
}

fn points<'a>(runs: &'a [(&str, &'a Report)]) -> impl Iterator<Item = &'a Point> {
    runs.iter().flat_map(|(_, report)| &report.series)
}

fn seconds(runs: &[(&str, &Report)]) -> Axis {
    let first = points(runs).map(|point| point.at_s - point.lasted_s).fold(0.0, f64::min);
    let last = points(runs).map(|point| point.at_s).fold(1.0, f64::max);
    Axis::seconds("time from the end of the warm-up", first, last)
}

fn throughput(runs: &[(&str, &Report)]) -> Chart {
    let marks = marks(runs, |point| is_known(point).then(|| point.per_second(point.answers)));
    let high = highest(&marks);
    let y = Axis::linear("answers per second", high, short);
    let about = "Answers per second.".to_owned();
    Chart {
        id: "throughput",
        title: "Throughput",
        about,
        x: seconds(runs),
        y,
        marks,
        spots: Vec::new(),
        shaded_to: None,
    }
}

fn latency(runs: &[(&str, &Report)], id: &'static str, title: &'static str, of: fn(&Point) -> f64) -> Chart {
    let marks = marks(runs, |point| has_answers(point).then(|| of(point)));
    let low = values(&marks).fold(f64::INFINITY, f64::min);
    let y = Axis::times("latency, logarithmic", if low.is_finite() { low } else { 1.0 }, highest(&marks));
    let about = "Of the answers in each second.".to_owned();
    Chart { id, title, about, x: seconds(runs), y, marks, spots: Vec::new(), shaded_to: None }
}

fn values(marks: &[Mark]) -> impl Iterator<Item = f64> + '_ {
    marks.iter().flat_map(|mark| match &mark.shape {
        Shape::Line(points) => points.iter().flatten().map(|(_, y)| *y).collect::<Vec<_>>(),
        _ => Vec::new(),
    })
}

fn highest(marks: &[Mark]) -> f64 {
    let highest = values(marks).fold(0.0, f64::max);
    if highest > 0.0 { highest } else { 1.0 }
}
