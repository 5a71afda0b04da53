//! What this side of a run costs, and how late it is by itself.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use rustix::time::{ClockId, clock_gettime};

use super::tally::{histogram, us};
use crate::error::Result;
use crate::rt::{self, CancelToken, JoinHandle, Waiter};

/// How often the probe looks at the time.
const EVERY: Duration = Duration::from_millis(10);

/// Processor time of this process so far.
pub(super) fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Sleeps until `at` or until `over` is fired. Not by a scope: while there is any, every wait in the process looks for its
/// own.
pub(super) fn pause(at: Instant, over: &CancelToken) {
    let waiter = Waiter::current();
    let _guard = waiter.cancel_with(over);
    while waiter.wait(Some(at)).is_ok() {}
}

/// A coroutine beside the users that only sleeps: how late it wakes is how long users wait for their worker.
pub(super) struct Probe {
    lag: Arc<Mutex<Histogram<u64>>>,
    coroutine: JoinHandle<()>,
}

impl Probe {
    pub(super) fn start(over: &CancelToken) -> Result<Self> {
        let lag = Arc::new(Mutex::new(histogram()));
        let (mine, over) = (lag.clone(), over.clone());
        let coroutine = rt::spawn(move || {
            while !over.is_cancelled() {
                let at = Instant::now() + EVERY;
                pause(at, &over);
                if !over.is_cancelled() {
                    let mut lag = mine.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                    lag.saturating_record(us(at.elapsed()));
                }
            }
        })?;
        Ok(Self { lag, coroutine })
    }

    /// To be called when its token was fired.
    pub(super) fn end(self) -> Histogram<u64> {
        self.coroutine.join().ok();
        self.lag.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }
}
