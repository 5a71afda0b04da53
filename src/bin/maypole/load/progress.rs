//! One line on a terminal that says how far the run is.

use std::io::{self, Write};

use maypole::load::Tick;

use super::args::End;
use super::units::{count, rate};

/// The line; silent when standard error is not a terminal.
pub(super) struct Progress {
    is_shown: bool,
    end: End,
    answers: u64,
    errors: u64,
}

impl Progress {
    pub(super) fn new(end: End, is_shown: bool) -> Self {
        Self { is_shown, end, answers: 0, errors: 0 }
    }

    pub(super) fn show(&mut self, tick: &Tick) {
        if !self.is_shown {
            return;
        }
        self.answers += tick.done;
        self.errors += tick.errors;
        let (answers, errors, seconds) = (self.answers, self.errors, tick.at.as_secs_f64());
        let so_far = match self.end {
            End::Duration(all) => format!("{seconds:.0} of {:.0} s · {} answers", all.as_secs_f64(), count(answers)),
            End::Requests(all) => format!("{} of {} requests", count(answers + errors), count(all)),
        };
        let errors = if errors > 0 { format!(" · {} errors", count(errors)) } else { String::new() };
        self.write(format_args!("{so_far} · {}/s{errors}", rate(tick.per_second())));
    }

    fn write(&self, text: std::fmt::Arguments<'_>) {
        // Back to the first column and over what stood there; a terminal that is gone needs no progress.
        let mut out = io::stderr().lock();
        write!(out, "\r\x1b[2K{text}").and_then(|()| out.flush()).ok();
    }
}

/// Takes the line away again.
impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            self.write(format_args!(""));
        }
    }
}
