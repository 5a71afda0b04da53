//! Retries.

use std::time::{Duration, Instant};

use super::answer::Answer;
use super::http_client::HttpClient;
use super::policy::Policy;
use crate::error::Error;
use crate::message::Request;

/// When a request is tried again.
#[derive(Clone, Debug, Default)]
pub struct Retry {}

/// The tries of one hop so far.
#[derive(Default)]
pub(super) struct Tries {}

impl Tries {
    /// How long to wait before the next try; none when this outcome stands.
    pub(super) fn again(
        &mut self,
        _client: &HttpClient,
        _policy: &Policy,
        _request: &Request,
        _outcome: Result<&Answer, &Error>,
        _now: Instant,
    ) -> Option<Duration> {
        None
    }
}
