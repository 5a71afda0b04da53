//! A terminal without room for panels: lines, and a chart in what they leave.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use maypole::load::Latency;

use super::super::state::State;
use super::paint::{BAD, FAINT, GOOD, PLAIN, STRONG, WARNING, stack, time};
use super::{answers, chart, client, gauge};
use crate::load::units::{bytes, count, rate};

/// So many lines of figures; what is below gets a chart.
const FIGURES: u16 = 9;

pub(in super::super) fn draw(buffer: &mut Buffer, area: Rect, state: &State) {
    if area.height < 3 || area.width < 40 {
        let lines = short(state, area.width.into());
        return stack(buffer, area, lines);
    }
    let row = |y: u16| Rect { y: area.y + y, height: 1, ..area };
    gauge::title(buffer, row(0), state);
    gauge::progress(buffer, row(1), state);
    let with_chart = area.height >= FIGURES + 5;
    let height = area.height - 2 - u16::from(with_chart);
    stack(buffer, Rect { x: area.x + 1, y: area.y + 2, width: area.width - 1, height }, figures(state, area.width));
    if with_chart {
        let used = 2 + FIGURES;
        let chart = Rect { x: area.x + 1, y: area.y + used, width: area.width - 2, height: area.height - used - 1 };
        chart::bare(buffer, chart, state);
        gauge::footer(buffer, row(area.height - 1), state);
    }
}

/// The most important first: they end where the terminal does.
fn figures(state: &State, width: u16) -> Vec<Line<'static>> {
    let Some(now) = &state.now else { return Vec::new() };
    let width = usize::from(width).saturating_sub(11);
    let named = |name: &'static str, rest: Line<'static>| {
        Line::from([Span::styled(format!("{name:<10}"), FAINT)].into_iter().chain(rest.spans).collect::<Vec<_>>())
    };
    let speed = format!("{}/s now, {}/s on average", rate(state.rate()), rate(state.mean()));
    let lately = state.lately();
    let mut lines = vec![
        named("Answers", Line::styled(speed, STRONG)),
        named("Latency", percentiles(Some(&now.latency), width)),
        named("  last s", percentiles(lately.as_ref(), width)),
    ];
    if state.about.is_open {
        lines.push(named("  service", percentiles(Some(&now.service), width)));
    }
    lines.push(named("Statuses", answers::statuses(now)));
    let none = now.failures.is_empty();
    lines.push(named("Errors", if none { Line::styled("none", GOOD) } else { answers::failures(now) }));
    lines.push(named("Client", client_line(state)));
    if state.about.is_open {
        lines.push(named("Schedule", Line::raw(client::schedule(now))));
    }
    lines.push(named("Bodies", Line::raw(format!("{}/s", bytes(state.bytes_per_second())))));
    lines
}

fn client_line(state: &State) -> Line<'static> {
    let limit = state.is_client_the_limit();
    let note = if limit { ", the limit" } else { "" };
    let cpu = format!("{:.0} % of a core{note}", state.cpu() * 100.0);
    let in_flight = state.now.as_ref().map_or(0, |now| now.in_flight);
    Line::from(vec![
        Span::styled(cpu, if limit { WARNING } else { PLAIN }),
        Span::raw(format!(", {} in flight", count(in_flight))),
    ])
}

/// As many of them as find room.
fn percentiles(latency: Option<&Latency>, width: usize) -> Line<'static> {
    let Some(latency) = latency.filter(|latency| latency.count() > 0) else { return Line::styled("–", FAINT) };
    let figure = |(name, percent)| (name, latency.percentile(percent));
    let figures = [("p50", 50.0), ("p90", 90.0), ("p99", 99.0)].map(figure).into_iter();
    let mut line = Line::default();
    for (name, value) in figures.chain([("max", latency.max())]) {
        let parts = [Span::styled(format!("{name} "), FAINT), Span::raw(format!("{} ", time(value)))];
        if line.width() + parts.iter().map(Span::width).sum::<usize>() <= width + 1 {
            line.spans.extend(parts);
        }
    }
    line
}

/// As much as finds room in a single line each.
fn short(state: &State, width: usize) -> Vec<Line<'static>> {
    let Some(now) = &state.now else { return vec![Line::raw("starting")] };
    let errors = now.errors();
    let mut line = Line::raw(format!("{:.0} % {}/s", state.share() * 100.0, rate(state.rate())));
    let p99 = format!(" p99 {}", time(now.latency.percentile(99.0)));
    let failed = Span::styled(format!(" {} errors", count(errors)), if errors > 0 { BAD } else { GOOD });
    let parts = [Span::raw(p99), failed];
    for part in parts {
        if line.width() + part.width() <= width {
            line.push_span(part);
        }
    }
    let latency = Some(&now.latency);
    vec![line, percentiles(latency, width), answers::statuses(now), answers::failures(now), client_line(state)]
}
