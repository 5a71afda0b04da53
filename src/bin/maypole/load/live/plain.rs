//! A line now and then, for what is no terminal: every tenth of the run, but not more than one a second.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use maypole::load::Snapshot;

use super::about::About;
use super::state::State;
use crate::load::units::{as_micros, bytes, count, micros, rate};

/// A little less than a second: a tenth of ten of them comes a moment sooner or later.
const SELDOM: Duration = Duration::from_millis(900);

pub(in crate::load) struct Plain {
    state: State,
    said: Instant,
    tenths: u64,
}

impl Plain {
    pub(super) fn new(about: About) -> Self {
        Self { state: State::new(about), said: Instant::now(), tenths: 0 }
    }

    pub(super) fn look(&mut self, now: &Snapshot) {
        self.state.look(now.clone());
        if self.state.is_warming_up() {
            return;
        }
        // A look just before a tenth is that tenth's.
        let tenths = (self.state.share() * 10.0 + 0.01) as u64;
        // The last one is the report's.
        if (self.tenths + 1..10).contains(&tenths) && self.said.elapsed() >= SELDOM {
            (self.said, self.tenths) = (Instant::now(), tenths);
            // Standard error is gone: nobody is left to be told.
            writeln!(io::stderr().lock(), "{}", line(&self.state, now)).ok();
        }
    }
}

fn line(state: &State, now: &Snapshot) -> String {
    let about = &state.about;
    let settled = now.done() + now.errors();
    let so_far = match about.requests {
        Some(all) => format!("{} of {} requests", count(settled), count(all)),
        None => {
            let all = about.duration.unwrap_or_default().as_secs_f64();
            // Of a short run a second is too much to be rounded to.
            let digits = usize::from(all < 10.0);
            format!("{:.digits$} of {all} s", now.elapsed.as_secs_f64())
        }
    };
    let p99 = micros(as_micros(now.latency.percentile(99.0)));
    let mut line = format!(
        "{so_far}, {:.0} %: {} answers, {} errors, {}/s, p99 {p99}, {} in flight, {}",
        (state.share() * 100.0).floor(),
        count(now.done()),
        count(now.errors()),
        rate(state.rate()),
        count(now.in_flight),
        bytes(now.bytes as f64)
    );
    if about.is_open {
        line += &format!(", {} late, {} behind", count(now.late), count(now.behind));
    }
    line
}
