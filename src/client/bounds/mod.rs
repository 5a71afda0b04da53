//! Bounds: how much, how fast, how many at once.

use super::flow::Flow;
use super::http_client::HttpClient;
use super::policy::Policy;
use crate::deadline::Until;
use crate::error::Result;
use crate::message::Url;
use crate::rt::CancelToken;
use crate::wire::h1::Head;

/// Bounds of a client or request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bounds {}

/// A place among the requests in flight, from before the checkout to the end of the body.
pub(super) struct Permit {}

/// Waits for a place.
pub(super) fn admit(
    _client: &HttpClient,
    _policy: &Policy,
    _url: &Url,
    _until: Until,
    _token: Option<&CancelToken>,
) -> Result<Option<Permit>> {
    Ok(None)
}

/// The body of a try as it comes from the connection: paced, and with the permit until its end.
pub(super) fn on_wire(
    flow: Box<dyn Flow>,
    _permit: Option<Permit>,
    _client: &HttpClient,
    _policy: &Policy,
    _until: Until,
) -> Box<dyn Flow> {
    flow
}

/// The body that the caller reads, decoded: capped, its progress told.
pub(super) fn on_body(flow: Box<dyn Flow>, _head: &Head, _policy: &Policy) -> Result<Box<dyn Flow>> {
    Ok(flow)
}
