//! The figures of a run as tables.

use std::fmt::Display;

use super::chart::put;
use super::escape::escape;
use crate::load::export::distribution::Distribution;
use crate::load::export::report::Report;
use crate::load::export::units::{bytes, count, micros, rate, shortened};

/// Kinds of errors and steps that are listed.
const MOST: usize = 64;
/// Characters of a name; those of a URL of the longest kind would fill screens. JSON has it whole.
const LONGEST_NAME: usize = 120;

/// A table under construction.
pub(super) struct Table(String);

impl Table {
    /// With these names above its columns; the first is that of the rows.
    pub(super) fn new<T: Display>(columns: impl IntoIterator<Item = T>) -> Self {
        let mut html = String::from("<div class=\"scroll\"><table><thead><tr>");
        for column in columns {
            put(&mut html, format_args!("<th scope=\"col\">{}</th>", escape(&column.to_string())));
        }
        html.push_str("</tr></thead><tbody>");
        Self(html)
    }

    /// A name, and what stands in its row.
    pub(super) fn row<T: Display>(&mut self, name: &str, cells: impl IntoIterator<Item = T>) {
        self.classed_row(name, cells.into_iter().map(|cell| ("", cell)));
    }

    /// The same with a class for each cell.
    pub(super) fn classed_row<T: Display>(&mut self, name: &str, cells: impl IntoIterator<Item = (&'static str, T)>) {
        put(&mut self.0, format_args!("<tr><th scope=\"row\">{}</th>", escape(name)));
        for (class, cell) in cells {
            put(&mut self.0, format_args!("<td class=\"{class}\">{}</td>", escape(&cell.to_string())));
        }
        self.0.push_str("</tr>");
    }

    /// Texts rather than figures.
    fn of_facts() -> Self {
        Self::new(["", ""]).classed("facts texts")
    }

    fn classed(self, class: &str) -> Self {
        Self(self.0.replacen("<table>", &format!("<table class=\"{class}\">"), 1))
    }

    pub(super) fn end(self) -> String {
        self.0 + "</tbody></table></div>"
    }
}

/// The tables that there is something to show in, with their headings.
pub(super) fn all(report: &Report) -> Vec<(&'static str, String)> {
    vec![
        ("Latency", latency(report)),
        ("Errors", errors(report)),
        ("Statuses", statuses(report)),
        ("Where the time went", phases(report)),
        ("Connections and client", client(report)),
        ("About this run", facts(report)),
    ]
}

fn latency(report: &Report) -> String {
    let (of, service) = match report.service_us {
        Some(_) => ("from the scheduled start", report.service_us.as_ref()),
        None => ("latency", None),
    };
    let all = [
        (of, report.latency_us.as_ref()),
        ("from sending", service),
        ("to the first byte", report.first_byte_us.as_ref()),
    ];
    let all: Vec<(&str, &Distribution)> = all.into_iter().filter_map(|(name, times)| Some((name, times?))).collect();
    let Some((_, first)) = all.first() else { return String::new() };
    let mut table = Table::new([""].into_iter().chain(all.iter().map(|(name, _)| *name)));
    let mut row = |name: &str, of: &dyn Fn(&Distribution) -> f64| {
        table.row(name, all.iter().map(|(_, times)| micros(of(times))));
    };
    row("min", &|times| times.min);
    row("mean", &|times| times.mean);
    row("stdev", &|times| times.stdev);
    for (percent, _) in first.percentiles() {
        row(&format!("p{percent}"), &|times| times.percentile(percent));
    }
    row("max", &|times| times.max);
    table.end()
}

/// Wider than a column of the page.
pub(super) fn entries(report: &Report) -> String {
    if report.entries.is_empty() {
        return String::new();
    }
    let columns = ["", "answers", "per s", "errors", "p50", "p90", "p99", "max"];
    // Their names may be URLs, which have no blanks to be broken at.
    let mut table = Table::new(columns).classed("named");
    for entry in report.entries.iter().take(MOST) {
        let mut cells = vec![count(entry.answers), rate(entry.answers_per_s), count(entry.errors)];
        if let Some(times) = &entry.service_us {
            let percentiles = [50.0, 90.0, 99.0].map(|percent| times.percentile(percent));
            cells.extend(percentiles.into_iter().chain([times.max]).map(micros));
        }
        cells.resize(7, String::new());
        table.row(&shortened(&entry.name, LONGEST_NAME), cells);
    }
    table.end()
}

fn errors(report: &Report) -> String {
    if report.errors.is_empty() {
        return String::new();
    }
    let most = report.errors.iter().map(|failed| failed.count).max().unwrap_or(1).max(1);
    let mut html = String::from("<ul class=\"kinds\">");
    for failed in report.errors.iter().take(MOST) {
        put(
            &mut html,
            format_args!(
                "<li><b>{} × {}</b><span class=\"kind\"><span style=\"width:{:.1}%\"></span></span><small>first: {}</small></li>",
                count(failed.count),
                escape(&failed.what()),
                failed.count as f64 * 100.0 / most as f64,
                escape(&failed.first)
            ),
        );
    }
    html + "</ul>"
}

fn statuses(report: &Report) -> String {
    if report.statuses.is_empty() {
        return String::new();
    }
    let all: u64 = report.statuses.values().sum();
    let mut table = Table::new(["status", "answers", "share"]);
    for (status, &n) in &report.statuses {
        let class = if *status < 400 { "" } else { "worse" };
        let share = format!("{:.2} %", n as f64 * 100.0 / all.max(1) as f64);
        table.classed_row(&status.to_string(), [(class, count(n)), (class, share)]);
    }
    table.end()
}

fn phases(report: &Report) -> String {
    if report.phases.is_empty() {
        return String::new();
    }
    let mut table = Table::new(["phase", "mean", "in answers"]);
    for phase in &report.phases {
        table.row(phase_name(&phase.phase), [micros(phase.mean_us), count(phase.count)]);
    }
    table.end()
}

/// A phase as people call it.
fn phase_name(phase: &str) -> &str {
    match phase {
        "Checkout" => "waiting for a free connection",
        "Resolve" => "name lookup",
        "Connect" => "connect",
        "Proxy" => "proxy",
        "Tls" => "TLS handshake",
        "Send" => "sending the request",
        "Head" => "waiting for the answer",
        "Body" => "reading the body",
        other => other,
    }
}

fn client(report: &Report) -> String {
    let mut table = Table::new(["", ""]).classed("texts");
    let mut row = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            table.row(name, [value]);
        }
    };
    let client = &report.client;
    let tail = |times: &Distribution| {
        format!(
            "p50 {}, p99 {}, max {}",
            micros(times.percentile(50.0)),
            micros(times.percentile(99.0)),
            micros(times.max)
        )
    };
    let seconds = |seconds: f64| micros(seconds * 1e6);
    row("connections opened", report.connections_opened.map(count));
    row("under way at the end", Some(count(report.unfinished)));
    row("processor time, user", client.cpu_user_s.map(seconds));
    row("processor time, system", client.cpu_system_s.map(seconds));
    row("share of a core", Some(format!("{:.0} %", client.cpu_cores * 100.0)));
    row("most memory", client.peak_memory_bytes.map(|n| bytes(n as f64)));
    row("waiting for a worker", client.lag_us.as_ref().map(tail));
    row("timer error", report.schedule.as_ref().and_then(|schedule| schedule.timer_error_us.as_ref()).map(tail));
    table.end()
}

fn facts(report: &Report) -> String {
    let url = report.url.iter().map(|url| ("URL", url.as_str()));
    let seed = report.seed.map(|seed| seed.to_string());
    let seed = seed.iter().map(|seed| ("seed", seed.as_str()));
    let facts: Vec<_> =
        url.chain(seed).chain(report.facts.iter().map(|fact| (fact.name.as_str(), fact.value.as_str()))).collect();
    if facts.is_empty() {
        return String::new();
    }
    let mut table = Table::of_facts();
    facts.into_iter().for_each(|(name, value)| table.row(name, [value]));
    table.end()
}
