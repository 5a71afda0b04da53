//! What a worker does, as far as an executor knows.

use std::sync::Arc;

use super::control::Requested;
use crate::client::{RequestBuilder, Response};
use crate::error::{Error, Result};
use crate::queue::limiter::{Limiter, Permit, acquire_all};
use crate::rt::CancelToken;

/// Sends a request; the token ends the job.
pub(in crate::queue) type SendBy<'a> = dyn FnMut(RequestBuilder, &CancelToken) -> Result<Response> + 'a;

/// A request whose time will come.
pub(super) trait Work: Send + Sync {
    /// Does it, unless it has been taken back.
    fn run(&self, permits: Vec<Permit>, send: &mut SendBy<'_>);
    /// Ends it with this error, unless it has been taken back.
    fn fail(&self, error: Error);
    /// Whether it has neither begun nor been taken back.
    fn is_waiting(&self) -> bool;
    fn requested(&self) -> &Requested;
    fn limiters(&self) -> &[Arc<dyn Limiter>];
}

/// Waits here for the leave of all of them. A request without a legal URL needs none to fail.
pub(super) fn admitted(limiters: &[Arc<dyn Limiter>], requested: &Requested) -> Result<Vec<Permit>> {
    let Some(url) = requested.url().filter(|_| !limiters.is_empty()) else { return Ok(Vec::new()) };
    acquire_all(&limiters.iter().map(|limiter| &**limiter).collect::<Vec<_>>(), url)
}
