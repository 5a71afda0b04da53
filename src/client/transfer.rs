//! A request as values, for who sends it from another process.

use std::sync::Arc;

use super::http_client::HttpClient;
use super::request::RequestBuilder;
use crate::deadline::Timeouts;
use crate::error::{Error, Kind, Phase, Result};
use crate::message::Request;
use crate::rt::CancelToken;

/// What a request is beside its client's options, which the other process has by itself.
pub(crate) struct Transfer {
    pub(crate) request: Request,
    pub(crate) timeouts: Timeouts,
    pub(crate) expect: bool,
    pub(crate) token: Option<CancelToken>,
}

impl HttpClient {
    /// Whether it is the same client, and not one with the same options.
    pub(crate) fn is(&self, other: &HttpClient) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl RequestBuilder {
    /// The client that it was made by.
    pub(crate) fn client(&self) -> &HttpClient {
        &self.client
    }

    /// Takes it apart.
    ///
    /// # Errors
    /// What was wrong with it; [`Kind::NotTransferable`] if it has options that are no values.
    pub(crate) fn into_transfer(self) -> Result<Transfer> {
        let request = self.request?;
        let options = self.options;
        let own = !Arc::ptr_eq(&options.policy, &self.client.0.policy);
        if own || options.on_interim.is_some() {
            let what = "a request for another process has a message and timeouts of its own; its other options (redirects, \
                        credentials, hooks, middleware …) are those of the session that is registered there: see the \
                        documentation of maypole::queue::processes";
            let error = Error::new(Kind::NotTransferable, what).with_phase(Phase::Build);
            return Err(error.with_url(request.url.without_userinfo()));
        }
        Ok(Transfer { request, timeouts: options.timeouts, expect: options.expect, token: options.token })
    }
}
