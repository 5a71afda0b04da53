//! Statuses, and what failed.

use maypole::load::{Failure, Snapshot};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::state::State;
use super::paint::{BAD, FAINT, GOOD, PLAIN, cut, frame, stack};
use crate::load::units::{count, rate};

pub(in super::super) fn draw(buffer: &mut Buffer, area: Rect, state: &State) {
    let now = state.now.as_deref();
    let errors = now.map_or(0, Snapshot::errors);
    let figure = match errors {
        0 => Span::styled("no errors", GOOD),
        _ => Span::styled(format!("{} errors", count(errors)), BAD),
    };
    let inner = frame(buffer, area, "Answers", if state.is_warming_up() { Span::raw("") } else { figure });
    if state.is_warming_up() {
        stack(buffer, inner, warm_up(state));
        return;
    }
    let Some(now) = now else { return };
    let width = inner.width.into();
    let failures = now.failures.iter().map(|failure| self::failure(failure, width));
    stack(buffer, inner, [statuses(now)].into_iter().chain(failures));
}

fn warm_up(state: &State) -> [Line<'static>; 2] {
    let errors = state.errors_per_second();
    let style = if errors > 0.0 { BAD } else { PLAIN };
    [
        Line::styled("Nothing is counted in the warm-up.", FAINT),
        Line::styled(format!("{} errors/s", rate(errors)), style),
    ]
}

/// `200 × 12,000   404 × 300`, the most frequent first.
pub(super) fn statuses(now: &Snapshot) -> Line<'static> {
    let mut all: Vec<_> = now.statuses.iter().collect();
    all.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    if all.is_empty() {
        return Line::styled("no answers so far", FAINT);
    }
    let mut spans = Vec::new();
    for (status, times) in all {
        let style = if *status < 400 { GOOD } else { BAD };
        spans.extend([Span::styled(status.to_string(), style), Span::raw(format!(" × {}   ", count(*times)))]);
    }
    Line::from(spans)
}

fn failure(failure: &Failure, width: usize) -> Line<'static> {
    let what = failure.what();
    let counted = format!("{} × ", count(failure.count));
    let room = width.saturating_sub(counted.chars().count() + what.chars().count() + 2);
    let first = if room >= 12 { format!("  {}", cut(&failure.first, room)) } else { String::new() };
    Line::from(vec![Span::raw(counted), Span::styled(what, BAD), Span::styled(first, FAINT)])
}

/// All kinds of failures in a line.
pub(super) fn failures(now: &Snapshot) -> Line<'static> {
    let mut line = Line::default();
    for failure in &now.failures {
        line.push_span(Span::raw(format!("{} × ", count(failure.count))));
        line.push_span(Span::styled(format!("{}   ", failure.what()), BAD));
    }
    line
}
