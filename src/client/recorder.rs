//! Where a recording looks on: between the policies and the wire.

use super::flow::Flow;
use super::timings::Timings;
use crate::message::{Headers, Request};
use crate::net::ConnectionInfo;
use crate::wire::h1::Head;

/// Looks at every try of every hop.
pub(super) trait Recorder: Send + Sync {
    /// What is about to go out, with the lines that the policies added, and the names of those that are secrets.
    fn request(&self, request: &Request, lines: &Headers, sensitive: &[Box<str>]) -> Box<dyn Recording>;
}

/// One try that is being recorded. Dropped without a response, it failed.
pub(super) trait Recording {
    /// The head that came, and the body as it will be read; what is returned is read in its place.
    fn response(
        self: Box<Self>,
        head: &Head,
        timings: &Timings,
        connection: &ConnectionInfo,
        flow: Box<dyn Flow>,
    ) -> Box<dyn Flow>;
}
