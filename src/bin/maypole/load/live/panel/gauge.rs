//! The first two lines and the last: what runs, how far it is, and what can be done about it.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::state::State;
use super::paint::{ACCENT, FAINT, PLAIN, STRONG, WARNING, apart, bar, cut};
use crate::load::units::count;

pub(in super::super) fn title(buffer: &mut Buffer, area: Rect, state: &State) {
    let about = &state.about;
    let right = format!("{} · {} ", about.model, about.connections());
    let room = usize::from(area.width).saturating_sub(right.chars().count() + 3);
    let url = Line::from(vec![Span::raw(" "), Span::styled(cut(&about.url, room), STRONG)]);
    apart(buffer, area, &url, &Line::styled(right, FAINT));
}

/// How far it is in words.
pub(super) fn so_far(state: &State) -> String {
    let Some(now) = &state.now else { return "starting".into() };
    if state.is_warming_up() {
        return "warm-up".into();
    }
    let elapsed = seconds(now.elapsed);
    match (state.about.requests, state.about.duration) {
        (Some(all), _) => format!("{} of {}, {elapsed} s", count(now.done() + now.errors()), count(all)),
        (None, Some(all)) => format!("{elapsed} of {} s", seconds(all).trim_end_matches(".0")),
        (None, None) => format!("{elapsed} s"),
    }
}

/// `42 %  5.8 s left`.
pub(super) fn left(state: &State) -> String {
    let left = state.left().map(|left| format!("{} left", until(left))).unwrap_or_default();
    format!("{:>3.0} %  {left:>11}", (state.share() * 100.0).floor())
}

fn until(left: Duration) -> String {
    match left.as_secs() {
        0..100 => format!("{} s", seconds(left)),
        s @ 100..6_000 => format!("{}:{:02}", s / 60, s % 60),
        s if s < 360_000 => format!("{}:{:02} h", s / 3_600, s / 60 % 60),
        _ => "days".into(),
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64())
}

pub(in super::super) fn progress(buffer: &mut Buffer, area: Rect, state: &State) {
    let (so_far, left) = (format!(" {}  ", so_far(state)), format!("{} ", left(state)));
    let around = so_far.chars().count() + left.chars().count() + 1;
    let width = usize::from(area.width).saturating_sub(around);
    let style = if state.is_warming_up() { WARNING } else { ACCENT };
    let done = bar(state.share(), width);
    let rest = "░".repeat(width.saturating_sub(done.chars().count()));
    let line = vec![
        Span::styled(so_far, if state.is_warming_up() { WARNING } else { PLAIN }),
        Span::styled(done, style),
        Span::styled(rest, FAINT),
    ];
    apart(buffer, area, &Line::from(line), &Line::raw(left));
}

pub(in super::super) fn footer(buffer: &mut Buffer, area: Rect, state: &State) {
    let key = |key: &'static str, what: &'static str| [Span::styled(key, STRONG), Span::styled(what, FAINT)];
    let pause = if state.is_paused { " go on" } else { " pause the picture" };
    let keys: Vec<_> =
        [Span::raw(" ")].into_iter().chain(key("q", " end with the report   ")).chain(key("p", pause)).collect();
    let paused = if state.is_paused { "paused, the run goes on " } else { "" };
    apart(buffer, area, &Line::from(keys), &Line::styled(paused, WARNING));
}
