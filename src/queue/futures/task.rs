//! One request of a session, from `send` to its result.
//!
//! ```text
//!   Waiting ── a worker takes it ──▶ Running ──▶ Ended
//!      └────── cancel, close ───────────────────▶ Ended
//! ```

use std::any::Any;
use std::mem::replace;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard};

use super::cell::Cell;
use super::control::{Control, Requested};
use super::executor::Job;
use super::future::ResponseFuture;
use super::open::Member;
use super::plan::Plan;
use super::session::Shared;
use super::work::{SendBy, Work};
use crate::error::{Error, Kind, Phase, Result, defuse, panic_text};
use crate::queue::limiter::{Limiter, Permit};
use crate::rt::{CancelToken, scope};

pub(super) struct Task<T> {
    shared: Arc<Shared>,
    number: u64,
    requested: Requested,
    stage: Mutex<Stage<T>>,
    cell: Arc<Cell<T>>,
}

enum Stage<T> {
    Waiting(Box<Plan<T>>),
    Running(CancelToken),
    Ended,
}

impl<T: Send + 'static> Task<T> {
    /// Puts a plan in line, or has its future say why it is not.
    pub(super) fn submit(shared: &Arc<Shared>, plan: Plan<T>) -> ResponseFuture<T> {
        let (number, cell) = (shared.open.number(), Arc::new(Cell::default()));
        let task = Arc::new(Self {
            shared: shared.clone(),
            number,
            requested: plan.requested(),
            stage: Mutex::new(Stage::Waiting(Box::new(plan))),
            cell: cell.clone(),
        });
        match shared.open.enter(number, task.clone()) {
            Ok(()) => shared.executor.submit(Job::new(task.clone())),
            Err(error) => Job::new(task.clone()).fail(error),
        }
        ResponseFuture::new(cell, task)
    }

    fn lock(&self) -> MutexGuard<'_, Stage<T>> {
        self.stage.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The plan, if nobody has begun with it, which goes on in `then`.
    fn begin(&self, then: Stage<T>) -> Option<Box<Plan<T>>> {
        let mut stage = self.lock();
        match replace(&mut *stage, then) {
            Stage::Waiting(plan) => Some(plan),
            other => {
                *stage = other;
                None
            }
        }
    }

    fn end(&self, result: Result<T>) {
        *self.lock() = Stage::Ended;
        self.shared.calling_back(|| self.cell.complete(result));
        self.shared.open.leave(self.number);
    }
}

impl<T: Send + 'static> Work for Task<T> {
    fn run(&self, permits: Vec<Permit>, send: &mut SendBy<'_>) {
        let token = CancelToken::new();
        let Some(plan) = self.begin(Stage::Running(token.clone())) else { return };
        let mut send = |request| send(request, &token);
        let run = || scope::with_cancel(&token, || plan.run(permits, &mut send));
        let run = || self.shared.calling_back(run);
        let result = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Err(panicked(panic)));
        self.end(result);
    }

    fn fail(&self, error: Error) {
        if self.begin(Stage::Ended).is_some() {
            self.end(Err(error));
        }
    }

    fn is_waiting(&self) -> bool {
        matches!(*self.lock(), Stage::Waiting(_))
    }

    fn requested(&self) -> &Requested {
        &self.requested
    }

    fn limiters(&self) -> &[Arc<dyn Limiter>] {
        &self.shared.limiters
    }
}

impl<T: Send + 'static> Control for Task<T> {
    fn cancel(&self) -> bool {
        let withdrawn = self.withdraw();
        if withdrawn {
            self.refuse("the request was cancelled before it began");
        }
        withdrawn
    }

    fn abort(&self) -> bool {
        let token = match &*self.lock() {
            Stage::Running(token) => Some(token.clone()),
            _ => None,
        };
        match token {
            None => self.cancel(),
            Some(token) => {
                token.cancel();
                true
            }
        }
    }

    fn is_running(&self) -> bool {
        matches!(*self.lock(), Stage::Running(_))
    }

    fn requested(&self) -> &Requested {
        &self.requested
    }
}

impl<T: Send + 'static> Member for Task<T> {
    fn withdraw(&self) -> bool {
        self.begin(Stage::Ended).is_some()
    }

    fn refuse(&self, why: &'static str) {
        self.end(Err(Error::new(Kind::Cancelled, why).with_phase(Phase::Checkout)));
    }

    fn abort(&self) -> bool {
        Control::abort(self)
    }

    fn is_waiting(&self) -> bool {
        Work::is_waiting(self)
    }
}

/// What a callback's panic said.
pub(super) fn panicked(panic: Box<dyn Any + Send>) -> Error {
    let what = format!("a callback panicked: {}", panic_text(&*panic));
    defuse(panic);
    Error::new(Kind::Panicked, what)
}
