//! What this side of a run costs, and how late it is by itself.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

use super::tally::{histogram, us};
use crate::error::Result;
use crate::rt::{self, CancelToken, JoinHandle, Waiter};

/// How often the probe looks at the time.
const EVERY: Duration = Duration::from_millis(10);

/// Processor time of this process so far.
pub(super) fn cpu_time() -> Duration {
    let time = |time: TimeVal| Duration::from_micros((time.tv_sec() * 1_000_000 + time.tv_usec()).unsigned_abs());
    getrusage(UsageWho::RUSAGE_SELF).map_or(Duration::ZERO, |usage| time(usage.user_time()) + time(usage.system_time()))
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
            // Not a nap, whose timer is in one worker's event queue and wakes that one: this meets all of them in turn.
            let waiter = Waiter::current();
            let _ends_with = waiter.cancel_with(&over);
            while !over.is_cancelled() {
                let at = Instant::now() + EVERY;
                while waiter.wait(Some(at)).is_ok() {}
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
