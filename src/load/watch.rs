//! Looks at a run until it ends.

use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::clock::cpu_time;
use super::plan::{OnLook, OnTick};
use super::scenario::Scenario;
use super::series::Tick;
use super::snapshot::Snapshot;
use super::stats::{Ended, Latency};
use super::tally::Interval;
use super::user::Shared;
use crate::rt::{self, CancelToken, Waiter};

pub(super) struct Watch<'a, S> {
    shared: &'a Shared<S>,
    ticks: Beat,
    on_tick: Option<OnTick>,
    looks: Option<(Beat, OnLook)>,
    /// Latency and service time of all that was counted.
    so_far: (Latency, Latency),
    bytes: u64,
    /// When the warm-up ended: the processor time until then.
    warmed_up: Duration,
    pub(super) kept: Vec<Tick>,
}

/// A hundred years: no run is longer, and clocks can still add it to now.
const LONGEST: Duration = Duration::from_secs(3_155_760_000);

/// Something that is due every so often, and what happened since it was.
struct Beat {
    every: Duration,
    last: Instant,
    next: Instant,
    since: Interval,
    cpu: Duration,
}

impl Beat {
    fn new(every: Duration, start: Instant, from: Instant, is_open: bool) -> Self {
        let every = every.min(LONGEST);
        let mut beat = Self { every, last: start, next: start, since: Interval::new(is_open), cpu: cpu_time() };
        beat.again(start, from);
        beat
    }

    /// On time again after it was late, and in any case at the end of the warm-up.
    fn again(&mut self, now: Instant, from: Instant) {
        self.last = now;
        self.next += self.every;
        if self.next <= now {
            self.next = now + self.every;
        }
        if now < from {
            self.next = self.next.min(from);
        }
    }

    /// What happened since the last call.
    fn take<S>(&mut self, now: Instant, shared: &Shared<S>) -> (Tick, Interval) {
        let warm_up = self.last < shared.counted_from;
        let since = std::mem::replace(&mut self.since, Interval::new(shared.schedule.is_some()));
        let times = (now.saturating_duration_since(shared.counted_from), now.saturating_duration_since(self.last));
        let cpu = cpu_time();
        let tick = Tick::new(&since, times, shared.counts.in_flight.load(Relaxed), cpu.saturating_sub(self.cpu));
        self.cpu = cpu;
        self.again(now, shared.counted_from);
        (Tick { warm_up, ..tick }, since)
    }
}

impl<'a, S: Scenario> Watch<'a, S> {
    pub(super) fn new(
        shared: &'a Shared<S>,
        (every, on_tick): (Duration, Option<OnTick>),
        looks: Option<(Duration, OnLook)>,
    ) -> Self {
        let (start, from, is_open) = (shared.start, shared.counted_from, shared.schedule.is_some());
        Self {
            shared,
            ticks: Beat::new(every, start, from, is_open),
            on_tick,
            looks: looks.map(|(every, f)| (Beat::new(every, start, from, is_open), f)),
            so_far: (Latency::rough(), Latency::rough()),
            bytes: 0,
            warmed_up: cpu_time(),
            kept: Vec::new(),
        }
    }

    /// Why it ended, and the processor time that was counted.
    pub(super) fn until_end(&mut self, idle: &Waiter, token: &CancelToken) -> (Ended, Duration) {
        let _guard = idle.cancel_with(token);
        let end = self.shared.end;
        loop {
            let look = self.looks.as_ref().map(|(beat, _)| beat.next);
            let at = [end, look].into_iter().flatten().fold(self.ticks.next, Instant::min);
            let stop = idle.wait(Some(at)).err();
            let is_idle = self.shared.counts.running.load(Relaxed) == 0;
            let now = Instant::now();
            let is_end = is_idle || end.is_some_and(|end| now >= end) || stop == Some(rt::Stop::Cancelled);
            if is_end {
                self.shared.over.store(true, Relaxed);
            }
            if is_end || now >= at {
                let was_warm_up = self.ticks.last < self.shared.counted_from;
                self.tell(now, is_end);
                if is_end && was_warm_up && now >= self.shared.counted_from {
                    // All that counts was over before this woke.
                    self.tell(Instant::now(), is_end);
                }
            }
            if is_end {
                let ended = if stop == Some(rt::Stop::Cancelled) { Ended::Cancelled } else { Ended::Done };
                return (ended, self.ticks.cpu.saturating_sub(self.warmed_up));
            }
        }
    }

    fn tell(&mut self, now: Instant, is_end: bool) {
        self.gather();
        self.tick(now, is_end);
        self.look(now, is_end);
    }

    /// Fetches what the users have counted since the last time: what counts stays where it is until a tick of the warm-up
    /// has been told.
    fn gather(&mut self) {
        let is_warm_up = self.ticks.last < self.shared.counted_from;
        let shards = &self.shared.shards;
        let interval = if is_warm_up { shards.warm_up() } else { shards.interval() };
        self.ticks.since.add(&interval);
        if let Some((beat, _)) = &mut self.looks {
            beat.since.add(&interval);
        }
        if !is_warm_up && self.looks.is_some() {
            let latency = Latency::of(&interval.latency);
            self.so_far.1.add(&interval.service.as_ref().map_or_else(|| latency.clone(), Latency::of));
            self.so_far.0.add(&latency);
            self.bytes += interval.bytes;
        }
    }

    fn tick(&mut self, now: Instant, is_end: bool) {
        if now < self.ticks.next && !is_end {
            return;
        }
        let (tick, _) = self.ticks.take(now, self.shared);
        if tick.warm_up {
            self.warmed_up = self.ticks.cpu;
        }
        if let Some(on_tick) = &mut self.on_tick {
            on_tick(&tick);
        }
        self.kept.push(tick);
    }

    fn look(&mut self, now: Instant, is_end: bool) {
        let Some((beat, on_look)) = self.looks.as_mut().filter(|(beat, _)| is_end || now >= beat.next) else { return };
        let shared = self.shared;
        let (lately, since) = beat.take(now, shared);
        let (statuses, failures) = shared.shards.outcomes();
        let planned = shared.schedule.as_ref().map(|schedule| {
            let until = schedule.count_until(now.min(shared.end.unwrap_or(now)) - shared.start);
            until.saturating_sub(shared.in_warm_up).min(shared.limit)
        });
        on_look(Snapshot {
            elapsed: lately.at,
            warm_up_left: shared.counted_from.saturating_duration_since(now),
            latency_lately: Latency::of(&since.latency),
            latency: self.so_far.0.clone(),
            service: self.so_far.1.clone(),
            bytes: self.bytes,
            statuses,
            failures,
            in_flight: lately.in_flight,
            planned,
            behind: planned.map_or(0, |planned| planned.saturating_sub(shared.counts.begun.load(Relaxed))),
            late: shared.counts.late.load(Relaxed),
            cpu: if lately.warm_up { Duration::ZERO } else { beat.cpu.saturating_sub(self.warmed_up) },
            lately,
        });
    }
}
