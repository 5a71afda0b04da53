//! The report as text: it fits 24 lines of 80 columns when all went well.

use std::fmt::Write;

use maypole::load::export::{Bar, Distribution, Failed, PhaseTime, Report, Schedule, Verdict};

use super::paint::Paint;
use super::threshold;
use super::units::{bytes, count, micros, rate, shortened};

/// Columns of the longest bar.
const BAR_WIDTH: usize = 26;
/// Columns beside a name.
const WIDTH: usize = 64;
/// Columns of the phases beside theirs.
const PHASES_WIDTH: usize = 62;
/// Kinds of errors that are listed.
const ERRORS_SHOWN: usize = 8;

/// The whole report, without the last line's end.
pub(super) fn render(report: &Report, paint: Paint) -> String {
    let mut lines = Vec::new();
    title(&mut lines, report, paint);
    totals(&mut lines, report, paint);
    if let Some(latency) = &report.latency_us {
        distribution(&mut lines, latency, paint);
        first_byte(&mut lines, report);
        lines.push(String::new());
    }
    if let Some(schedule) = &report.schedule {
        self::schedule(&mut lines, schedule, report.service_us.as_ref());
    }
    thresholds(&mut lines, &report.thresholds, paint);
    client(&mut lines, report, paint);
    for warning in &report.warnings {
        lines.push(paint.warning(&format!("  ! {warning}")));
    }
    lines.join("\n")
}

fn title(lines: &mut Vec<String>, report: &Report, paint: Paint) {
    let server = if report.embedded_server { "  (embedded server)" } else { "" };
    lines.push(format!("{}{}", paint.bold(&shortened(&report.name, 3 * 80)), paint.faint(server)));
    let plural = |n: usize, what: &str| format!("{} {what}{}", count(n as u64), if n == 1 { "" } else { "s" });
    let (elapsed, warm_up) = (micros(report.elapsed_s * 1e6), micros(report.warm_up_s * 1e6));
    let time = match (report.warm_up_s > 0.0, report.interrupted) {
        (true, true) if report.elapsed_s == 0.0 => format!("interrupted in its warm-up of {warm_up}"),
        (true, true) => format!("{elapsed} after a warm-up of {warm_up}, interrupted"),
        (true, false) => format!("{elapsed} after a warm-up of {warm_up}"),
        (false, true) => format!("{elapsed}, interrupted"),
        (false, false) => elapsed,
    };
    lines.push(format!(
        "{} on {}, {time}",
        plural(report.connections, "connection"),
        plural(report.client.workers.unwrap_or(1), "worker"),
    ));
    lines.push(String::new());
}

fn totals(lines: &mut Vec<String>, report: &Report, paint: Paint) {
    let mut add = |name: &str, value: String| lines.push(format!("  {name:<14}{value}"));
    let answers = format!("{:<14}", count(report.answers));
    add("Answers", format!("{answers}{}", paint.bold(&format!("{} per second", rate(report.answers_per_s)))));
    let transfer = format!("{:<14}", bytes(report.body_bytes as f64));
    add("Bodies", format!("{transfer}{} per second", bytes(report.body_bytes_per_s)));
    let statuses: Vec<String> = report.statuses.iter().map(|(&status, &n)| self::status(status, n, paint)).collect();
    if !statuses.is_empty() {
        add("Statuses", statuses.join("   "));
    }
    if let Some(opened) = report.connections_opened {
        let unfinished = match report.unfinished {
            0 => String::new(),
            n => format!(" · {} in flight at the end, not counted", count(n)),
        };
        add("Connections", format!("{} opened{unfinished}", count(opened)));
    }
    if report.errors.is_empty() {
        add("Errors", paint.good("none"));
    } else {
        add("Errors", paint.bad(&count(report.failed())));
        lines.extend(report.errors.iter().take(ERRORS_SHOWN).map(|failure| self::failure(failure, paint)));
        if let Some(more @ 1..) = report.errors.len().checked_sub(ERRORS_SHOWN) {
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

fn failure(failure: &Failed, paint: Paint) -> String {
    format!(
        "    {} × {}\n      {}",
        count(failure.count),
        failure.what(),
        paint.faint(&format!("first: {}", failure.first))
    )
}

/// Percentiles on the left, bars on the right.
fn distribution(lines: &mut Vec<String>, latency: &Distribution, paint: Paint) {
    lines.push(format!(
        "  {:<14}min {} · mean {} · max {} · stdev {}",
        "Latency",
        micros(latency.min),
        micros(latency.mean),
        micros(latency.max),
        micros(latency.stdev)
    ));
    let bars = &latency.histogram;
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or(1).max(1);
    let percentiles: Vec<(f64, f64)> = latency.percentiles().collect();
    for row in 0..percentiles.len().max(bars.len()) {
        let left = percentiles.get(row).map_or_else(String::new, |&(percent, us)| {
            let name = format!("p{percent}");
            format!("{name:<7}{:>9}", micros(us))
        });
        let mut line = format!("  {left:<20}");
        if let Some(bar) = bars.get(row) {
            self::bar(&mut line, bar, most, latency.count, paint);
        }
        lines.push(line.trim_end().to_owned());
    }
}

/// When the answer began, and where the time went: means over the answers that needed a phase.
fn first_byte(lines: &mut Vec<String>, report: &Report) {
    if let Some(times) = &report.first_byte_us {
        lines.push(format!("  {:<14}{}", "First byte", tail(times)));
    }
    let mut row = String::new();
    let mut name = "Phases";
    for phase in report.phases.iter().map(|phase| self::phase(phase, report.answers)) {
        if !row.is_empty() && row.chars().count() + 3 + phase.chars().count() > PHASES_WIDTH {
            lines.push(format!("  {name:<14}{row}"));
            (row, name) = (String::new(), "");
        }
        row.push_str(if row.is_empty() { "" } else { " · " });
        row.push_str(&phase);
    }
    if !row.is_empty() {
        lines.push(format!("  {name:<14}{row}"));
    }
}

fn phase(phase: &PhaseTime, answers: u64) -> String {
    let times = if phase.count < answers { format!(" × {}", count(phase.count)) } else { String::new() };
    let name = if phase.phase == "Head" { "wait".to_owned() } else { phase.phase.to_lowercase() };
    format!("{name} {}{times}", micros(phase.mean_us))
}

fn tail(times: &Distribution) -> String {
    let [p50, p99, p999] = [50.0, 99.0, 99.9].map(|percent| micros(times.percentile(percent)));
    format!("p50 {p50} · p99 {p99} · p99.9 {p999} · max {}", micros(times.max))
}

fn thresholds(lines: &mut Vec<String>, verdicts: &[Verdict], paint: Paint) {
    for (n, verdict) in verdicts.iter().enumerate() {
        let text = threshold::text(verdict);
        let text = if verdict.held { paint.good(&text) } else { paint.bad(&text) };
        lines.push(format!("  {:<14}{text}", if n == 0 { "Thresholds" } else { "" }));
    }
    if !verdicts.is_empty() {
        lines.push(String::new());
    }
}

/// The open model: what the latency above does not say.
fn schedule(lines: &mut Vec<String>, schedule: &Schedule, service: Option<&Distribution>) {
    let mut add = |name: &str, value: String| lines.push(format!("  {name:<14}{value}"));
    let pace = schedule.pace().map_or_else(String::new, |pace| format!(" {pace}"));
    let planned = format!("{}{pace}", count(schedule.planned));
    let missed = format!("{} dropped · {} late", count(schedule.dropped), count(schedule.late));
    if planned.chars().count() + 3 + missed.chars().count() <= WIDTH {
        add("Schedule", format!("{planned} · {missed}"));
    } else {
        add("Schedule", planned);
        add("", missed);
    }
    if let Some(service) = service {
        add("Service time", tail(service));
        add("", "from sending on; the latency above is from the scheduled start".into());
    }
    if let Some(timer) = &schedule.timer_error_us {
        add("Timer error", tail(timer));
    }
    lines.push(String::new());
}

fn bar(line: &mut String, bar: &Bar, most: u64, all: u64, paint: Paint) {
    let drawn = blocks(bar.count as f64 / most as f64);
    let share = bar.count as f64 / all.max(1) as f64 * 100.0;
    let label = format!("≤ {}", micros(bar.up_to as f64));
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
    let client = &report.client;
    let memory =
        client.peak_memory_bytes.map_or_else(String::new, |peak| format!(", {} of memory at most", bytes(peak as f64)));
    let share = format!("{:.0} % of a core{memory}", client.cpu_cores * 100.0);
    let Some(per_answer) = client.cpu_us_per_answer else {
        lines.push(format!("  {:<14}{share}", "This client"));
        return;
    };
    let [user, system] = [client.cpu_user_s, client.cpu_system_s]
        .map(|seconds| decimal(seconds.unwrap_or(0.0) * 1e6 / report.answers.max(1) as f64));
    lines.push(format!(
        "  {:<14}{} of processor time per answer ({user} user + {system} system)",
        "This client",
        paint.bold(&format!("{} µs", decimal(per_answer))),
    ));
    lines.push(format!("  {:<14}{share}", ""));
}

/// With one decimal where that tells something: the figures to compare are about 10 µs.
fn decimal(us: f64) -> String {
    if us < 99.95 { format!("{us:.1}") } else { format!("{us:.0}") }
}
