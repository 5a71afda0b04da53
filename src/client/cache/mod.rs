//! The cache.

use super::answer::Answer;
use super::http_client::HttpClient;
use crate::error::Result;
use crate::message::{Headers, Request};

/// Stored answers.
#[derive(Clone, Debug)]
pub struct Cache {}

/// How the cache is used by a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CacheMode {
    /// As RFC 9111 says.
    #[default]
    Default,
}

/// What the cache had to do with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheStatus {
    /// It came from the cache.
    Hit,
}

/// One hop with the cache around it: `next` asks the server. `lines` are those that would be sent; what is added to the
/// request itself, such as validators, is sent as well.
pub(super) fn around(
    _cache: &Cache,
    _mode: CacheMode,
    _client: &HttpClient,
    request: &mut Request,
    _lines: &Headers,
    next: &mut dyn FnMut(&mut Request) -> Result<Answer>,
) -> Result<Answer> {
    next(request)
}
