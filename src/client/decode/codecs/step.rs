//! What the codings have in common: how they are set up, and what they say when something is wrong.

use crate::client::decode::codec::{Fault, Step};
use crate::error::Result;
use crate::rt;

/// Ends before its own end.
pub(super) const CUT_OFF: &str = "the body ends in the middle of the stream";
/// Nothing at all where a stream was announced.
pub(super) const EMPTY: &str = "the body is empty, which no stream of this coding is";
/// A stream is complete, and something else follows.
pub(super) const GARBAGE: &str = "the stream is complete, and other bytes follow";

impl Step {
    pub(super) fn with(mut self, fault: impl Into<Fault>) -> Self {
        self.fault = Some(fault.into());
        self
    }
}

/// Sets a decoder up where there is room: what it needs for that (7 KiB for inflate, 8 for brotli) is the deepest that
/// decoding goes, and a caller's coroutine may have 32 in all.
pub(super) fn set_up<T: Send + 'static>(make: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    rt::roomy(make)
}
