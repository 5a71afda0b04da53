//! An answer as a whole: what is kept of it once its body has been read.

use std::sync::Arc;

use bytes::Bytes;

use crate::client::{CacheStatus, Response, Timings, Visited};
use crate::error::Error;
use crate::message::{Headers, Url, Version};

/// An answer, or why there is none: shared by all who get it.
pub(super) type Outcome = Result<Arc<Answer>, Arc<Error>>;

/// What [`Fetched`](super::Fetched) shows of it.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) reason: Option<Box<str>>,
    pub(super) version: Version,
    pub(super) url: Url,
    pub(super) headers: Headers,
    pub(super) body: Bytes,
    pub(super) timings: Timings,
    pub(super) history: Box<[Visited]>,
    /// The `Cookie` line that it was asked for with.
    pub(super) request_cookies: Option<Box<str>>,
    /// It came out of the client's own cache.
    pub(super) from_client_cache: bool,
}

impl Answer {
    /// Of a response whose body has been read.
    pub(super) fn of(response: &Response, mut body: Vec<u8>, request_cookies: Option<Box<str>>) -> Self {
        // `Bytes` keep what was set aside: 64 KiB for an answer to `HEAD`, in a cache that counts none of it.
        body.shrink_to_fit();
        Self {
            status: response.status(),
            reason: response.reason().map(Into::into),
            version: response.version(),
            url: response.url().clone(),
            headers: response.headers().clone(),
            body: body.into(),
            timings: response.timings(),
            history: response.history().into(),
            request_cookies,
            from_client_cache: response.cache_status().is_some_and(CacheStatus::is_from_cache),
        }
    }

    /// What it takes in memory, about: a cache counts by it.
    pub(super) fn weight(&self) -> usize {
        let lines: usize = self.headers.iter().map(|(name, value)| name.len() + value.len() + 32).sum();
        size_of::<Self>() + self.body.len() + lines + self.url.as_str().len()
    }
}
