//! What the tasks of one contender found out together.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::histogram::Histogram;
use crate::job::Sample;
use crate::payload;
use crate::usage::Meter;

/// Locked once per request and never over a wait.
pub(crate) struct Tally(Mutex<Counts>);

struct Counts {
    latencies: Histogram,
    requests: u64,
    errors: u64,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Counts { latencies: Histogram::new(), requests: 0, errors: 0 }))
    }

    pub(crate) fn record(&self, started: Instant, outcome: Result<(), String>) {
        self.took(started.elapsed(), outcome);
    }

    pub(crate) fn took(&self, took: Duration, outcome: Result<(), String>) {
        let mut counts = self.0.lock().expect("no holder panics");
        counts.requests += 1;
        counts.latencies.record(took);
        if let Err(reason) = outcome {
            if counts.errors == 0 {
                eprintln!("first error: {reason}");
            }
            counts.errors += 1;
        }
    }

    pub(crate) fn stop(&self, meter: Meter) -> Sample {
        let counts = self.0.lock().expect("no holder panics");
        let sample = meter.stop(counts.requests, counts.requests * payload::SMALL_BYTES as u64, &counts.latencies);
        Sample { errors: counts.errors, ..sample }
    }
}

/// The same for every contender that has the body in one piece.
pub(crate) fn check(status: u16, body: &[u8], expected: &[u8]) -> Result<(), String> {
    match status == 200 && body == expected {
        true => Ok(()),
        false => Err(format!("status {status}, {} bytes", body.len())),
    }
}

/// Spawned and inline requests in alternating blocks, so that a slow moment hits both; what a task costs is the
/// difference. Latencies are those of the spawned ones.
pub(crate) fn spawn_cost(count: u64, mut block: impl FnMut(bool, u64) -> Result<(), String>) -> Result<Sample, String> {
    const BLOCKS: u64 = 40;
    let each = count.div_ceil(BLOCKS);
    for spawned in [true, false] {
        block(spawned, each)?;
    }
    let none = Histogram::new();
    let mut total = Sample::default();
    let mut inline = 0.0;
    for _ in 0..BLOCKS {
        let meter = Meter::start();
        block(true, each)?;
        let sample = meter.stop(each, 0, &none);
        total.cpu_seconds += sample.cpu_seconds;
        total.wall_seconds += sample.wall_seconds;
        (total.peak_kib, total.start_kib) = (sample.peak_kib, sample.start_kib);
        let meter = Meter::start();
        block(false, each)?;
        inline += meter.stop(each, 0, &none).cpu_seconds;
    }
    total.requests = each * BLOCKS;
    total.cpu_seconds -= inline;
    Ok(total)
}
