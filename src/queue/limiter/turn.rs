//! A job that waits for a limiter.

use std::fmt;
use std::sync::{Arc, Weak};

use super::permit::Permit;
use crate::error::{Error, Result};

/// Where a job waits for its grant; whoever waits keeps it.
pub(crate) trait Seat: Send + Sync {
    /// Hands it over; never waits. One that nobody wants any more is dropped, which releases it.
    fn give(&self, grant: Result<Permit>);
}

/// A job's place in a limiter's line: to be granted or refused once. If its job has ended meanwhile the permit is
/// dropped, and so released, at once.
#[derive(Clone)]
pub struct Turn {
    seat: Weak<dyn Seat>,
    priority: i32,
}

impl Turn {
    pub(crate) fn new<S: Seat + 'static>(seat: &Arc<S>, priority: i32) -> Self {
        let seat: Weak<S> = Arc::downgrade(seat);
        Self { seat, priority }
    }

    /// The priority of its job: of two in one line the higher one goes first. 0 is the rule.
    pub fn priority(&self) -> i32 {
        self.priority
    }

    /// Whether somebody still waits. The turn of a job that was cancelled is kept by its limiter alone, and may go.
    pub fn is_wanted(&self) -> bool {
        self.seat.strong_count() > 0
    }

    /// The job goes on with this permit. Never waits, and releases the permit before it returns if the job is gone: do not
    /// call it with a lock held that [`Release::release`](super::Release::release) takes.
    pub fn grant(self, permit: Permit) {
        if let Some(seat) = self.seat.upgrade() {
            seat.give(Ok(permit));
        }
    }

    /// The job fails with this error.
    pub fn refuse(self, error: Error) {
        if let Some(seat) = self.seat.upgrade() {
            seat.give(Err(error));
        }
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("wanted", &self.is_wanted()).field("priority", &self.priority).finish()
    }
}
