//! The view on a terminal: how far, how fast, and the busiest hosts. 79 columns and 15 lines at most.
//!
//! ```text
//! 12,345 of 50,000  ██████▏                    24 %                0:12, 0:37 left
//! 12,300 done · 45 failed · 1,024/s · 50 in flight · 950 queued · 240 MiB
//! 200 × 12,000 · 404 × 300 · timeout (28) × 45
//!
//! host                           in flight      done  failed       /s   mean     bytes
//! ```

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::board::Snapshot;
use super::hosts::Host;
use super::summary::outcomes;
use crate::clock::clock;
use crate::load::units::{bytes, count, rate};

/// A line as long as the terminal is wide would wrap in some.
const WIDTH: usize = 79;
/// Columns for the name of a host; what the figures behind it leave.
const NAME: usize = 27;
const BAR: usize = 26;

#[derive(Clone)]
pub(super) struct Live(ProgressBar);

impl Live {
    pub(super) fn new() -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(10);
        let style = ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
        Self(ProgressBar::with_draw_target(None, target).with_style(style))
    }

    pub(super) fn above(&self, write: impl FnOnce()) {
        self.0.suspend(write);
    }

    pub(super) fn interrupted(&self) {
        if io::stdin().is_terminal() {
            // `^C` stands behind the last line: onto the next one. Back from there, or the lines would be taken away one
            // too low.
            let mut err = io::stderr().lock();
            err.write_all(b"\r\x1b[2K\x1b[A").and_then(|()| err.flush()).ok();
        }
    }

    pub(super) fn show(&self, snapshot: &Snapshot) {
        self.0.set_message(text(snapshot));
    }

    pub(super) fn close(&self) {
        self.0.finish_and_clear();
    }
}

fn text(snapshot: &Snapshot) -> String {
    let mut lines = vec![progress(snapshot), figures(snapshot)];
    let outcomes = outcomes(&snapshot.counts);
    if !outcomes.is_empty() {
        lines.push(outcomes);
    }
    if !snapshot.hosts.is_empty() {
        lines.push(String::new());
        lines.push(row("host", ["in flight", "done", "failed", "/s", "mean", "bytes"].map(str::to_owned)));
        lines.extend(snapshot.hosts.iter().map(host));
        let more = snapshot.host_count - snapshot.hosts.len();
        if more > 0 {
            lines.push(format!("and {} more", count(more as u64)));
        }
    }
    let lines: Vec<_> = lines.iter().map(|line| cut(line, WIDTH)).collect();
    lines.join("\n")
}

fn progress(snapshot: &Snapshot) -> String {
    let settled = count(snapshot.counts.settled());
    let elapsed = clock(snapshot.elapsed);
    let (Some(total), Some(share)) = (snapshot.counts.total, snapshot.share()) else {
        return format!("{settled} so far  {elapsed}");
    };
    let left = snapshot.left().map(|left| format!(", {} left", clock(left))).unwrap_or_default();
    format!("{settled} of {}  {} {:>3.0} %  {elapsed}{left}", count(total), bar(share), (share * 100.0).floor())
}

/// In eighths of a column.
fn bar(share: f64) -> String {
    let eighths = (share.clamp(0.0, 1.0) * (BAR * 8) as f64) as usize;
    let mut text = "█".repeat(eighths / 8);
    text.extend([' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'].get(eighths % 8).filter(|_| eighths / 8 < BAR));
    text.extend(std::iter::repeat_n(' ', BAR - text.chars().count()));
    text
}

fn figures(snapshot: &Snapshot) -> String {
    let (counts, waiting) = (&snapshot.counts, &snapshot.waiting);
    format!(
        "{} done · {} failed · {}/s · {} in flight · {} queued · {}",
        count(counts.done),
        count(counts.failed),
        rate(snapshot.per_second),
        count(waiting.in_flight as u64),
        count(waiting.queued as u64),
        bytes(counts.bytes as f64),
    )
}

fn host(host: &Host) -> String {
    let figures = [
        count(host.in_flight as u64),
        count(host.done),
        count(host.failed),
        rate(host.rate.per_second()),
        mean(host.mean().as_secs_f64()),
        bytes(host.bytes as f64),
    ];
    row(&shortened(&host.name), figures)
}

fn row(name: &str, [in_flight, done, failed, per_second, mean, bytes]: [String; 6]) -> String {
    format!("{name:NAME$} {in_flight:>9} {done:>9} {failed:>7} {per_second:>6} {mean:>6} {bytes:>8}")
}

/// Three digits, in whichever unit.
fn mean(seconds: f64) -> String {
    match seconds {
        s if s < 0.000_999_5 => format!("{:.0}µs", s * 1e6),
        s if s < 0.009_995 => format!("{:.1}ms", s * 1e3),
        s if s < 0.999_5 => format!("{:.0}ms", s * 1e3),
        s => format!("{s:.1}s"),
    }
}

/// The end of a host's name tells more than its beginning.
fn shortened(name: &str) -> String {
    let count = name.chars().count();
    if count <= NAME {
        return name.to_owned();
    }
    let tail: String = name.chars().skip(count - (NAME - 1)).collect();
    format!("…{tail}")
}

fn cut(line: &str, width: usize) -> String {
    match line.char_indices().nth(width) {
        Some((at, _)) => line[..at].to_owned(),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::board::{Board, Brought, Waiting};
    use super::*;

    #[test]
    fn everything_fits_80_columns_and_24_lines() {
        let board = Board::new(Some(1_000_000), true);
        for n in 0..300_u16 {
            let host = format!("a-host-with-a-rather-long-name-{n}.example.com:8080");
            let result = Ok(200 + n);
            let brought =
                Brought { host: &host, result, bytes: 1 << 40, time: Duration::from_secs(100), from_cache: false };
            board.ended(&brought);
        }
        (0..123_456).for_each(|_| board.malformed());
        let waiting = Waiting { in_flight: 30_000, queued: 1_000_000 };
        let text = text(&board.snapshot(waiting, Duration::from_secs(1), true));
        assert!(text.lines().count() <= 16 && text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.contains("and 290 more") && text.contains("30,000 in flight"), "{text}");
    }

    #[test]
    fn without_a_total_there_is_no_bar() {
        let text = text(&Board::new(None, false).snapshot(Waiting::default(), Duration::ZERO, true));
        assert!(text.starts_with("0 so far") && text.lines().count() == 2, "{text}");
    }

    #[test]
    fn bars_grow_by_eighths() {
        assert_eq!(bar(0.0), " ".repeat(BAR));
        assert_eq!(bar(1.0), "█".repeat(BAR));
        assert!((0..=1_000).all(|n| bar(f64::from(n) / 1e3).chars().count() == BAR));
        assert_eq!(mean(0.012), "12ms");
    }
}
