//! What a person sees while it runs: bars on a terminal, lines elsewhere, all on standard error.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use maypole::download::{Event, Progress};

use crate::clock::clock;
use crate::load::units;
use crate::say;

/// Columns for the name of a file; with the figures behind it, a bar of some 20 is left of 80.
const NAME: usize = 22;

pub(super) struct Screen {
    bars: Option<MultiProgress>,
    all: Option<Line>,
    files: Vec<File>,
    is_quiet: bool,
}

#[derive(Default)]
struct File {
    line: Option<Line>,
    name: String,
    last: Progress,
}

struct Line {
    bar: ProgressBar,
    has_length: bool,
}

impl Screen {
    /// For so many files; nothing but errors if `is_quiet`, bars if `has_bars` and standard error is a terminal.
    pub(super) fn new(names: Vec<String>, is_quiet: bool, has_bars: bool) -> Self {
        let has_bars = has_bars && !is_quiet && io::stderr().is_terminal();
        let bars = has_bars.then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10)));
        let all = bars
            .as_ref()
            .filter(|_| names.len() > 1)
            .map(|bars| Line::new(bars, &format!("total of {}", names.len()), 0));
        let files = names.into_iter().map(|name| File { name, ..File::default() }).collect();
        Self { bars, all, files, is_quiet }
    }

    pub(super) fn event(&mut self, file: usize, event: Event) {
        let name = self.files[file].name.clone();
        match event {
            Event::Started { path, resumed, connections, .. } => {
                self.files[file].name = file_name(&path);
                let pieces = if connections > 1 { format!(", {connections} connections") } else { String::new() };
                if resumed > 0 {
                    let there = units::bytes(resumed as f64);
                    self.say(format_args!("{}: going on from {there}{pieces}", file_name(&path)));
                }
                self.show(file, &Progress::default());
            }
            Event::Progress(progress) => self.show(file, &progress),
            Event::Retrying { error, wait } => {
                self.say(format_args!("{name}: trying again in {:.1} s: {error}", wait.as_secs_f64()));
            }
            Event::Restarted { why } => self.say(format_args!("{name}: from zero: {why}")),
            Event::MirrorDropped { url, why } => self.say(format_args!("{name}: without {url}: {why}")),
            Event::Verifying => {
                if let Some(line) = &self.files[file].line {
                    line.bar.set_message("checking the digest");
                }
            }
            _ => {}
        }
    }

    /// Ctrl-C was pressed, or a signal like it came.
    pub(super) fn interrupted(&self) {
        if self.bars.is_some() && io::stdin().is_terminal() {
            // The terminal has written `^C` behind the last bar, which is as wide as the line: onto the next one. Back from
            // there, or the bars would be taken away one line too low.
            let mut err = io::stderr().lock();
            err.write_all(b"\r\x1b[2K\x1b[A").and_then(|()| err.flush()).ok();
        }
        self.say(format_args!("stopping; Ctrl-C again ends at once"));
    }

    /// Takes the file's bar away and says how it went.
    pub(super) fn ended(&mut self, file: usize, text: &str, is_error: bool) {
        if let (Some(line), Some(bars)) = (self.files[file].line.take(), &self.bars) {
            line.bar.finish_and_clear();
            bars.remove(&line.bar);
        }
        if is_error {
            self.print(|| say::error(format_args!("{text}")));
        } else {
            self.say(format_args!("{text}"));
        }
    }

    pub(super) fn close(&mut self) {
        if let (Some(line), Some(bars)) = (self.all.take(), &self.bars) {
            line.bar.finish_and_clear();
            bars.clear().ok();
        }
    }

    fn say(&self, text: std::fmt::Arguments<'_>) {
        if !self.is_quiet {
            // Standard error is gone: nobody is left to be told.
            self.print(|| drop(writeln!(io::stderr().lock(), "{text}")));
        }
    }

    /// Prints above the bars.
    fn print(&self, f: impl FnOnce()) {
        match &self.bars {
            Some(bars) => bars.suspend(f),
            None => f(),
        }
    }

    fn show(&mut self, file: usize, progress: &Progress) {
        let Some(bars) = &self.bars else { return };
        let state = &mut self.files[file];
        state.last = progress.clone();
        let name = state.name.clone();
        let line = state.line.get_or_insert_with(|| Line::new(bars, &name, usize::from(self.all.is_some())));
        line.show(progress.bytes, progress.total, progress.per_second, progress.eta());
        self.show_all();
    }

    fn show_all(&mut self) {
        let Some(all) = &mut self.all else { return };
        let sum = |f: fn(&Progress) -> f64| self.files.iter().map(|file| f(&file.last)).sum::<f64>();
        let running = |file: &&File| file.line.is_some();
        let rate: f64 = self.files.iter().filter(running).map(|file| file.last.per_second).sum();
        let bytes = sum(|progress| progress.bytes as f64);
        // Of those that have not begun nobody knows the length.
        let is_known = self.files.iter().all(|file| file.last.total.is_some());
        let total = is_known.then(|| sum(|progress| progress.total.unwrap_or(0) as f64));
        let eta = total.and_then(|total| Duration::try_from_secs_f64((total - bytes).max(0.0) / rate).ok());
        all.show(bytes as u64, total.map(|total| total as u64), rate, eta);
    }
}

impl Line {
    /// Above the last `below` bars.
    fn new(bars: &MultiProgress, name: &str, below: usize) -> Self {
        let bar = ProgressBar::no_length().with_prefix(shortened(name)).with_style(style(false));
        Self { bar: bars.insert_from_back(below, bar), has_length: false }
    }

    fn show(&mut self, bytes: u64, total: Option<u64>, per_second: f64, eta: Option<Duration>) {
        if let (Some(total), false) = (total, self.has_length) {
            self.has_length = true;
            self.bar.set_style(style(true));
            self.bar.set_length(total);
        }
        total.iter().for_each(|&total| self.bar.set_length(total));
        let of = total.map(|total| format!(" of {}", units::bytes(total as f64))).unwrap_or_default();
        let rate = if per_second > 0.0 { format!("{}/s", units::bytes(per_second)) } else { String::new() };
        let eta = eta.map(clock).unwrap_or_default();
        self.bar.set_message(format!("{}{of} {rate:>11} {eta:>5}", units::bytes(bytes as f64)));
        self.bar.set_position(bytes);
    }
}

fn style(has_length: bool) -> ProgressStyle {
    let template = match has_length {
        true => "{prefix:22} {percent:>3}% {wide_bar} {msg}",
        false => "{prefix:22} {spinner} {msg}",
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars("█▉▊▋▌▍▎▏ ")
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.chars().filter(|c| !c.is_control()).collect()
}

/// The end of a name tells more than its middle.
fn shortened(name: &str) -> Cow<'static, str> {
    let count = name.chars().count();
    if count <= NAME {
        return name.to_owned().into();
    }
    let head: String = name.chars().take(NAME - 9).collect();
    let tail: String = name.chars().skip(count - 8).collect();
    format!("{head}…{tail}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_times_fit_their_columns() {
        assert_eq!(shortened("short.iso"), "short.iso");
        let long = shortened("debian-12.7.0-amd64-netinst.iso");
        assert_eq!((long.chars().count(), &*long), (NAME, "debian-12.7.0…inst.iso"));
        assert_eq!([clock(Duration::from_millis(6_500)), clock(Duration::from_secs(3_599))], ["0:07", "59:59"]);
        assert_eq!(clock(Duration::from_secs(10_800)), "3:00:00");
    }
}
