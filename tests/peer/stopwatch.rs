//! Time limits on a machine that has other work to do.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

const TICK: Duration = Duration::from_millis(2);

/// Measures a time, and beside it how late this machine wakes a sleeper: on a busy one the bounds would else say more
/// about the neighbours than about the client.
pub struct Stopwatch {
    start: Instant,
    shared: Arc<(AtomicBool, AtomicU64)>,
}

impl Stopwatch {
    pub fn start() -> Self {
        let shared = Arc::new((AtomicBool::new(false), AtomicU64::new(0)));
        let sampler = shared.clone();
        std::thread::spawn(move || {
            while !sampler.0.load(SeqCst) {
                let before = Instant::now();
                std::thread::sleep(TICK);
                sampler.1.fetch_max(before.elapsed().saturating_sub(TICK).as_micros() as u64, SeqCst);
            }
        });
        Self { start: Instant::now(), shared }
    }

    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Not sooner, and not later by more than what a few late wake-ups explain.
    #[track_caller]
    pub fn within(&self, ms: Range<u64>) {
        let took = self.start.elapsed();
        let late = Duration::from_micros(self.shared.1.load(SeqCst)) * 5;
        let (from, to) = (Duration::from_millis(ms.start), Duration::from_millis(ms.end));
        assert!(took >= from, "{took:?} is sooner than {from:?}");
        assert!(took < to + late, "{took:?} is later than {to:?} and the {late:?} of a busy machine");
    }
}

impl Drop for Stopwatch {
    fn drop(&mut self) {
        self.shared.0.store(true, SeqCst);
    }
}
