//! Hooks of requests, by name.

use super::registry;
use crate::error::Result;

/// Names of hooks, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Hooks {
    pub(super) request: Vec<String>,
    pub(super) response: Vec<String>,
}

impl Hooks {
    pub(super) fn check(&self) -> Result<()> {
        self.request.iter().try_for_each(|name| registry::request_hook(name).map(drop))?;
        self.response.iter().try_for_each(|name| registry::response_hook(name).map(drop))
    }

    /// These, and then those.
    pub(super) fn then(&self, own: Hooks) -> Hooks {
        let chain = |first: &[String], then: Vec<String>| first.iter().cloned().chain(then).collect();
        Hooks { request: chain(&self.request, own.request), response: chain(&self.response, own.response) }
    }
}
