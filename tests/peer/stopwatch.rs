//! Time limits on a machine that has other work to do.

use std::ops::Range;
use std::time::{Duration, Instant};

/// What a busy machine may add to a time: the bound is to tell what ends by itself from what waits for something else,
/// not the client from its neighbours.
const LATE: Duration = Duration::from_secs(10);

/// Measures a time.
pub struct Stopwatch(Instant);

impl Stopwatch {
    pub fn start() -> Self {
        Self(Instant::now())
    }

    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    /// Not sooner, and not later by more than a busy machine explains. What would be wrong has to take longer than that.
    #[track_caller]
    pub fn within(&self, ms: Range<u64>) {
        let took = self.elapsed();
        let (from, to) = (Duration::from_millis(ms.start), Duration::from_millis(ms.end));
        assert!(took >= from, "{took:?} is sooner than {from:?}");
        assert!(took < to + LATE, "{took:?} is later than {to:?} and the {LATE:?} of a busy machine");
    }
}
