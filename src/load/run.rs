//! A run from its start to its end.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::clock::Probe;
use super::plan::Load;
use super::scenario::Scenario;
use super::stats::Stats;
use super::tally::{Shards, histogram};
use super::user::{Counters, Shared};
use super::watch::Watch;
use crate::error::{Error, Kind, Result};
use crate::rt::{self, CancelToken, JoinHandle, Waiter, scope};

impl Load {
    /// Runs it to its end.
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`] for no users, no end, a rate that is none, or a warm-up beyond what the clock can tell;
    /// [`Kind::Exhausted`] if there is no room for so many coroutines. What iterations fail with is no error but counted.
    pub fn run(mut self, scenario: impl Scenario) -> Result<Stats> {
        if let Some(wrong) = self.wrong.take() {
            return Err(wrong);
        }
        if self.users == 0 {
            return Err(Error::new(Kind::InvalidConfig, "a load without users does nothing"));
        }
        if self.tick.is_zero() || self.watch.as_ref().is_some_and(|(every, _)| every.is_zero()) {
            return Err(Error::new(Kind::InvalidConfig, "a tick of no length"));
        }
        self.duration = self.duration.or_else(|| self.schedule.as_ref()?.end());
        if self.duration.is_none() && self.iterations.is_none() {
            return Err(Error::new(
                Kind::InvalidConfig,
                "a load without an end: give a duration or a number of iterations",
            ));
        }
        run(self, scenario)
    }
}

fn run<S: Scenario>(load: Load, scenario: S) -> Result<Stats> {
    let start = Instant::now();
    let Some(counted_from) = start.checked_add(load.warm_up) else {
        return Err(Error::new(Kind::InvalidConfig, "a warm-up that is longer than the clock goes"));
    };
    let end = load.duration.and_then(|duration| counted_from.checked_add(duration));
    let shared = Arc::new(Shared {
        scenario,
        users: load.users,
        shards: Shards::new(load.users, load.schedule.is_some()),
        max_late: load.max_late,
        in_warm_up: load.schedule.as_ref().map_or(0, |schedule| schedule.count_until(load.warm_up)),
        schedule: load.schedule,
        limit: load.iterations.unwrap_or(u64::MAX),
        start,
        counted_from,
        end,
        over: AtomicBool::new(false),
        gone: CancelToken::new(),
        counts: Counters::default(),
        timer: Mutex::new(histogram()),
    });
    let over = shared.gone.clone();
    let idle = Waiter::current();
    let probe = Probe::start(&over)?;
    let users = match users(&shared, (load.users, load.abandons), &idle) {
        Ok(users) => users,
        Err(error) => {
            shared.over.store(true, Relaxed);
            over.cancel();
            probe.end();
            return Err(error);
        }
    };
    let mut watch = Watch::new(&*shared, (load.tick, load.on_tick), load.watch);
    let (ended, cpu) = watch.until_end(&idle, &load.token);
    let elapsed = Instant::now().saturating_duration_since(counted_from);
    let ticks = watch.kept;
    let tally = shared.shards.merged();
    leave(&shared.counts, &idle, load.grace, &over);
    users.into_iter().filter(|user| !load.abandons || user.is_done()).for_each(|user| drop(user.join()));
    let lag = probe.end();
    Ok(Stats::new(&shared, load.users, tally, (ended, elapsed, cpu), ticks, lag))
}

fn users<S: Scenario>(
    shared: &Arc<Shared<S>>,
    (users, abandons): (usize, bool),
    idle: &Waiter,
) -> Result<Vec<JoinHandle<()>>> {
    let user = |user| {
        let (shared, idle) = (shared.clone(), idle.clone());
        rt::spawn(move || {
            match abandons {
                true => shared.user(user),
                false => scope::with_cancel(&shared.gone, || shared.user(user)),
            }
            shared.counts.running.fetch_sub(1, Relaxed);
            idle.wake();
        })
    };
    shared.counts.running.store(users as u64, Relaxed);
    (0..users).map(user).collect()
}

/// Iterations under way get their grace.
fn leave(counts: &Counters, idle: &Waiter, grace: Duration, over: &CancelToken) {
    let at = Instant::now().checked_add(grace);
    while counts.running.load(Relaxed) > 0 && idle.wait(at).is_ok() {}
    over.cancel();
}
