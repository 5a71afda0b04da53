//! What one try came to, and what a program's own rule may say to it.

use std::time::Duration;

use crate::error::Error;
use crate::message::{Headers, Method, Url};
use crate::wire::h1::Head;

/// What one try of a request came to: a response head or an error; for [`Retry::decide`](super::Retry::decide).
#[derive(Clone, Copy, Debug)]
pub struct Outcome<'a> {
    pub(crate) method: &'a Method,
    pub(crate) url: &'a Url,
    pub(crate) attempt: u32,
    pub(crate) came: Result<&'a Head, &'a Error>,
    /// The response is known to have no byte of a body where one could be.
    pub(crate) is_empty: bool,
}

impl<'a> Outcome<'a> {
    /// The method of the request.
    pub fn method(&self) -> &'a Method {
        self.method
    }

    /// The URL that was asked.
    pub fn url(&self) -> &'a Url {
        self.url
    }

    /// Which try of this URL it was, counted from 1; answers to a challenge count, too.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The status, if a response came.
    pub fn status(&self) -> Option<u16> {
        self.came.ok().map(|head| head.status)
    }

    /// The header lines, if a response came.
    pub fn headers(&self) -> Option<&'a Headers> {
        self.came.ok().map(|head| &head.headers)
    }

    /// The error, if no response came.
    pub fn error(&self) -> Option<&'a Error> {
        self.came.err()
    }
}

/// What a program's own rule says to an [`Outcome`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryDecision {
    /// What would be done without the rule.
    #[default]
    Default,
    /// Try again after the usual back-off, whatever the status, error or method. The number of retries, the budget, the
    /// deadline, and whether the body can be sent again still count.
    Retry,
    /// The same, after so much time, which is not capped; the back-off's jitter comes on top.
    RetryAfter(Duration),
    /// Do not try again.
    Stop,
}
