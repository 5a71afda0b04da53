//! What goes through, and what it costs here.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::state::State;
use super::paint::{FAINT, GOOD, PLAIN, STRONG, WARNING, bar, frame, stack};
use crate::load::units::{bytes, count, rate};

pub(in super::super) fn draw(buffer: &mut Buffer, area: Rect, state: &State) {
    let limit = state.is_client_the_limit();
    let figure = if limit { Span::styled("the client is the limit", WARNING) } else { Span::raw("") };
    let inner = frame(buffer, area, "This client", figure);
    let Some(now) = &state.now else { return };
    let about = &state.about;
    let row = |name: &'static str, rest: Vec<Span<'static>>| {
        Line::from([Span::styled(format!("{name:<11}"), FAINT)].into_iter().chain(rest).collect::<Vec<_>>())
    };
    let processor = vec![
        Span::styled(format!("{:>3.0} % of a core ", state.cpu() * 100.0), if limit { WARNING } else { STRONG }),
        Span::styled(bar(state.cpu() / about.cores as f64, 10), if limit { WARNING } else { GOOD }),
    ];
    let in_flight = format!("{} of {}", count(now.in_flight), about.connections());
    let bodies = format!("{}/s, {}", bytes(state.bytes_per_second()), bytes(now.bytes as f64));
    let answers = format!("{}, {}/s on average", count(now.done()), rate(state.mean()));
    let mut lines = vec![row("Processor", processor), row("In flight", vec![Span::raw(in_flight)])];
    if about.is_open {
        let style = if now.behind > 0 || now.late > 0 { WARNING } else { PLAIN };
        lines.push(row("Schedule", vec![Span::styled(schedule(now), style)]));
    }
    lines.extend([row("Bodies", vec![Span::raw(bodies)]), row("Answers", vec![Span::raw(answers)])]);
    stack(buffer, inner, lines);
}

/// The open model: what could not keep up.
pub(super) fn schedule(now: &maypole::load::Snapshot) -> String {
    format!("{} late, {} behind", count(now.late), count(now.behind))
}
