//! Percentiles of the last second and of the whole run.

use maypole::load::{Latency, Snapshot};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::state::State;
use super::paint::{FAINT, PLAIN, STRONG, frame, stack, time};

type Figure = (&'static str, fn(&Latency) -> std::time::Duration);

/// What matters most comes first where not all find room.
const FIGURES: [Figure; 9] = [
    ("p50", |latency| latency.percentile(50.0)),
    ("p90", |latency| latency.percentile(90.0)),
    ("p99", |latency| latency.percentile(99.0)),
    ("p99.9", |latency| latency.percentile(99.9)),
    ("max", Latency::max),
    ("p99.99", |latency| latency.percentile(99.99)),
    ("mean", Latency::mean),
    ("stdev", Latency::stdev),
    ("min", Latency::min),
];

pub(in super::super) fn draw(buffer: &mut Buffer, area: Rect, state: &State) {
    let what = if state.about.is_open { "from the scheduled start" } else { "" };
    let inner = frame(buffer, area, "Latency", Span::styled(what, FAINT));
    let lately = state.lately();
    let now = state.now.as_deref();
    let columns = columns(state, lately.as_ref(), now);
    let width = (usize::from(inner.width).saturating_sub(7) / columns.len().max(1)).min(16);
    let row = |name: &str, cells: Vec<(String, ratatui::style::Style)>| {
        let cells = cells.into_iter().map(|(text, style)| Span::styled(format!("{text:>width$}"), style));
        Line::from([Span::styled(format!("{name:<7}"), FAINT)].into_iter().chain(cells).collect::<Vec<_>>())
    };
    let head = row("", columns.iter().map(|(name, _, _)| ((*name).to_owned(), FAINT)).collect());
    let rows = FIGURES.iter().map(|(name, of)| {
        let cells = columns.iter().map(|(_, latency, style)| {
            (latency.filter(|latency| latency.count() > 0).map_or("–".into(), |latency| time(of(latency))), *style)
        });
        row(name, cells.collect())
    });
    stack(buffer, inner, [head].into_iter().chain(rows));
}

type Column<'a> = (&'static str, Option<&'a Latency>, ratatui::style::Style);

fn columns<'a>(state: &State, lately: Option<&'a Latency>, now: Option<&'a Snapshot>) -> Vec<Column<'a>> {
    let mut columns = vec![("last second", lately, PLAIN), ("so far", now.map(|now| &now.latency), STRONG)];
    if state.about.is_open {
        columns[0].0 = "last s";
        columns.push(("service", now.map(|now| &now.service), PLAIN));
    }
    columns
}
