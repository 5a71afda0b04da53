//! What came of a fetch.

use std::fmt;
use std::time::Duration;

use crate::client::Response;
use crate::error::{Error, Result};
use crate::message::{Headers, Url};

/// The whole answer, body included, or why there is none.
pub struct Fetched {
    requested: Box<str>,
    outcome: Result<Answer>,
    elapsed: Duration,
}

struct Answer {
    status: u16,
    url: Url,
    headers: Headers,
    body: Vec<u8>,
}

impl Fetched {
    pub(super) fn new(requested: Box<str>, outcome: Result<Response>, elapsed: Duration) -> Self {
        let outcome = outcome.and_then(Answer::read);
        Self { requested, outcome, elapsed }
    }

    /// The URL as it was enqueued.
    pub fn requested_url(&self) -> &str {
        &self.requested
    }

    /// The status; 0 if no answer came.
    pub fn status(&self) -> u16 {
        self.outcome.as_ref().map_or(0, |answer| answer.status)
    }

    /// The URL that answered, after redirects.
    #[doc(alias = "effective_url")]
    pub fn url(&self) -> Option<&Url> {
        self.outcome.as_ref().ok().map(|answer| &answer.url)
    }

    /// The answer's headers.
    pub fn headers(&self) -> Option<&Headers> {
        self.outcome.as_ref().ok().map(|answer| &answer.headers)
    }

    /// The body, decoded; empty if no answer came.
    pub fn bytes(&self) -> &[u8] {
        self.outcome.as_ref().map_or(&[], |answer| &answer.body)
    }

    /// Why no answer came.
    pub fn error(&self) -> Option<&Error> {
        self.outcome.as_ref().err()
    }

    /// From the sending to the last byte of the body.
    #[doc(alias = "request_time")]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

impl Answer {
    fn read(mut response: Response) -> Result<Self> {
        let (status, url, headers) = (response.status(), response.url().clone(), response.headers().clone());
        let body = response.read_full(usize::MAX)?;
        Ok(Self { status, url, headers, body })
    }
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetched")
            .field("requested_url", &self.requested)
            .field("status", &self.status())
            .field("error", &self.error())
            .field("elapsed", &self.elapsed)
            .finish_non_exhaustive()
    }
}
