//! Who gets what came of a fetch.

use super::fetched::Fetched;
use crate::client::Response;
use crate::error::Result;

pub(super) enum Handler {
    /// Nobody.
    Ignore,
    Whole(Box<dyn FnOnce(&str, Fetched) + Send>),
    /// Reads the body itself.
    Streaming(Box<dyn FnOnce(&str, Result<Response>) + Send>),
}

impl Handler {
    pub(super) fn is_streaming(&self) -> bool {
        matches!(self, Self::Streaming(_))
    }
}
