//! Where the time of answers went. Sums only: a histogram per phase would cost each answer more than the rest of its
//! record together.

use std::time::Duration;

use crate::client::Timings;
use crate::error::Phase;

/// How long one phase took in the answers that needed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PhaseStats {
    /// Which.
    pub phase: Phase,
    /// How many answers needed it: a reused connection is neither looked up nor opened.
    pub count: u64,
    /// In all of them together.
    pub total: Duration,
}

impl PhaseStats {
    /// The mean over those that needed it.
    pub fn mean(&self) -> Duration {
        Duration::from_secs_f64(self.total.as_secs_f64() / self.count.max(1) as f64)
    }
}

/// In the order in which a request goes through them.
#[derive(Clone, Copy)]
pub(super) struct Phases([PhaseStats; 8]);

const ORDER: [Phase; 8] =
    [Phase::Checkout, Phase::Resolve, Phase::Connect, Phase::Proxy, Phase::Tls, Phase::Send, Phase::Head, Phase::Body];

impl Phases {
    pub(super) fn new() -> Self {
        Self(ORDER.map(|phase| PhaseStats { phase, count: 0, total: Duration::ZERO }))
    }

    pub(super) fn record(&mut self, t: &Timings) {
        let body = t.total.saturating_sub(first_byte(t));
        let times = [t.checkout, t.resolve, t.connect, t.proxy, t.tls, t.send, t.wait, body];
        for (phase, time) in self.0.iter_mut().zip(times) {
            if !time.is_zero() {
                phase.count += 1;
                phase.total += time;
            }
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (phase, other) in self.0.iter_mut().zip(&other.0) {
            phase.count += other.count;
            phase.total += other.total;
        }
    }

    /// Those that any answer needed.
    pub(super) fn needed(&self) -> Vec<PhaseStats> {
        self.0.iter().filter(|phase| phase.count > 0).copied().collect()
    }
}

/// From the start to the end of the response's head.
pub(super) fn first_byte(t: &Timings) -> Duration {
    t.checkout + t.resolve + t.connect + t.proxy + t.tls + t.send + t.wait
}
