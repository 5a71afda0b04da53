//! The page of one run.

use super::chart::{Chart, put};
use super::escape::escape;
use super::over_latency::{Named, histogram, percentiles};
use super::over_time::OverTime;
use super::page::{self, section};
use super::tables;
use crate::load::export::report::{Report, Schedule};
use crate::load::export::units::{bytes, count, micros, rate, shortened};

/// Characters of a heading; the table of facts has it whole.
pub(super) const LONGEST_TITLE: usize = 120;

impl Report {
    /// The run as one page of HTML: key figures, charts, and tables. It needs no network, no file beside it, and no script;
    /// it is light or dark as the reader's system is, and fits a phone. What comes from elsewhere, such as the messages of
    /// errors, is text in it and nothing else.
    pub fn to_html(&self) -> String {
        let mut body = header(self);
        body.push_str(&notices(self));
        body.push_str(&tiles(self));
        body.push_str(&page::charts(&charts(self)));
        body.push_str(&section("Requests and steps, from sending", &tables::entries(self)));
        body.push_str("<div class=\"tables\">\n");
        for (title, table) in tables::all(self) {
            body.push_str(&section(title, &table));
        }
        body.push_str("</div>\n");
        page::page(&self.name, &body)
    }
}

fn many(n: u64, what: &str) -> String {
    format!("{} {what}{}", count(n), if n == 1 { "" } else { "s" })
}

/// What was done, as a sentence.
pub(super) fn summary(report: &Report) -> String {
    let mut text = many(report.connections as u64, "connection");
    if let Some(workers) = report.client.workers {
        put(&mut text, format_args!(" on {}", many(workers as u64, "worker")));
    }
    put(&mut text, format_args!(", {}", micros(report.elapsed_s * 1e6)));
    if report.warm_up_s > 0.0 {
        put(&mut text, format_args!(" after a warm-up of {}", micros(report.warm_up_s * 1e6)));
    }
    match report.schedule.as_ref().map(Schedule::pace) {
        Some(Some(pace)) => put(&mut text, format_args!(", open model {pace}")),
        Some(None) => text.push_str(", open model"),
        None => text.push_str(", closed model"),
    }
    if report.interrupted {
        text.push_str(", interrupted");
    }
    text
}

fn header(report: &Report) -> String {
    let server = if report.embedded_server { " <small>embedded server</small>" } else { "" };
    let (name, summary) = (shortened(&report.name, LONGEST_TITLE), summary(report));
    format!("<header><h1>{}{server}</h1><p>{}</p></header>\n", escape(&name), escape(&summary))
}

/// What a reader has to know before the figures.
fn notices(report: &Report) -> String {
    let mut html = String::new();
    for verdict in &report.thresholds {
        let (class, sign) = if verdict.held { ("held", "✓ held") } else { ("crossed", "✗ crossed") };
        let shown = |value: f64| if verdict.unit == "percent" { format!("{value:.3} %") } else { micros(value) };
        put(
            &mut html,
            format_args!(
                "<li class=\"{class}\"><b>{sign}</b> {} {}, limit {}</li>",
                escape(&verdict.metric),
                shown(verdict.actual),
                shown(verdict.limit)
            ),
        );
    }
    for warning in &report.warnings {
        put(&mut html, format_args!("<li class=\"warning\"><b>! note</b> {}</li>", escape(warning)));
    }
    if html.is_empty() { html } else { format!("<ul class=\"notices\">{html}</ul>\n") }
}

fn tiles(report: &Report) -> String {
    // Eight in a row would be too narrow for their figures.
    let class = if report.schedule.is_some() { "tiles many" } else { "tiles" };
    let mut html = format!("<div class=\"{class}\">");
    let mut tile = |class: &str, name: &str, value: &str, more: &str| {
        put(
            &mut html,
            format_args!("<div class=\"{class}\"><span>{name}</span><b>{value}</b><small>{more}</small></div>"),
        );
    };
    tile("", "Answers per second", &rate(report.answers_per_s), &many(report.answers, "answer"));
    if let Some(latency) = &report.latency_us {
        let of = |percent| micros(latency.percentile(percent));
        tile("", "Median latency", &of(50.0), &format!("mean {}", micros(latency.mean)));
        tile("", "99th percentile", &of(99.0), &format!("p90 {}", of(90.0)));
        tile("", "99.9th percentile", &of(99.9), &format!("max {}", micros(latency.max)));
    }
    match report.failed() {
        0 => tile("good", "Errors", "none", &format!("of {}", many(report.requests, "request"))),
        n => tile(
            "bad",
            "Errors",
            &count(n),
            &format!("{:.2} % of {}", report.failed_share() * 100.0, count(report.requests)),
        ),
    }
    let transfer = format!("{}/s", bytes(report.body_bytes_per_s));
    tile("", "Bodies", &transfer, &format!("{} in all", bytes(report.body_bytes as f64)));
    let per_answer = report.client.cpu_us_per_answer.map_or_else(|| "–".to_owned(), |us| format!("{us:.1} µs"));
    let share = format!("here; {:.0} % of a core", report.client.cpu_cores * 100.0);
    tile("", "CPU per answer", &per_answer, &share);
    if let Some(schedule) = &report.schedule {
        let class = if schedule.dropped > 0 { "bad" } else { "" };
        let late = format!("of {} · {} late", count(schedule.planned), count(schedule.late));
        tile(class, "Dropped", &count(schedule.dropped), &late);
    }
    html.push_str("</div>\n");
    html
}

fn charts(report: &Report) -> Vec<Chart> {
    let mut charts = OverTime::new(report).charts();
    let Some(latency) = &report.latency_us else { return charts };
    let name = if report.service_us.is_some() { "from the scheduled start" } else { "latency" };
    let latency = Named { class: "latency", name: name.to_owned(), times: latency };
    let mut curves = vec![Named { name: name.to_owned(), ..latency }];
    if let Some(times) = &report.service_us {
        curves.push(Named { class: "service", name: "from sending".to_owned(), times });
    }
    if let Some(times) = &report.first_byte_us {
        curves.push(Named { class: "first", name: "to the first byte, from sending".to_owned(), times });
    }
    charts.insert(1.min(charts.len()), percentiles(&curves));
    charts.insert(2.min(charts.len()), histogram(&curves[..1]));
    charts
}
