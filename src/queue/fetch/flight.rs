//! What jobs of this queue wait for, and how it reaches them.

use std::sync::Arc;

use super::cache::Landing;
use crate::error::Result;
use crate::queue::engine::{Granting, JobId};
use crate::queue::limiter::{Permit, Seat};

pub(super) enum Grant {
    /// A limiter's answer.
    Permit(Result<Permit>),
    /// What came of an equal fetch.
    Landed(Landing),
}

/// Where a job waits.
pub(super) struct Waiting {
    pub(super) id: JobId,
    pub(super) granting: Arc<dyn Granting<Grant>>,
}

impl Waiting {
    pub(super) fn landed(self, landing: Landing) {
        self.granting.grant(self.id, Grant::Landed(landing));
    }
}

impl Seat for Waiting {
    fn give(&self, grant: Result<Permit>) {
        self.granting.clone().grant(self.id, Grant::Permit(grant));
    }
}
