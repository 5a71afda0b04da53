//! Authentication.

use crate::error::Result;
use crate::message::{Headers, Request};

/// Credentials of a client or request.
#[derive(Clone, Debug)]
pub struct Auth {}

/// Names and passwords by host.
#[derive(Clone, Debug)]
pub struct Netrc {}

/// What one request may show and has shown so far; one for all its hops and tries.
#[derive(Default)]
pub(super) struct Credentials {}

impl Credentials {
    /// The `Authorization` line of the next try. `trusted`: the request has never left its first origin, so that the
    /// client's and the request's own credentials may go.
    pub(super) fn authorize(
        &mut self,
        _client: &super::HttpClient,
        _policy: &super::policy::Policy,
        _request: &Request,
        _trusted: bool,
    ) -> Result<Option<String>> {
        Ok(None)
    }

    /// Whether a 401 with these headers has been understood, so that another try is worth it.
    pub(super) fn answer(
        &mut self,
        _client: &super::HttpClient,
        _policy: &super::policy::Policy,
        _request: &Request,
        _trusted: bool,
        _status: u16,
        _headers: &Headers,
    ) -> Result<bool> {
        Ok(false)
    }
}
