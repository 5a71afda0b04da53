//! How latencies are spread.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::bars::bars;
use super::super::state::State;
use super::paint::{ACCENT, FAINT, PLAIN, bar, frame, stack, time};
use crate::load::units::count;

/// Columns around a bar: its upper end and its share.
const AROUND: usize = 10 + 1 + 8;

pub(in super::super) fn draw(buffer: &mut Buffer, area: Rect, state: &State) {
    let all = state.now.as_ref().map_or(0, |now| now.latency.count());
    let inner = frame(buffer, area, "Distribution", Span::styled(format!("{} so far", count(all)), PLAIN));
    let Some(now) = state.now.as_ref().filter(|_| all > 0) else { return };
    let bars = bars(&now.latency, inner.height.into());
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or(1).max(1);
    let width = usize::from(inner.width).saturating_sub(AROUND);
    let lines = bars.iter().map(|one| {
        let drawn = bar(one.count as f64 / most as f64, width);
        let gap = " ".repeat(width.saturating_sub(drawn.chars().count()));
        let share = one.count as f64 / all as f64 * 100.0;
        Line::from(vec![
            Span::styled(format!("{:>10} ", format!("≤ {}", time(one.upper))), FAINT),
            Span::styled(drawn, ACCENT),
            Span::raw(format!("{gap}{share:>6.1} %")),
        ])
    });
    stack(buffer, inner, lines);
}
