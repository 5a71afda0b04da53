//! A job before the limiters: one permit of each, in their order.

use std::sync::Arc;
use std::time::Instant;

use crate::error::Result;
use crate::message::Url;
use crate::queue::engine::{self, Granting, JobId, Task};
use crate::queue::limiter::{Acquire, Limiter, Permit, Seat, Turn};

/// What it got.
pub(in crate::queue) enum Leave {
    /// All permits.
    Go,
    /// Ask again then.
    Until(Instant),
    /// A limiter will say.
    Granted,
}

/// Asks the limiters that have not been asked yet.
pub(super) fn ask<S: Seat + 'static>(
    limiters: &[Arc<dyn Limiter>],
    permits: &mut Vec<Permit>,
    url: &Url,
    seat: &Arc<S>,
    priority: i32,
) -> Result<Leave> {
    let turn = Turn::new(seat, priority);
    while let Some(limiter) = limiters.get(permits.len()) {
        match limiter.try_acquire(url, &turn) {
            Acquire::Granted(permit) => permits.push(permit),
            Acquire::Later(at) => return Ok(Leave::Until(at)),
            Acquire::Queued => return Ok(Leave::Granted),
            Acquire::Refused(error) => return Err(error),
        }
    }
    Ok(Leave::Go)
}

/// What a job that waits for nothing but limiters has of them.
#[derive(Default)]
pub(in crate::queue) struct Held {
    /// One of each asked so far.
    pub(in crate::queue) permits: Vec<Permit>,
    /// Where limiters find it: their turns are good for as long as it is there.
    seat: Option<Arc<Seated>>,
}

impl Held {
    /// Takes what was granted and asks those that have not been asked yet.
    pub(in crate::queue) fn ask<T: Task<Grant = Result<Permit>>>(
        &mut self,
        limiters: &[Arc<dyn Limiter>],
        url: &Url,
        turn: &mut engine::Turn<'_, T>,
    ) -> Result<Leave> {
        if let Some(granted) = turn.grant.take() {
            self.permits.push(granted?);
        }
        let seated = || Arc::new(Seated { id: turn.id, granting: turn.granting.clone() });
        ask(limiters, &mut self.permits, url, self.seat.get_or_insert_with(seated), turn.priority)
    }
}

struct Seated {
    id: JobId,
    granting: Arc<dyn Granting<Result<Permit>>>,
}

impl Seat for Seated {
    fn give(&self, grant: Result<Permit>) {
        self.granting.clone().grant(self.id, grant);
    }
}
