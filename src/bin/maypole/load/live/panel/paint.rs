//! What all panels draw with. Colours are the terminal's own sixteen; nothing is told by colour alone.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Widget};

use crate::load::units::{as_micros, micros};

pub(super) const PLAIN: Style = Style::new();
pub(super) const FAINT: Style = Style::new().fg(Color::DarkGray);
pub(super) const STRONG: Style = Style::new().add_modifier(Modifier::BOLD);
pub(super) const ACCENT: Style = Style::new().fg(Color::Cyan);
pub(super) const GOOD: Style = Style::new().fg(Color::Green);
pub(super) const WARNING: Style = Style::new().fg(Color::Yellow);
pub(super) const BAD: Style = Style::new().fg(Color::Red);

/// A frame with a name and, on its right, the figure that matters; the place inside is returned.
pub(super) fn frame(buffer: &mut Buffer, area: Rect, name: &str, figure: Span<'_>) -> Rect {
    let name = Span::styled(format!(" {name} "), STRONG);
    let mut block = Block::bordered().border_type(BorderType::Rounded).border_style(FAINT);
    let both = name.width() + figure.width() + 5;
    block = block.title_top(Line::from(name));
    if !figure.content.is_empty() && both <= area.width.into() {
        let (text, style) = (format!(" {} ", figure.content), figure.style);
        block = block.title_top(Line::styled(text, style).right_aligned());
    }
    let inner = block.inner(area);
    block.render(area, buffer);
    // A column of air on both sides.
    Rect { x: inner.x + 1.min(inner.width), width: inner.width.saturating_sub(2), ..inner }
}

/// Line after line from the top, as far as there is room.
pub(super) fn stack<'a>(buffer: &mut Buffer, area: Rect, lines: impl IntoIterator<Item = Line<'a>>) {
    for (y, line) in (area.top()..area.bottom()).zip(lines) {
        buffer.set_line(area.x, y, &line, area.width);
    }
}

/// Something on the left and something on the right, which gives way.
pub(super) fn apart(buffer: &mut Buffer, area: Rect, left: &Line<'_>, right: &Line<'_>) {
    if area.is_empty() {
        return;
    }
    buffer.set_line(area.x, area.y, left, area.width);
    let width = right.width().min(u16::MAX.into()) as u16;
    if left.width() + usize::from(width) < area.width.into() {
        buffer.set_line(area.right() - width, area.y, right, width);
    }
}

/// With an ellipsis in place of what finds no room.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    if width > 0 {
        short.push('…');
    }
    short
}

/// A bar of eighths of a column; what is not nothing shows.
pub(super) fn bar(share: f64, width: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let least = usize::from(share > 0.0);
    let eighths = ((share.clamp(0.0, 1.0) * (width * 8) as f64).round() as usize).max(least);
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

pub(super) fn time(time: Duration) -> String {
    micros(as_micros(time))
}
