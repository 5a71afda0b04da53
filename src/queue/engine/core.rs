//! The lock, the workers, the alarm.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::{Duration, Instant};

use super::state::{State, Taken};
use super::{
    Cancelled, Counts, Granting, JobId, Next, Order, Place, Refused, Rejected, Settings, Stop, Task, Turn, Workers,
};
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase};
use crate::rt::{self, Alarm, CancelToken, Ring, Waiter, scope};

/// When no coroutine could be started for the first worker, another try comes after this time.
const AGAIN: Duration = Duration::from_millis(100);

pub(super) struct Core<T: Task> {
    settings: Settings,
    /// Which queue's workers these are.
    number: u64,
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
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        Self::with_number(settings, NUMBERS.fetch_add(1, Relaxed))
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
        scope::current().owner() == Some(self.number)
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
        let is_fifo = self.settings.order == Order::Fifo;
        let mut state = match self.with_room(may_wait) {
            Ok(state) => state,
            Err(error) => return Err(Rejected { task, error }),
        };
        let id = state.submit(task, place, is_fifo);
        if let Some(at) = place.at {
            self.set_alarm(&mut state, at);
        }
        self.staff(state);
        Ok(id)
    }

    /// The state, with room for one more job.
    fn with_room(&self, may_wait: bool) -> Result<MutexGuard<'_, State<T>>, Error> {
        let bound = self.settings.bound;
        let mut waiting = None;
        loop {
            let mut state = self.lock();
            if state.stopped.is_some() {
                return Err(stopped());
            }
            if state.counts.queued + state.counts.delayed < bound || (may_wait && self.is_worker()) {
                return Ok(state);
            }
            if !may_wait {
                let what = format!("the queue is full: {bound} jobs wait for their turn");
                return Err(Error::new(Kind::Exhausted, what));
            }
            let waiter: &Waiter = waiting.get_or_insert_with(Waiter::current);
            state.for_room.push_back(waiter.clone());
            drop(state);
            self.wait_for_room(waiter)?;
        }
    }

    fn wait_for_room(&self, waiter: &Waiter) -> Result<(), Error> {
        let Err((stop, until)) = within_scope(waiter, None) else { return Ok(()) };
        let mut state = self.lock();
        match state.for_room.iter().position(|other| other.is(waiter)) {
            Some(at) => drop(state.for_room.remove(at)),
            // Woken and stopped at once: the room is somebody else's.
            None => wake_first(&mut state),
        }
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
        if how == Stop::Abort {
            state.abort_running();
        }
        let for_room = std::mem::take(&mut state.for_room);
        let for_end = ended(&mut state);
        self.staff(state);
        for_room.into_iter().chain(for_end).for_each(|waiter| waiter.wake());
    }

    /// The last handle is gone: what was not stopped otherwise is cancelled as far as it has not begun.
    pub(super) fn abandon(self: &Arc<Self>) {
        let is_stopped = self.lock().stopped.is_some();
        if !is_stopped {
            self.stop(Stop::CancelQueued);
        }
    }

    pub(super) fn cancel(self: &Arc<Self>, id: JobId, running: bool) -> Cancelled {
        let mut state = self.lock();
        if state.cancel(id, Refused::Cancelled) {
            wake_first(&mut state);
            self.staff(state);
            return Cancelled::Queued;
        }
        match state.is_running(id) {
            true => {
                if running {
                    state.abort(id);
                }
                Cancelled::Running
            }
            false => Cancelled::Ended,
        }
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
        if let Some(at) = state.due(Instant::now()) {
            self.alarm.set(Some(at));
        }
        self.staff(state);
    }

    fn set_alarm(&self, state: &mut State<T>, at: Instant) {
        let next = state.due(Instant::now()).map_or(at, |next| next.min(at));
        self.alarm.set(Some(next));
    }

    /// Starts workers for what they could do, and the usher.
    fn staff(self: &Arc<Self>, mut state: MutexGuard<'_, State<T>>) {
        let ushers = state.has_refused() && !state.staff.ushering;
        state.staff.ushering |= ushers;
        let vacant = self.settings.concurrency - state.staff.workers;
        let workers = match state.started {
            true => vacant.min(state.takeable().saturating_sub(state.staff.arriving)),
            false => 0,
        };
        state.staff.workers += workers;
        state.staff.arriving += workers;
        drop(state);
        if ushers {
            self.spawn(Self::usher, |state| state.staff.ushering = false);
        }
        for _ in 0..workers {
            self.spawn(Self::work, |state| {
                state.staff.workers -= 1;
                state.staff.arriving -= 1;
            });
        }
    }

    /// Where there is no room for a coroutine the others go on; without any there is another try a little later.
    fn spawn(self: &Arc<Self>, run: fn(Arc<Self>), undo: fn(&mut State<T>)) {
        let core = self.clone();
        let run = move || {
            let number = core.number;
            scope::with_owner(number, || run(core));
        };
        let is_started = match self.settings.workers {
            Workers::Coroutines => rt::spawn(run).is_ok(),
            Workers::Threads => {
                let thread = std::thread::Builder::new().name("maypole-queue".into());
                thread.spawn(run).is_ok()
            }
        };
        if !is_started {
            let mut state = self.lock();
            undo(&mut state);
            self.set_alarm(&mut state, Instant::now() + AGAIN);
        }
    }

    fn work(self: Arc<Self>) {
        let granting: Arc<dyn Granting<T::Grant>> = self.clone();
        let mut token = CancelToken::new();
        let mut ended = None;
        let mut is_new = true;
        while let Some(taken) = self.next(ended.take(), &mut token, is_new) {
            is_new = false;
            let turn = Turn { id: taken.id, grant: taken.grant, token: &token, granting: &granting };
            let task = taken.task;
            let next = catch_unwind(AssertUnwindSafe(|| task.run(turn)));
            ended = Some((taken.id, next.ok()));
        }
    }

    /// Says how the last job ended and takes the next one, under one lock; `None` when there is nothing to do.
    fn next(
        self: &Arc<Self>,
        last: Option<(JobId, Option<Next<T>>)>,
        token: &mut CancelToken,
        is_new: bool,
    ) -> Option<Taken<T>> {
        let mut state = self.lock();
        let mut wake = Vec::new();
        state.staff.arriving -= usize::from(is_new);
        let mut unused = None;
        if let Some((id, next)) = last {
            state.counts.panicked += u64::from(next.is_none());
            let next = next.unwrap_or(Next::Done);
            if let Next::Later(_, at) = next {
                unused = state.finish(id, next);
                self.set_alarm(&mut state, at);
            } else {
                unused = state.finish(id, next);
            }
            told(&mut state, id, &mut wake);
            // Fired under this lock, if at all: what comes next is not meant.
            if token.is_cancelled() {
                *token = CancelToken::new();
            }
        }
        let taken = state.take(token);
        match taken {
            Some(_) => wake.extend(state.for_room.pop_front()),
            None => state.staff.workers -= 1,
        }
        wake.append(&mut ended(&mut state));
        if state.has_refused() {
            self.staff(state);
        } else {
            drop(state);
        }
        drop(unused);
        wake.into_iter().for_each(|waiter| waiter.wake());
        taken
    }

    /// Tells refused jobs that they will not run.
    fn usher(self: Arc<Self>) {
        let mut last = None;
        loop {
            let mut state = self.lock();
            let mut wake = Vec::new();
            if let Some(id) = last.take() {
                state.told(id);
                told(&mut state, id, &mut wake);
            }
            let refusal = state.next_refused();
            if refusal.is_none() {
                state.staff.ushering = false;
                wake.append(&mut ended(&mut state));
            }
            drop(state);
            wake.into_iter().for_each(|waiter| waiter.wake());
            let Some(refusal) = refusal else { return };
            last = Some(refusal.id);
            drop(refusal.grant);
            if catch_unwind(AssertUnwindSafe(|| refusal.task.refuse(refusal.why))).is_err() {
                self.lock().counts.panicked += 1;
            }
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

fn stopped() -> Error {
    Error::new(Kind::Closed, "the queue has been stopped")
}

/// Those that wait for this job, if it has ended.
fn told<T: Task>(state: &mut State<T>, id: JobId, wake: &mut Vec<Waiter>) {
    if !state.for_job.is_empty() && !state.is_open(id) {
        wake.extend(state.for_job.remove(&id.number).into_iter().flatten());
    }
}

/// Those that wait for the end of everything, if it has come.
fn ended<T: Task>(state: &mut State<T>) -> Vec<Waiter> {
    match state.is_over() {
        true => std::mem::take(&mut state.for_end),
        false => Vec::new(),
    }
}

fn wake_first<T: Task>(state: &mut State<T>) {
    if let Some(waiter) = state.for_room.pop_front() {
        waiter.wake();
    }
}

/// Waits until `at` at most, and no longer than the surrounding scope allows.
pub(super) fn within_scope(waiter: &Waiter, at: Option<Instant>) -> Result<(), (rt::Stop, Until)> {
    let scope = scope::current();
    let _guard = scope.token().map(|token| waiter.cancel_with(token));
    let soonest = [at, scope.until().at()].into_iter().flatten().min();
    waiter.wait(soonest).map_err(|stop| (stop, scope.until()))
}
