//! What is drawn.

use std::collections::VecDeque;
use std::time::Duration;

use maypole::load::{Latency, Snapshot, Tick};

use super::about::About;
use super::history::History;

/// So much counts as now.
const NOW: Duration = Duration::from_millis(990);
/// From this share of what its workers could use on, the client was the limit.
const BUSY: f64 = 0.9;

pub(super) struct State {
    pub(super) about: About,
    pub(super) now: Option<Box<Snapshot>>,
    pub(super) history: History,
    pub(super) is_paused: bool,
    recent: VecDeque<(Tick, Latency)>,
}

impl State {
    pub(super) fn new(about: About) -> Self {
        Self { about, now: None, history: History::default(), is_paused: false, recent: VecDeque::new() }
    }

    pub(super) fn look(&mut self, now: Snapshot) {
        self.history.add(&now.lately);
        // Nothing of the warm-up stays once the run counts, and no last moment stands for a second.
        if self.recent.back().is_some_and(|(tick, _)| tick.warm_up != now.lately.warm_up) {
            self.recent.clear();
        }
        self.recent.push_back((now.lately.clone(), now.latency_lately.clone()));
        while self.recent_time() - self.recent[0].0.lasted >= NOW {
            self.recent.pop_front();
        }
        self.now = Some(Box::new(now));
    }

    fn recent_time(&self) -> Duration {
        self.recent.iter().map(|(tick, _)| tick.lasted).sum()
    }

    fn per_second(&self, of: impl Fn(&Tick) -> f64) -> f64 {
        // The sum of none would be -0.
        let sum = self.recent.iter().map(|(tick, _)| of(tick)).fold(0.0, |sum, value| sum + value);
        sum / self.recent_time().as_secs_f64().max(1e-3)
    }

    /// Answers per second in the last one.
    pub(super) fn rate(&self) -> f64 {
        self.per_second(|tick| tick.done as f64)
    }

    pub(super) fn errors_per_second(&self) -> f64 {
        self.per_second(|tick| tick.errors as f64)
    }

    pub(super) fn bytes_per_second(&self) -> f64 {
        self.per_second(|tick| tick.bytes as f64)
    }

    /// Processor time per time: 1 is one core.
    pub(super) fn cpu(&self) -> f64 {
        self.per_second(|tick| tick.cpu.as_secs_f64())
    }

    pub(super) fn is_client_the_limit(&self) -> bool {
        self.cpu() >= BUSY * self.about.cores as f64
    }

    /// Latencies of the last second.
    pub(super) fn lately(&self) -> Option<Latency> {
        let mut parts = self.recent.iter().map(|(_, latency)| latency);
        let mut all = parts.next()?.clone();
        parts.for_each(|part| all.add(part));
        Some(all)
    }

    /// Answers per second of the whole run.
    pub(super) fn mean(&self) -> f64 {
        self.now.as_ref().map_or(0.0, |now| now.done() as f64 / now.elapsed.as_secs_f64().max(1e-3))
    }

    pub(super) fn is_warming_up(&self) -> bool {
        self.now.as_ref().map_or(!self.about.warm_up.is_zero(), |now| !now.warm_up_left.is_zero())
    }

    /// Of the run, or of its warm-up while that lasts.
    pub(super) fn share(&self) -> f64 {
        let Some(now) = &self.now else { return 0.0 };
        if self.is_warming_up() {
            return 1.0 - now.warm_up_left.as_secs_f64() / self.about.warm_up.as_secs_f64().max(1e-9);
        }
        let by_time = self.about.duration.map(|all| now.elapsed.as_secs_f64() / all.as_secs_f64().max(1e-9));
        let by_count = self.about.requests.map(|all| (now.done() + now.errors()) as f64 / all.max(1) as f64);
        by_time.into_iter().chain(by_count).fold(0.0, f64::max).clamp(0.0, 1.0)
    }

    /// Until the end; for a number of requests at the pace so far.
    pub(super) fn left(&self) -> Option<Duration> {
        let now = self.now.as_ref()?;
        if self.is_warming_up() {
            return Some(now.warm_up_left);
        }
        let by_time = self.about.duration.map(|all| all.saturating_sub(now.elapsed));
        let share = self.share();
        let by_count = self.about.requests.filter(|_| share > 0.0);
        let by_count =
            by_count.and_then(|_| Duration::try_from_secs_f64(now.elapsed.as_secs_f64() * (1.0 / share - 1.0)).ok());
        by_time.into_iter().chain(by_count).min()
    }
}
