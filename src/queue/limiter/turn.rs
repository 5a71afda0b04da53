//! A job that waits for a limiter.

use std::fmt;
use std::sync::Arc;

use super::permit::Permit;
use crate::error::{Error, Result};

/// Where a job waits for its grant.
pub(crate) trait Seat: Send + Sync {
    /// Hands it over; never waits. One that nobody wants any more is dropped, which releases it.
    fn give(&self, grant: Result<Permit>);
}

/// A job's place in a limiter's line: to be granted or refused once. If its job has ended meanwhile the permit is
/// dropped, and so released, at once.
#[derive(Clone)]
pub struct Turn(Arc<dyn Seat>);

impl Turn {
    pub(crate) fn new(seat: Arc<dyn Seat>) -> Self {
        Self(seat)
    }

    /// The job goes on with this permit. Never waits, and releases the permit before it returns if the job is gone: do not
    /// call it with a lock held that [`Release::release`](super::Release::release) takes.
    pub fn grant(self, permit: Permit) {
        self.0.give(Ok(permit));
    }

    /// The job fails with this error.
    pub fn refuse(self, error: Error) {
        self.0.give(Err(error));
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Turn")
    }
}
