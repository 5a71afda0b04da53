//! Memory that stays for a moment after its owner has gone, because a worker of `may` may still look at it.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Far longer than the few instructions that a worker is about, and longer than the system suspends it there.
const LINGER: Duration = Duration::from_secs(2);

/// Keeps what it is given for two seconds at least.
pub(super) struct Linger<T>(Mutex<VecDeque<(Instant, T)>>);

impl<T> Linger<T> {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(VecDeque::new()))
    }

    /// Never waits: it is called from destructors.
    pub(super) fn keep(&self, value: T) {
        let now = Instant::now();
        let over = {
            let mut kept = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            kept.push_back((now, value));
            // Two for one: it shrinks again after a burst.
            let over =
                kept.iter().take(2).take_while(|(since, _)| now.saturating_duration_since(*since) > LINGER).count();
            [(over > 0).then(|| kept.pop_front()), (over > 1).then(|| kept.pop_front())]
        };
        // Outside of the lock: what goes now may itself leave something behind.
        drop(over);
    }
}
