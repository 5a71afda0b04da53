//! What a run came to.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use hdrhistogram::Histogram;

use super::export::units::{as_micros, count, micros};
use super::failure::Failure;
use super::phases::PhaseStats;
use super::series::Tick;
use super::tally::{StepTally, Tally, histogram, rough, us};
use super::user::Shared;

/// From this share of its workers on, this side had no time left to be faster.
const BUSY: f64 = 0.9;
/// A worker or a timer that is so late in one of a hundred cases changes what is measured.
const LATE: Duration = Duration::from_millis(5);

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// As it was to.
    Done,
    /// A token was fired.
    Cancelled,
}

/// A distribution of times, with three significant digits from 1 µs to an hour.
#[derive(Clone)]
pub struct Latency(Histogram<u64>);

impl Latency {
    /// None yet, with two digits.
    pub(super) fn rough() -> Self {
        Self(rough())
    }

    /// Of an interval, with its two digits.
    pub(super) fn of(times: &Histogram<u32>) -> Self {
        let mut all = rough();
        times
            .iter_recorded()
            .for_each(|value| all.saturating_record_n(value.value_iterated_to(), value.count_at_value().into()));
        Self(all)
    }

    /// Adds all times of another one.
    pub fn add(&mut self, other: &Self) {
        // Same bounds on both sides: nothing can be out of range.
        self.0.add(&other.0).ok();
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The shortest; zero if there is none.
    pub fn min(&self) -> Duration {
        Duration::from_micros(if self.0.is_empty() { 0 } else { self.0.min() })
    }

    /// The longest.
    pub fn max(&self) -> Duration {
        Duration::from_micros(self.0.max())
    }

    /// The mean.
    pub fn mean(&self) -> Duration {
        Duration::from_secs_f64(self.0.mean() / 1e6)
    }

    /// The standard deviation.
    pub fn stdev(&self) -> Duration {
        Duration::from_secs_f64(self.0.stdev() / 1e6)
    }

    /// What so many of a hundred stay below: 99.9 for one in a thousand.
    pub fn percentile(&self, percent: f64) -> Duration {
        // A bucket's upper end, which for the largest may lie above the largest time.
        Duration::from_micros(self.0.value_at_percentile(percent).min(self.0.max()))
    }

    /// How many of a hundred stay below which time, in steps that halve with the distance to 100, five for each half:
    /// HdrHistogram's percentile curve. It ends at 100.
    pub fn curve(&self) -> impl Iterator<Item = (f64, Duration)> + '_ {
        let max = self.0.max();
        let steps = self.0.iter_quantiles(5);
        steps.map(move |step| {
            (step.quantile_iterated_to() * 100.0, Duration::from_micros(step.value_iterated_to().min(max)))
        })
    }

    /// The recorded times, shortest first, with how many there are of each.
    pub fn buckets(&self) -> impl Iterator<Item = (Duration, u64)> + '_ {
        self.0.iter_recorded().map(|value| (Duration::from_micros(value.value_iterated_to()), value.count_at_value()))
    }
}

impl fmt::Debug for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p99] = [50.0, 99.0].map(|percent| self.percentile(percent));
        let mut figures = f.debug_struct("Latency");
        figures.field("count", &self.count()).field("p50", &p50).field("p99", &p99).field("max", &self.max()).finish()
    }
}

/// Each time is recorded once.
impl FromIterator<Duration> for Latency {
    fn from_iter<I: IntoIterator<Item = Duration>>(times: I) -> Self {
        let mut all = histogram();
        times.into_iter().for_each(|time| all.saturating_record(us(time)));
        Self(all)
    }
}

/// The figures of a step; see [`Turn::step`](super::Turn::step).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StepStats {
    /// How long it took, from its own start to its end, when it did not fail.
    pub time: Latency,
    /// How often it failed.
    pub failed: u64,
    /// Bytes of bodies.
    pub bytes: u64,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
}

impl StepStats {
    fn new(tally: StepTally) -> Self {
        let StepTally { times, failed, bytes, statuses } = tally;
        Self { time: Latency(times), failed, bytes, statuses }
    }
}

/// The figures of a run, without its warm-up.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stats {
    /// Users.
    pub users: usize,
    /// Why it ended.
    pub ended: Ended,
    /// How long it took.
    pub elapsed: Duration,
    /// From when each iteration was to begin to its end: in the open model with the time that it had to wait for a user,
    /// in the closed model the same as [`service`](Self::service).
    pub latency: Latency,
    /// From when each iteration began to its end.
    pub service: Latency,
    /// From when each began to the first byte of its answer, where samples say so.
    pub first_byte: Latency,
    /// Where the time of the answers went, in the order of a request's way, where samples say so.
    pub phases: Vec<PhaseStats>,
    /// Requests that samples speak of.
    pub requests: u64,
    /// Bytes of bodies.
    pub bytes: u64,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Iterations that failed, by kind and phase, the most frequent first.
    pub failures: Vec<Failure>,
    /// The steps by name.
    pub steps: BTreeMap<Box<str>, StepStats>,
    /// The run over time, its warm-up included.
    pub ticks: Vec<Tick>,
    /// In the open model, how many were to begin in that time.
    pub planned: Option<u64>,
    /// In the open model, those that were dropped because they would have begun too late, or had not begun at the end.
    pub dropped: u64,
    /// In the open model, those that began more than 1 ms after their time because no user was free.
    pub late: u64,
    /// Those under way at the end, which nothing else counts.
    pub unfinished: u64,
    /// Processor time of this process.
    pub cpu: Duration,
    /// How long coroutines of this process waited for a worker.
    pub lag: Latency,
    /// How late iterations began because the timer was.
    pub timer: Latency,
}

impl Stats {
    pub(super) fn new<S>(
        shared: &Shared<S>,
        users: usize,
        tally: Tally,
        (ended, elapsed, cpu): (Ended, Duration, Duration),
        ticks: Vec<Tick>,
        lag: Histogram<u64>,
    ) -> Self {
        let mut failures = tally.failures;
        failures.sort_by_key(|failure| std::cmp::Reverse(failure.count));
        let counts = &shared.counts;
        let begun = counts.begun.load(Relaxed);
        let warm_up = shared.counted_from - shared.start;
        let planned = shared.schedule.as_ref().map(|schedule| {
            // The clock is read a little after the end.
            let end = shared.end.map_or(Duration::MAX, |end| end - shared.start);
            let until = schedule.count_until((warm_up + elapsed).min(end));
            until.saturating_sub(shared.in_warm_up).min(shared.limit)
        });
        let dropped = planned.map_or(0, |planned| planned.saturating_sub(begun));
        let ended_in_time = tally.service.len() + failures.iter().map(|failure| failure.count).sum::<u64>();
        let steps = tally.steps.into_iter();
        Self {
            users,
            ended,
            elapsed,
            latency: Latency(tally.latency.unwrap_or_else(|| tally.service.clone())),
            service: Latency(tally.service),
            first_byte: Latency(tally.first_byte),
            phases: tally.phases.needed(),
            requests: tally.requests,
            bytes: tally.bytes,
            statuses: tally.statuses,
            failures,
            steps: steps.map(|(name, tally)| (name, StepStats::new(tally))).collect(),
            ticks,
            planned,
            dropped,
            late: counts.late.load(Relaxed),
            unfinished: begun.saturating_sub(ended_in_time),
            cpu,
            lag: Latency(lag),
            timer: Latency(shared.timer().clone()),
        }
    }

    /// Iterations that were answered.
    pub fn done(&self) -> u64 {
        self.service.count()
    }

    /// Iterations that failed.
    pub fn errors(&self) -> u64 {
        self.failures.iter().map(|failure| failure.count).sum()
    }

    /// Iterations answered per second.
    pub fn per_second(&self) -> f64 {
        self.done() as f64 / self.elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// Processor time of this process per wall time: 1 is one core.
    pub fn cpu_share(&self) -> f64 {
        self.cpu.as_secs_f64() / self.elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// Why the figures may say more about this side than about the server; `workers` threads run the coroutines.
    pub fn doubts(&self, workers: usize) -> Vec<String> {
        let mut doubts = Vec::new();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let could_use = workers.min(cores) as f64;
        if self.cpu_share() >= BUSY * could_use {
            doubts.push(format!(
                "The client was the limit: it used {:.0} % of a core, its workers have {:.0} %.",
                self.cpu_share() * 100.0,
                could_use * 100.0
            ));
        }
        let lag = self.lag.percentile(99.0);
        if self.lag.count() > 0 && lag >= LATE {
            doubts.push(format!(
                "Coroutines waited {} for a worker in one of a hundred cases: latencies hold that, too.",
                micros(as_micros(lag))
            ));
        }
        let timer = self.timer.percentile(99.0);
        if self.timer.count() > 0 && timer >= LATE {
            let timer = micros(as_micros(timer));
            doubts.push(format!("One in a hundred began {timer} late because the timer was."));
        }
        if self.dropped > 0 {
            doubts.push(format!(
                "{} of {} could not begin in time: {} at once are too few, or the server is too slow for the rate.",
                count(self.dropped),
                count(self.planned.unwrap_or(0)),
                count(self.users as u64)
            ));
        }
        let planned = self.planned.unwrap_or(0);
        if self.late * 100 > planned {
            let (late, planned, users) = (count(self.late), count(planned), count(self.users as u64));
            doubts.push(format!("{late} of {planned} began late because all {users} were under way."));
        }
        doubts
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (done, errors, elapsed) = (self.done(), self.errors(), self.elapsed);
        writeln!(f, "{done} done, {errors} failed in {elapsed:.2?}: {:.1} per second", self.per_second())?;
        write!(f, "latency")?;
        for percent in [50.0, 90.0, 99.0, 99.9] {
            write!(f, "  p{percent} {:?}", self.latency.percentile(percent))?;
        }
        write!(f, "  max {:?}", self.latency.max())
    }
}
