//! Who works: workers and ushers, as many as there is work for.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

use super::core::Core;
use super::settings::Workers;
use super::state::{State, Taken};
use super::task::{Granting, JobId, Next, Task, Turn};
use crate::error::defuse;
use crate::rt::{self, CancelToken, Waiter, scope};

/// When a worker could not be started another try comes after this time, whether or not others work.
const AGAIN: Duration = Duration::from_millis(100);

/// Jobs that never wait keep their worker; after so many the thread's sockets are looked at.
const PATIENCE: u32 = 64;

impl<T: Task> Core<T> {
    /// Starts workers for what they could do, and ushers for those who are to be told.
    pub(super) fn staff(self: &Arc<Self>, mut state: MutexGuard<'_, State<T>>) {
        let (workers, ushers) = state.call(self.settings.concurrency);
        drop(state);
        let missing = |wanted, run: fn(Arc<Self>)| wanted - (0..wanted).take_while(|_| self.spawn(run)).count();
        let (workers, ushers) = (missing(workers, Self::work), missing(ushers, Self::usher));
        if workers + ushers > 0 {
            let mut state = self.lock();
            state.staff.workers.missing(workers);
            state.staff.ushers.missing(ushers);
            self.set_alarm(&mut state, Instant::now() + AGAIN);
        }
    }

    fn spawn(self: &Arc<Self>, run: fn(Arc<Self>)) -> bool {
        let core = self.clone();
        let run = move || {
            let number = core.number;
            scope::with_owner(number, || run(core));
        };
        match self.settings.workers {
            Workers::Coroutines => rt::spawn(run).is_ok(),
            Workers::Threads => {
                let thread = std::thread::Builder::new().name("maypole-queue".into());
                thread.spawn(run).is_ok()
            }
        }
    }

    fn work(self: Arc<Self>) {
        let granting: Arc<dyn Granting<T::Grant>> = self.clone();
        let mut token = CancelToken::new();
        let mut ended = None;
        let mut jobs = 0;
        while let Some(taken) = self.next(ended.take(), &mut token, jobs == 0) {
            jobs += 1;
            if jobs % PATIENCE == 0 {
                rt::yield_io();
            }
            let Taken { id, priority, task, grant } = taken;
            let turn = Turn { id, priority, grant, token: &token, granting: &granting };
            ended = Some((id, guarded(|| task.run(turn))));
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
        state.staff.workers.arriving -= usize::from(is_new);
        let (mut unused, mut old) = (None, None);
        if let Some((id, next)) = last {
            // What comes next is not meant. It may be fired only after this.
            let is_aborted = state.is_aborted(id);
            state.counts.panicked += u64::from(next.is_none());
            let next = next.unwrap_or(Next::Done);
            let later = if let Next::Later(_, at) = next { Some(at) } else { None };
            unused = state.finish(id, next);
            // Nor is an answer that somebody else reads on, when the next one is aborted.
            if is_aborted || token.is_shared() {
                old = Some(std::mem::take(token));
            }
            if let Some(at) = later {
                self.set_alarm(&mut state, at);
            }
            state.told(id, &mut wake);
        }
        let taken = state.take(token);
        match taken {
            Some(_) => wake.extend(self.first_with_room(&mut state)),
            None => state.staff.workers.at_work -= 1,
        }
        state.ended(&mut wake);
        self.staff(state);
        drop(old);
        if unused.is_some() {
            guarded(|| drop(unused));
        }
        wake.iter().for_each(Waiter::wake);
        taken
    }

    /// Tells refused jobs that they will not run. Beside the workers, which may all be in flight for long; several, so that
    /// an owner who takes his time does not hold up the others.
    fn usher(self: Arc<Self>) {
        let mut last: Option<(JobId, bool)> = None;
        let mut is_new = true;
        loop {
            let mut state = self.lock();
            let mut wake = Vec::new();
            state.staff.ushers.arriving -= usize::from(std::mem::take(&mut is_new));
            if let Some((id, is_told)) = last.take() {
                state.counts.panicked += u64::from(!is_told);
                state.forget(id);
                state.told(id, &mut wake);
            }
            let refusal = state.next_refused();
            state.staff.ushers.at_work -= usize::from(refusal.is_none());
            state.ended(&mut wake);
            drop(state);
            wake.iter().for_each(Waiter::wake);
            let Some(refusal) = refusal else { return };
            guarded(|| drop(refusal.grant));
            last = Some((refusal.id, guarded(|| refusal.task.refuse(refusal.why)).is_some()));
        }
    }
}

/// Runs what others wrote: a worker that it took along would leave its job in flight for ever.
fn guarded<R>(run: impl FnOnce() -> R) -> Option<R> {
    let payload = match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => return Some(result),
        Err(payload) => payload,
    };
    defuse(payload);
    None
}
