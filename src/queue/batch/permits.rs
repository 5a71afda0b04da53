//! What a request has of the limiters, and what they are told of it.

use std::sync::Arc;
use std::time::Instant;

use crate::client::Response;
use crate::error::{Error, Result};
use crate::message::Url;
use crate::queue::engine::{Granting, JobId};
use crate::queue::limiter::{Limiter, Observation, Permit, Seat};

/// Where a request waits in a limiter's line.
pub(super) struct Waiting {
    pub(super) id: JobId,
    pub(super) granting: Arc<dyn Granting<Result<Permit>>>,
}

impl Seat for Waiting {
    fn give(&self, grant: Result<Permit>) {
        self.granting.clone().grant(self.id, grant);
    }
}

/// What a request has of the limiters.
pub(super) struct Held {
    /// One of each asked so far.
    pub(super) permits: Vec<Permit>,
    /// Kept while it waits.
    pub(super) seat: Arc<Waiting>,
}

/// Tells them how it went.
pub(super) fn observe(limiters: &[Arc<dyn Limiter>], url: &Url, came: &Result<Response>, since: Instant) {
    let answer = came.as_ref().ok();
    let seen = Observation {
        url,
        status: answer.map(Response::status),
        headers: answer.map(Response::headers),
        failed: came.as_ref().err().map(Error::kind),
        latency: since.elapsed(),
    };
    limiters.iter().for_each(|limiter| limiter.observe(&seen));
}
