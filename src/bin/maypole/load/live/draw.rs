//! The whole picture.
//!
//! ```text
//!  http://127.0.0.1:8080/                          closed model · 50 connections
//!  4.2 of 10 s  ██████████████▌                                 42 %  5.8 s left
//! ╭ Requests per second ── 123,456 ╮╭ Latency p99 ────────────── 1.21 ms ╮
//! ╭ Latency ─ last second ─ so far ╮╭ Distribution ──────────────────────╮
//! ╭ Answers ───────────────────────╮╭ This client ───────────────────────╮
//!  q end   p pause
//! ```
//!
//! Where that finds no room, what matters most in lines without borders, and in a single line at last.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};

use super::panel::{answers, chart, client, distribution, gauge, latency, lines};
use super::state::State;

/// The least that the panels are drawn on.
const PANELS: (u16, u16) = (76, 20);

pub(super) fn draw(buffer: &mut Buffer, state: &State) {
    let area = buffer.area;
    if area.width >= PANELS.0 && area.height >= PANELS.1 {
        panels(buffer, area, state);
    } else {
        lines::draw(buffer, area, state);
    }
}

fn panels(buffer: &mut Buffer, area: Rect, state: &State) {
    let lower = if area.height >= 24 { 6 } else { 5 };
    // Of what the screen has beyond 24 lines the charts get half, the distribution the rest.
    let middle = 8 + area.height.saturating_sub(24) * 2 / 5;
    let rows = [1, 1].map(Constraint::Length).into_iter().chain([
        Constraint::Min(5),
        Constraint::Length(middle),
        Constraint::Length(lower + area.height.saturating_sub(30) / 5),
        Constraint::Length(1),
    ]);
    let [title, progress, charts, times, outcomes, footer] = Layout::vertical(rows).areas(area);
    gauge::title(buffer, title, state);
    gauge::progress(buffer, progress, state);
    let halves = |row: Rect| Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas::<2>(row);
    let [left, right] = halves(charts);
    chart::rate(buffer, left, state);
    chart::p99(buffer, right, state);
    let [left, right] = halves(times);
    latency::draw(buffer, left, state);
    distribution::draw(buffer, right, state);
    let [left, right] = halves(outcomes);
    answers::draw(buffer, left, state);
    client::draw(buffer, right, state);
    gauge::footer(buffer, footer, state);
}
