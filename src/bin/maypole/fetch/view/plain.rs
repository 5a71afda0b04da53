//! A line now and then, for what is no terminal: every tenth, and every ten seconds.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use super::board::Snapshot;
use crate::clock::clock;
use crate::load::units::{bytes, count, rate};

const EVERY: Duration = Duration::from_secs(10);

pub(super) struct Plain {
    said: Instant,
    tenths: u64,
}

impl Plain {
    pub(super) fn new() -> Self {
        Self { said: Instant::now(), tenths: 0 }
    }

    pub(super) fn show(&mut self, snapshot: &Snapshot, now: Instant) {
        let tenths = snapshot.share().map_or(0, |share| (share * 10.0) as u64);
        if tenths <= self.tenths && now - self.said < EVERY {
            return;
        }
        // The last one is the summary's.
        if tenths < 10 {
            // Standard error is gone: nobody is left to be told.
            writeln!(io::stderr().lock(), "{}", line(snapshot)).ok();
        }
        (self.said, self.tenths) = (now, tenths.max(self.tenths));
    }
}

fn line(snapshot: &Snapshot) -> String {
    let counts = &snapshot.counts;
    let so_far = match (counts.total, snapshot.share()) {
        (Some(total), Some(share)) => {
            format!("{} of {}, {:.0} %", count(counts.settled()), count(total), share * 100.0)
        }
        _ => count(counts.settled()),
    };
    let left = snapshot.left().map(|left| format!(", {} left", clock(left))).unwrap_or_default();
    format!(
        "{so_far}: {} done, {} failed, {}/s, {} in flight, {} queued, {}{left}",
        count(counts.done),
        count(counts.failed),
        rate(snapshot.per_second),
        count(snapshot.waiting.in_flight as u64),
        count(snapshot.waiting.queued as u64),
        bytes(counts.bytes as f64),
    )
}
