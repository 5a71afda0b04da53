//! The lock and the alarm: what callers, limiters and the timer do to the queue.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Instant;

use super::counts::Counts;
use super::settings::{Place, Settings, Stop};
use super::state::State;
use super::task::{Cancelled, Granting, JobId, Refused, Rejected, Task};
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase};
use crate::rt::{self, Alarm, CancelToken, Ring, Waiter, scope};

pub(super) struct Core<T: Task> {
    pub(super) settings: Settings,
    /// Which queue's workers these are.
    pub(super) number: u64,
    state: Mutex<State<T>>,
    alarm: Alarm,
}

/// Rings when the next delayed job is due.
struct Due<T: Task>(Weak<Core<T>>);

impl<T: Task> Ring for Due<T> {
    fn ring(&self) {
        if let Some(core) = self.0.upgrade() {
            core.due();
        }
    }
}

impl<T: Task> Core<T> {
    pub(super) fn new(settings: Settings) -> Arc<Self> {
        Self::with_number(settings, number())
    }

    /// One whose workers count as this one's.
    pub(super) fn beside(&self, settings: Settings) -> Arc<Self> {
        Self::with_number(settings, self.number)
    }

    fn with_number(settings: Settings, number: u64) -> Arc<Self> {
        Arc::new_cyclic(|core| Self {
            number,
            state: Mutex::new(State::new(&settings)),
            alarm: Alarm::new(Due(core.clone())),
            settings,
        })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(super) fn is_worker(&self) -> bool {
        scope::current().is_owned_by(self.number)
    }

    pub(super) fn counts(&self) -> Counts {
        self.lock().counts
    }

    pub(super) fn check_open(&self) -> Result<(), Error> {
        match self.lock().stopped {
            Some(_) => Err(stopped()),
            None => Ok(()),
        }
    }

    pub(super) fn start(self: &Arc<Self>) {
        let mut state = self.lock();
        state.started = true;
        self.staff(state);
    }

    pub(super) fn submit(self: &Arc<Self>, task: T, place: &Place<'_>, may_wait: bool) -> Result<JobId, Rejected<T>> {
        // Dropped behind the lock, as every waiter: the destructor of `may`'s parker may yield, and who then waits for the
        // lock on the same thread waits for ever (all workers did, in one of 20,000 rounds of the stress test).
        let mut waiter = None;
        let mut state = match self.with_room(may_wait, &mut waiter) {
            Ok(state) => state,
            Err(error) => return Err(Rejected { task, error }),
        };
        let id = state.submit(task, place);
        if let Some(at) = place.at {
            self.set_alarm(&mut state, at);
        }
        self.staff(state);
        Ok(id)
    }

    /// The state, with room for one more job.
    fn with_room(&self, may_wait: bool, waiting: &mut Option<Waiter>) -> Result<MutexGuard<'_, State<T>>, Error> {
        loop {
            let mut state = self.lock();
            if state.stopped.is_some() {
                return Err(stopped());
            }
            if self.has_room(&state) || (may_wait && self.is_worker()) {
                return Ok(state);
            }
            if !may_wait {
                let bound = self.settings.bound;
                let what = format!("the queue is full: {bound} jobs wait for their turn");
                return Err(Error::new(Kind::Exhausted, what));
            }
            let waiter = match &*waiting {
                None => {
                    let waiter = waiting.insert(Waiter::current());
                    state.for_room.push_back(waiter.clone());
                    waiter
                }
                // Somebody else was faster; that costs nobody the place in line.
                Some(waiter) => {
                    state.for_room.push_front(waiter.clone());
                    waiter
                }
            };
            drop(state);
            self.wait_for_room(waiter)?;
        }
    }

    fn has_room(&self, state: &State<T>) -> bool {
        state.counts.queued + state.counts.delayed < self.settings.bound
    }

    /// Whom a job that has left the line makes room for.
    pub(super) fn first_with_room(&self, state: &mut State<T>) -> Option<Waiter> {
        match self.has_room(state) {
            true => state.for_room.pop_front(),
            false => None,
        }
    }

    fn wait_for_room(&self, waiter: &Waiter) -> Result<(), Error> {
        let Err((stop, until)) = within_scope(waiter, None) else { return Ok(()) };
        let mut state = self.lock();
        let place = state.for_room.iter().position(|other| other.is(waiter));
        // Woken and stopped at once: the room is somebody else's.
        let next = if place.is_none() { state.for_room.pop_front() } else { None };
        let mine = place.and_then(|at| state.for_room.remove(at));
        drop(state);
        next.iter().for_each(Waiter::wake);
        drop(mine);
        Err(match stop {
            rt::Stop::TimedOut => Error::timeout(Phase::Checkout, until.limit()),
            rt::Stop::Cancelled => Error::cancelled(Phase::Checkout),
        })
    }

    pub(super) fn stop(self: &Arc<Self>, how: Stop) {
        let mut state = self.lock();
        state.stopped = state.stopped.max(Some(how));
        // What was never started could not be drained.
        state.started |= how == Stop::Drain;
        if how >= Stop::CancelQueued {
            state.cancel_queued();
        }
        let fire = if how == Stop::Abort { state.abort_running() } else { Vec::new() };
        let mut wake: Vec<_> = state.for_room.drain(..).collect();
        state.ended(&mut wake);
        self.staff(state);
        fire.iter().for_each(CancelToken::cancel);
        wake.iter().for_each(Waiter::wake);
    }

    /// The last handle is gone: what was not stopped otherwise is cancelled as far as it has not begun.
    pub(super) fn abandon(self: &Arc<Self>) {
        let is_draining = self.settings.concurrency > 0 && self.lock().stopped.is_some();
        if !is_draining {
            self.stop(Stop::CancelQueued);
        }
        let mut state = self.lock();
        if !state.is_over() {
            // Nobody else may hold it while jobs wait for their time, or for a worker that could not be started.
            state.keep = Some(self.clone());
        }
    }

    pub(super) fn cancel(self: &Arc<Self>, id: JobId, running: bool) -> Cancelled {
        let mut state = self.lock();
        if state.cancel(id, Refused::Cancelled) {
            let next = self.first_with_room(&mut state);
            self.staff(state);
            next.into_iter().for_each(|waiter| waiter.wake());
            return Cancelled::Queued;
        }
        if !state.is_running(id) {
            return Cancelled::Ended;
        }
        let fire = if running { state.abort(id) } else { None };
        drop(state);
        fire.iter().for_each(CancelToken::cancel);
        Cancelled::Running
    }

    pub(super) fn is_running(&self, id: JobId) -> bool {
        self.lock().is_running(id)
    }

    pub(super) fn is_done(&self, id: JobId) -> bool {
        !self.lock().is_open(id)
    }

    /// Moves jobs whose time has come into their lines; on the timer's thread.
    fn due(self: &Arc<Self>) {
        let mut state = self.lock();
        state.rings = None;
        if let Some(at) = state.due(Instant::now()) {
            self.set_alarm(&mut state, at);
        }
        self.staff(state);
    }

    /// Sooner only: it may be set for something else than jobs that wait for their time, too.
    pub(super) fn set_alarm(&self, state: &mut State<T>, at: Instant) {
        if state.rings.is_none_or(|rings| at < rings) {
            state.rings = Some(at);
            self.alarm.set(Some(at));
        }
    }
}

impl<T: Task> Granting<T::Grant> for Core<T> {
    fn grant(self: Arc<Self>, id: JobId, grant: T::Grant) {
        let mut state = self.lock();
        let unwanted = state.grant(id, grant);
        self.staff(state);
        drop(unwanted);
    }
}

/// One that no other owner of workers or callbacks has.
pub(in crate::queue) fn number() -> u64 {
    static NUMBERS: AtomicU64 = AtomicU64::new(1);
    NUMBERS.fetch_add(1, Relaxed)
}

fn stopped() -> Error {
    Error::new(Kind::Closed, "the queue has been stopped")
}

/// Waits until `at` at most, and no longer than the surrounding scope allows.
pub(in crate::queue) fn within_scope(waiter: &Waiter, at: Option<Instant>) -> Result<(), (rt::Stop, Until)> {
    let scope = scope::current();
    let _guard = scope.token().map(|token| waiter.cancel_with(token));
    let soonest = [at, scope.until().at()].into_iter().flatten().min();
    waiter.wait(soonest).map_err(|stop| (stop, scope.until()))
}
