//! Something over time, as columns of eighths.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::super::history::Column;
use super::super::state::State;
use super::paint::{ACCENT, BAD, FAINT, STRONG, WARNING, frame, time};
use crate::load::units::rate as per_second;

/// Columns of the labels on the left.
const LABELS: u16 = 8;

struct Chart<'a> {
    value: fn(&Column) -> f64,
    label: &'a dyn Fn(f64) -> String,
    style: Style,
}

pub(in super::super) fn rate(buffer: &mut Buffer, area: Rect, state: &State) {
    let figure = Span::styled(format!("{} now", per_second(state.rate())), STRONG);
    let inner = frame(buffer, area, "Answers per second", figure);
    let chart = Chart { value: |column| column.rate, label: &short, style: ACCENT };
    chart.draw(buffer, inner, state);
}

pub(in super::super) fn p99(buffer: &mut Buffer, area: Rect, state: &State) {
    let now = state.lately().filter(|latency| latency.count() > 0);
    let figure = now.map_or_else(String::new, |latency| format!("{} now", time(latency.percentile(99.0))));
    let inner = frame(buffer, area, "Latency p99", Span::styled(figure, STRONG));
    let label = |seconds: f64| time(std::time::Duration::from_secs_f64(seconds));
    let style = Style::new().fg(ratatui::style::Color::Magenta);
    Chart { value: |column| column.p99, label: &label, style }.draw(buffer, inner, state);
}

/// Only the columns, without axes.
pub(super) fn bare(buffer: &mut Buffer, area: Rect, state: &State) {
    Chart { value: |column| column.rate, label: &short, style: ACCENT }.columns(buffer, area, state);
}

impl Chart<'_> {
    fn draw(&self, buffer: &mut Buffer, area: Rect, state: &State) {
        if area.height < 2 || area.width <= LABELS + 8 {
            return;
        }
        let plot = Rect { x: area.x + LABELS + 1, width: area.width - LABELS - 1, height: area.height - 1, ..area };
        let top = self.columns(buffer, plot, state);
        for y in plot.top()..plot.bottom() {
            buffer.set_string(plot.x - 1, y, "│", FAINT);
        }
        let label = |text: String| format!("{text:>width$}", width = usize::from(LABELS));
        if top > 0.0 {
            buffer.set_stringn(area.x, plot.y, label((self.label)(top)), LABELS.into(), FAINT);
        }
        if plot.height > 6 && top > 0.0 {
            buffer.set_stringn(area.x, plot.y + plot.height / 2, label((self.label)(top / 2.0)), LABELS.into(), FAINT);
        }
        buffer.set_stringn(area.x, plot.bottom() - 1, label("0".into()), LABELS.into(), FAINT);
        let end = format!("{} s", span(state));
        buffer.set_string(plot.x - 1, plot.bottom(), "0", FAINT);
        if plot.width > 30 {
            let middle = format!("{} s", span(state) / 2.0);
            buffer.set_string(plot.x + plot.width / 2 - middle.len() as u16 / 2, plot.bottom(), middle, FAINT);
        }
        buffer.set_string(plot.right().saturating_sub(end.len() as u16), plot.bottom(), end, FAINT);
    }

    /// Draws them and returns the value at the top.
    fn columns(&self, buffer: &mut Buffer, plot: Rect, state: &State) -> f64 {
        const EIGHTHS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
        let columns = state.history.columns(span(state), plot.width.into());
        let top = nice(columns.iter().flatten().map(self.value).fold(0.0, f64::max));
        let all = f64::from(plot.height) * 8.0;
        for (x, column) in (plot.left()..plot.right()).zip(&columns) {
            let Some(column) = column else { continue };
            let value = (self.value)(column);
            let least = usize::from(value > 0.0);
            let eighths = ((value / top.max(f64::MIN_POSITIVE) * all).round() as usize).max(least);
            let style = match column {
                Column { has_errors: true, .. } => BAD,
                Column { warm_up: true, .. } => WARNING,
                _ => self.style,
            };
            for (row, y) in (plot.top()..plot.bottom()).rev().enumerate() {
                let filled = eighths.saturating_sub(row * 8).min(8);
                if filled > 0 || row == 0 {
                    // Answers there were none of, but a time there was: a dot tells it from what is to come.
                    buffer.set_string(x, y, if filled > 0 { EIGHTHS[filled] } else { "·" }, style);
                }
            }
        }
        top
    }
}

/// Seconds that the charts span: the whole run where its length is known, but no more than a few times what has been.
fn span(state: &State) -> f64 {
    const STEPS: [f64; 12] =
        [10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_200.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0];
    let elapsed = state.history.elapsed();
    let step =
        STEPS.into_iter().find(|&step| elapsed <= step).unwrap_or_else(|| (elapsed / 14_400.0).ceil() * 14_400.0);
    let all = state.about.duration.map(|duration| (duration + state.about.warm_up).as_secs_f64());
    // It may have taken a moment longer.
    all.filter(|all| *all < 2.0 * step && elapsed < all + 0.5).unwrap_or(step)
}

/// The next of 1, 1.5, 2, 3, 4, 5, 6, 8 × 10ⁿ, so that the scale does not jump at every look.
fn nice(most: f64) -> f64 {
    if most <= 0.0 {
        return 0.0;
    }
    let unit = 10_f64.powf(most.log10().floor());
    let steps = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    steps.into_iter().map(|step| step * unit).find(|&step| step >= most).unwrap_or(most)
}

/// `150k` in place of `150,000`.
fn short(value: f64) -> String {
    let (value, unit) = match value {
        v if v >= 10e6 => (v / 1e6, "M"),
        v if v >= 10e3 => (v / 1e3, "k"),
        v => (v, ""),
    };
    let text = format!("{value:.2}");
    format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'))
}
