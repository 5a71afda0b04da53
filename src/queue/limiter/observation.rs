//! How requests went.

use std::time::{Duration, Instant};

use crate::client::Response;
use crate::error::{Error, Kind};
use crate::message::{Headers, Url};

/// How a request went, for limiters that adapt.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Observation<'a> {
    /// Where it went.
    pub url: &'a Url,
    /// The status, if an answer came.
    pub status: Option<u16>,
    /// The answer's headers, `Retry-After` among them.
    pub headers: Option<&'a Headers>,
    /// What failed, if no answer came.
    pub failed: Option<Kind>,
    /// From the sending to the head of the answer, or to the failure.
    pub latency: Duration,
}

impl<'a> Observation<'a> {
    /// What came of a request that was sent at `sent` and has just been answered or failed, for programs that use a limiter
    /// without a queue.
    pub fn of(url: &'a Url, result: &'a Result<Response, Error>, sent: Instant) -> Self {
        let answer = result.as_ref().ok();
        Self {
            url,
            status: answer.map(Response::status),
            headers: answer.map(Response::headers),
            failed: result.as_ref().err().map(Error::kind),
            latency: sent.elapsed(),
        }
    }
}
