//! One user: the one loop of all models.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::scenario::Scenario;
use super::schedule::Schedule;
use super::tally::{Shards, Timed, us};
use super::turn::{Steps, Turn};
use crate::error::{Error, Kind, Phase, defuse, panic_text};
use crate::rt::{self, CancelToken, Nap};

/// After a connection could not be opened: trying again at once would only measure how fast a port refuses.
const AFTER_REFUSAL: Duration = Duration::from_millis(10);

/// One that began so much after its time because no user was free is late; less is the system's.
const LATE: Duration = Duration::from_millis(1);

/// What all users of a run share.
pub(super) struct Shared<S> {
    pub(super) scenario: S,
    pub(super) users: usize,
    pub(super) schedule: Option<Schedule>,
    pub(super) max_late: Option<Duration>,
    /// Iterations that may be begun after the warm-up.
    pub(super) limit: u64,
    /// In the open model, how many belong to the warm-up.
    pub(super) in_warm_up: u64,
    pub(super) start: Instant,
    /// What begins sooner is not counted.
    pub(super) counted_from: Instant,
    /// What is to begin later does not.
    pub(super) end: Option<Instant>,
    /// Set at the end: what ends later is not counted.
    pub(super) over: AtomicBool,
    /// Fired when the grace of those under way is over; what sleeps until its time is woken by it.
    pub(super) gone: CancelToken,
    pub(super) shards: Shards,
    pub(super) counts: Counters,
    /// How late sleeps ended.
    pub(super) timer: Mutex<Histogram<u64>>,
}

#[derive(Default)]
pub(super) struct Counters {
    next: AtomicU64,
    /// Begun after a warm-up, in the closed model.
    after_warm_up: AtomicU64,
    /// Users that have not ended.
    pub(super) running: AtomicU64,
    /// Of those that are counted.
    pub(super) begun: AtomicU64,
    /// Of those, the ones that began late.
    pub(super) late: AtomicU64,
    pub(super) in_flight: AtomicU64,
}

/// An iteration, and when it is to begin.
struct Slot {
    number: u64,
    at: Option<Instant>,
    /// Not part of the warm-up.
    counts: bool,
}

impl<S: Scenario> Shared<S> {
    pub(super) fn user(&self, user: usize) {
        let mut steps = Steps::default();
        let nap = self.schedule.is_some().then(|| Nap::new(&self.gone, self.users));
        while let Some(slot) = self.next() {
            if nap.as_ref().is_some_and(|nap| !self.is_time(&slot, nap)) {
                continue;
            }
            let started = Instant::now();
            let counts = slot.counts;
            self.counts.begun.fetch_add(u64::from(counts), Relaxed);
            self.counts.in_flight.fetch_add(1, Relaxed);
            let mut turn = Turn::new(user, slot.number, started, &mut steps);
            let result = catch_unwind(AssertUnwindSafe(|| self.scenario.run(&mut turn)));
            let service = started.elapsed();
            self.counts.in_flight.fetch_sub(1, Relaxed);
            let latency = slot.at.map_or(service, |at| started.saturating_duration_since(at) + service);
            let result = result.unwrap_or_else(|panic| Err(panicked(panic)));
            let mut tally = self.shards.of(user);
            // Under the lock: what ends before the figures are taken is in all of them, what ends later in none.
            if self.over.load(Relaxed) {
                return;
            }
            let timed = Timed { latency, service };
            if counts {
                tally.stepped(&steps);
                match &result {
                    Ok(sample) => tally.answered(sample, &timed),
                    Err(error) => tally.failed(error),
                }
            } else {
                tally.warmed_up(&result, &timed);
            }
            drop(tally);
            steps.clear();
            if self.schedule.is_none() && result.is_err_and(|error| is_refusal(&error)) {
                rt::sleep(AFTER_REFUSAL);
            }
        }
    }

    fn next(&self) -> Option<Slot> {
        if self.over.load(Relaxed) {
            return None;
        }
        let mut number = self.counts.next.fetch_add(1, Relaxed);
        let Some(schedule) = &self.schedule else { return self.next_at_once(number) };
        let mut at = self.start.checked_add(schedule.at(number)?)?;
        let too_late = self.max_late.map_or(Duration::ZERO, |most| at.elapsed().saturating_sub(most));
        if !too_late.is_zero() {
            // All that are as late are dropped at once, and what is taken then begins: one by one, each looked at by its
            // own clock, they can be more than there is time for.
            let first = schedule.count_until(at + too_late - self.start);
            self.counts.next.fetch_max(first, Relaxed);
            number = self.counts.next.fetch_add(1, Relaxed);
            at = self.start.checked_add(schedule.at(number)?)?;
        }
        let begins = self.end.is_none_or(|end| at < end) && number.saturating_sub(self.in_warm_up) < self.limit;
        begins.then_some(Slot { number, at: Some(at), counts: at >= self.counted_from })
    }

    fn next_at_once(&self, number: u64) -> Option<Slot> {
        let slot = |counts| Some(Slot { number, at: None, counts });
        if self.counted_from == self.start {
            return if number < self.limit { slot(true) } else { None };
        }
        if Instant::now() < self.counted_from {
            return slot(false);
        }
        if self.counts.after_warm_up.fetch_add(1, Relaxed) < self.limit { slot(true) } else { None }
    }

    /// Waits until it is. `false`: the iteration is not to begin any more.
    fn is_time(&self, slot: &Slot, nap: &Nap) -> bool {
        let Some(at) = slot.at else { return true };
        if !at.saturating_duration_since(Instant::now()).is_zero() {
            nap.until(at);
            if self.over.load(Relaxed) {
                return false;
            }
            self.timer().saturating_record(us(at.elapsed()));
            return true;
        }
        let late = at.elapsed();
        if slot.number < self.users as u64 {
            // Users took their first ones as they were started: none was busy, it is this side that was not ready.
            self.timer().saturating_record(us(late));
        } else {
            self.counts.late.fetch_add(u64::from(late > LATE && slot.counts), Relaxed);
        }
        true
    }
}

impl<S> Shared<S> {
    pub(super) fn timer(&self) -> MutexGuard<'_, Histogram<u64>> {
        self.timer.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn panicked(panic: Box<dyn Any + Send>) -> Error {
    let what = format!("the scenario panicked: {}", panic_text(&*panic));
    defuse(panic);
    Error::new(Kind::Panicked, what)
}

fn is_refusal(error: &Error) -> bool {
    matches!(error.kind(), Kind::Resolve | Kind::Connect | Kind::Exhausted)
        || matches!(error.phase(), Some(Phase::Resolve | Phase::Connect | Phase::Tls))
}
