//! The report as text: it fits 24 lines of 80 columns when all went well.

use std::fmt::Write;

use maypole::load::Failure;

use super::histogram::Bar;
use super::report::{Latency, Report, Schedule};
use super::units::{bytes, count, micros, rate};

/// Columns of the longest bar.
const BAR_WIDTH: usize = 26;
/// Kinds of errors that are listed.
const ERRORS_SHOWN: usize = 8;

/// Escape sequences, or nothing.
#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
    fn bold(self, text: &str) -> String {
        self.with("1", text)
    }
    fn faint(self, text: &str) -> String {
        self.with("2", text)
    }
    fn bar(self, text: &str) -> String {
        self.with("36", text)
    }
    fn good(self, text: &str) -> String {
        self.with("32", text)
    }
    fn bad(self, text: &str) -> String {
        self.with("31", text)
    }
    fn warning(self, text: &str) -> String {
        self.with("33", text)
    }
}

/// The whole report, without the last line's end.
pub(super) fn render(report: &Report, is_coloured: bool) -> String {
    let paint = Paint(is_coloured);
    let mut lines = Vec::new();
    title(&mut lines, report, paint);
    totals(&mut lines, report, paint);
    if let Some(latency) = &report.latency {
        distribution(&mut lines, latency, paint);
    }
    if let Some(schedule) = &report.schedule {
        self::schedule(&mut lines, schedule);
    }
    for (n, verdict) in report.verdicts.iter().enumerate() {
        let text = if verdict.is_held() { paint.good(&verdict.text()) } else { paint.bad(&verdict.text()) };
        lines.push(format!("  {:<14}{text}", if n == 0 { "Thresholds" } else { "" }));
    }
    if !report.verdicts.is_empty() {
        lines.push(String::new());
    }
    client(&mut lines, report, paint);
    for warning in &report.warnings {
        lines.push(paint.warning(&format!("  ! {warning}")));
    }
    lines.join("\n")
}

fn title(lines: &mut Vec<String>, report: &Report, paint: Paint) {
    let server = if report.is_embedded { "  (embedded server)" } else { "" };
    lines.push(format!("{}{}", paint.bold(&report.url), paint.faint(server)));
    let plural = |n: usize, what: &str| format!("{} {what}{}", count(n as u64), if n == 1 { "" } else { "s" });
    let ended = if report.is_interrupted { ", interrupted" } else { "" };
    let warm_up = match report.warm_up.as_secs_f64() * 1e6 {
        0.0 => String::new(),
        us => format!(" after a warm-up of {}", micros(us)),
    };
    lines.push(format!(
        "{} on {}, {}{warm_up}{ended}",
        plural(report.connections, "connection"),
        plural(report.workers, "worker"),
        micros(report.elapsed.as_secs_f64() * 1e6),
    ));
    lines.push(String::new());
}

fn totals(lines: &mut Vec<String>, report: &Report, paint: Paint) {
    let mut add = |name: &str, value: String| lines.push(format!("  {name:<14}{value}"));
    let answers = format!("{:<14}", count(report.answers));
    add(
        "Answers",
        format!("{answers}{}", paint.bold(&format!("{} per second", rate(report.per_second(report.answers))))),
    );
    let transfer = format!("{:<14}", bytes(report.body_bytes as f64));
    add("Bodies", format!("{transfer}{} per second", bytes(report.per_second(report.body_bytes))));
    let statuses: Vec<String> = report.statuses.iter().map(|&(status, n)| self::status(status, n, paint)).collect();
    if !statuses.is_empty() {
        add("Statuses", statuses.join("   "));
    }
    add("Connections", format!("{} opened", count(report.opened)));
    if report.failures.is_empty() {
        add("Errors", paint.good("none"));
    } else {
        add("Errors", paint.bad(&count(report.errors())));
        lines.extend(report.failures.iter().take(ERRORS_SHOWN).map(|failure| self::failure(failure, paint)));
        if let Some(more @ 1..) = report.failures.len().checked_sub(ERRORS_SHOWN) {
            lines.push(format!("    and {more} other kinds"));
        }
    }
    lines.push(String::new());
}

fn status(status: u16, n: u64, paint: Paint) -> String {
    let text = status.to_string();
    let text = if status < 400 { paint.good(&text) } else { paint.bad(&text) };
    format!("{text} × {}", count(n))
}

fn failure(failure: &Failure, paint: Paint) -> String {
    let phase = failure.phase.map_or_else(String::new, |phase| format!(" in {phase}"));
    let what = format!("{:?}{phase}", failure.kind);
    format!("    {} × {what}\n      {}", count(failure.count), paint.faint(&format!("first: {}", failure.first)))
}

/// Percentiles on the left, bars on the right.
fn distribution(lines: &mut Vec<String>, latency: &Latency, paint: Paint) {
    lines.push(format!(
        "  {:<14}min {} · mean {} · max {} · stdev {}",
        "Latency",
        micros(latency.min),
        micros(latency.mean),
        micros(latency.max),
        micros(latency.stdev)
    ));
    let most = latency.bars.iter().map(|bar| bar.count).max().unwrap_or(1).max(1);
    let all: u64 = latency.bars.iter().map(|bar| bar.count).sum();
    for row in 0..latency.percentiles.len().max(latency.bars.len()) {
        let left = latency.percentiles.get(row).map_or_else(String::new, |&(percent, us)| {
            let name = format!("p{percent}");
            format!("{name:<7}{:>9}", micros(us))
        });
        let mut line = format!("  {left:<20}");
        if let Some(bar) = latency.bars.get(row) {
            self::bar(&mut line, bar, most, all, paint);
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.push(String::new());
}

/// The open model: what the latency above does not say.
fn schedule(lines: &mut Vec<String>, schedule: &Schedule) {
    let mut add = |name: &str, value: String| lines.push(format!("  {name:<14}{value}"));
    add(
        "Schedule",
        format!(
            "{} {} per second · {} dropped · {} late",
            count(schedule.planned),
            schedule.pace.text(),
            count(schedule.dropped),
            count(schedule.late)
        ),
    );
    let figures = |latency: &Latency| {
        let [p50, p99, p999] = [50.0, 99.0, 99.9].map(|percent| micros(latency.percentile(percent)));
        format!("p50 {p50} · p99 {p99} · p99.9 {p999} · max {}", micros(latency.max))
    };
    if let Some(service) = &schedule.service {
        add("Service time", figures(service));
        add("", "from sending on; the latency above is from the scheduled start".into());
    }
    if let Some(timer) = &schedule.timer {
        add("Timer error", figures(timer));
    }
    lines.push(String::new());
}

fn bar(line: &mut String, bar: &Bar, most: u64, all: u64, paint: Paint) {
    let drawn = blocks(bar.count as f64 / most as f64);
    let share = bar.count as f64 / all.max(1) as f64 * 100.0;
    let label = format!("≤ {}", micros(bar.upper_us as f64));
    let padding = " ".repeat(BAR_WIDTH - drawn.chars().count());
    // A `String` takes whatever is written.
    write!(line, "{label:>11} {}{padding} {share:>5.1} %", paint.bar(&drawn)).ok();
}

/// A bar of eighths: a share of 0.4 % of the longest still shows.
fn blocks(share: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share * (BAR_WIDTH * 8) as f64).round() as usize;
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

fn client(lines: &mut Vec<String>, report: &Report, paint: Paint) {
    let cpu = report.cpu;
    let memory =
        report.peak_memory.map_or_else(String::new, |peak| format!(", {} of memory at most", bytes(peak as f64)));
    let share = format!("{:.0} % of a core{memory}", report.cpu_share() * 100.0);
    if report.answers == 0 {
        lines.push(format!("  {:<14}{share}", "This client"));
        return;
    }
    lines.push(format!(
        "  {:<14}{} of processor time per answer ({} user + {} system)",
        "This client",
        paint.bold(&format!("{} µs", decimal(report.cpu_per_answer(cpu.total())))),
        decimal(report.cpu_per_answer(cpu.user)),
        decimal(report.cpu_per_answer(cpu.system)),
    ));
    lines.push(format!("  {:<14}{share}", ""));
}

/// With one decimal where that tells something: the figures to compare are about 10 µs.
fn decimal(us: f64) -> String {
    if us < 99.95 { format!("{us:.1}") } else { format!("{us:.0}") }
}
