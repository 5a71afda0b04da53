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

/// Sums in nanoseconds, in the order in which a request goes through the phases. Not in `Duration`s, whose carry costs 176
/// instructions an answer where these cost 69.
#[derive(Clone, Copy, Default)]
pub(super) struct Phases {
    nanos: [u64; 8],
    counts: [u64; 8],
}

const ORDER: [Phase; 8] =
    [Phase::Checkout, Phase::Resolve, Phase::Connect, Phase::Proxy, Phase::Tls, Phase::Send, Phase::Head, Phase::Body];

impl Phases {
    pub(super) fn record(&mut self, t: &Timings) {
        let parts = before_body(t).map(nanos);
        let body = nanos(t.total).saturating_sub(parts.iter().sum());
        let [checkout, resolve, connect, proxy, tls, send, wait] = parts;
        for (at, time) in [checkout, resolve, connect, proxy, tls, send, wait, body].into_iter().enumerate() {
            self.nanos[at] += time;
            self.counts[at] += u64::from(time > 0);
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        for at in 0..ORDER.len() {
            self.nanos[at] += other.nanos[at];
            self.counts[at] += other.counts[at];
        }
    }

    /// Those that any answer needed.
    pub(super) fn needed(&self) -> Vec<PhaseStats> {
        let all = ORDER.into_iter().zip(self.counts).zip(self.nanos);
        let all = all.map(|((phase, count), nanos)| PhaseStats { phase, count, total: Duration::from_nanos(nanos) });
        all.filter(|phase| phase.count > 0).collect()
    }
}

fn nanos(time: Duration) -> u64 {
    time.as_secs() * 1_000_000_000 + u64::from(time.subsec_nanos())
}

fn before_body(t: &Timings) -> [Duration; 7] {
    [t.checkout, t.resolve, t.connect, t.proxy, t.tls, t.send, t.wait]
}

/// From the start to the end of the response's head.
pub(super) fn first_byte(t: &Timings) -> Duration {
    before_body(t).iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_counts_for_the_answers_that_needed_it_and_the_body_is_what_is_left() {
        let ms = Duration::from_millis;
        let reused = Timings { send: ms(1), wait: ms(20), total: ms(25), ..Timings::default() };
        let opened = Timings { connect: ms(7), total: ms(32), ..reused };
        let mut phases = Phases::default();
        phases.record(&reused);
        let mut all = Phases::default();
        all.record(&opened);
        all.add(&phases);
        let found: Vec<_> = all.needed().iter().map(|phase| (phase.phase, phase.count, phase.mean())).collect();
        let (send, head) = ((Phase::Send, 2, ms(1)), (Phase::Head, 2, ms(20)));
        assert_eq!(found, [(Phase::Connect, 1, ms(7)), send, head, (Phase::Body, 2, ms(4))]);
        assert_eq!(first_byte(&opened), ms(28));
    }
}
