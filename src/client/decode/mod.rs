//! Content codings.

use super::flow::Flow;
use crate::error::Result;
use crate::message::Method;
use crate::wire::h1::Head;

/// Whether and how bodies are decoded.
#[derive(Clone, Debug, Default)]
pub struct Decode {}

/// The `Accept-Encoding` line of a request whose caller sets none.
pub(super) fn accept(_: &Decode) -> Option<&'static str> {
    None
}

/// The decoded body of an answer.
pub(super) fn layer(flow: Box<dyn Flow>, _: &Head, _: &Method, _: &Decode) -> Result<Box<dyn Flow>> {
    Ok(flow)
}
