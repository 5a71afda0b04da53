//! The workers of a pool: taken for a job, given back, replaced.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::launch::{self, Unstarted};
use super::life::Life;
use super::process::{Order, Process, Reply, Unfinished};
use crate::error::Result;
use crate::rt::CancelToken;

/// How many workers in a row may die before a job has begun. Trying again is safe then, but if it always happens there is
/// something that ends them.
const IN_VAIN: u32 = 8;

#[derive(Default)]
struct State {
    idle: Vec<Process>,
    /// Every worker that the system may still know.
    alive: Vec<Arc<Life>>,
    is_closed: bool,
}

/// A pool has at most as many workers as jobs at once, since each job has one of its own.
pub(super) struct Crew {
    recycle_after: Option<u32>,
    patience: Duration,
    state: Mutex<State>,
    pub(super) started: AtomicU64,
    pub(super) died: AtomicU64,
    pub(super) recycled: AtomicU64,
}

impl Crew {
    pub(super) fn new(recycle_after: Option<u32>, patience: Duration) -> Self {
        let count = || AtomicU64::new(0);
        let (started, died, recycled) = (count(), count(), count());
        Self { recycle_after, patience, state: Mutex::default(), started, died, recycled }
    }

    /// Has a worker do it. A worker whose time has come is handed out, to be retired when the reply is delivered.
    pub(super) fn run(&self, order: &Order, token: &CancelToken) -> (Result<Reply>, Option<Process>) {
        let (mut in_vain, mut deaths) = (0, 0);
        loop {
            let outcome = self.take(token).map(|process| process.run(order, token));
            let error = match outcome {
                Ok(Ok((process, reply))) => return (Ok(reply), self.give_back(process)),
                Ok(Err(Unfinished::Failed(error))) | Err(Unstarted::Failed(error)) => return (Err(error), None),
                Ok(Err(Unfinished::Died(error))) => {
                    self.died.fetch_add(1, Relaxed);
                    deaths += 1;
                    if deaths <= order.retries {
                        continue;
                    }
                    error.with_attempts(deaths)
                }
                Ok(Err(Unfinished::NotBegun(error))) | Err(Unstarted::Killed(error)) => {
                    self.died.fetch_add(1, Relaxed);
                    in_vain += 1;
                    if in_vain < IN_VAIN && !token.is_cancelled() {
                        continue;
                    }
                    error.with_attempts(in_vain)
                }
            };
            return (Err(error), None);
        }
    }

    fn take(&self, token: &CancelToken) -> Result<Process, Unstarted> {
        let mut gone = Vec::new();
        let idle = {
            let mut state = self.lock();
            loop {
                match state.idle.pop() {
                    Some(process) if process.leash().life().is_over() => gone.push(process),
                    other => break other,
                }
            }
        };
        self.died.fetch_add(gone.len() as u64, Relaxed);
        drop(gone);
        match idle {
            Some(process) => Ok(process),
            None => self.start(token),
        }
    }

    fn start(&self, token: &CancelToken) -> Result<Process, Unstarted> {
        let process = launch::start(self.patience, token)?;
        self.started.fetch_add(1, Relaxed);
        let life = process.leash().life().clone();
        let mut state = self.lock();
        state.alive.retain(|life| !life.is_over());
        state.alive.push(life);
        Ok(process)
    }

    fn give_back(&self, process: Process) -> Option<Process> {
        if self.recycle_after.is_some_and(|jobs| process.jobs >= jobs) {
            self.recycled.fetch_add(1, Relaxed);
            return Some(process);
        }
        let mut state = self.lock();
        if state.is_closed {
            drop(state);
            return Some(process);
        }
        state.idle.push(process);
        None
    }

    /// Lets idle workers go, and the others after their jobs.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        let idle = std::mem::take(&mut state.idle);
        drop(state);
        drop(idle);
    }

    /// The process numbers of the workers that are alive, oldest first.
    pub(super) fn pids(&self) -> Vec<u32> {
        self.lock().alive.iter().filter(|life| !life.is_over()).map(|life| life.pid()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
