//! A request as values, for who sends it from another process.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::auth::AuthValue;
use super::decode::DecodeValue;
use super::http_client::HttpClient;
use super::policy::Policy;
use super::redirect::RedirectsValue;
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
    pub(crate) options: OptionValues,
}

/// Options of its own.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct OptionValues {
    redirects: Option<RedirectsValue>,
    cookies: Vec<(String, String)>,
    auth: Option<AuthValue>,
    decode: Option<DecodeValue>,
    /// Names of headers that hold secrets.
    pub(crate) sensitive: Vec<String>,
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
        let values = match self.local || options.on_interim.is_some() {
            true => None,
            false => OptionValues::of(&options.policy, &self.client.0.policy),
        };
        let values = values.ok_or_else(|| {
            let what = "a request for another process has a message, timeouts, cookies, redirects and credentials of its \
                        own; what else it has (hooks, middleware, proxies …) must be an option of the session that is \
                        registered there: see the documentation of maypole::queue::processes";
            let error = Error::new(Kind::NotTransferable, what).with_phase(Phase::Build);
            error.with_url(request.url.without_userinfo())
        })?;
        let (timeouts, expect, token) = (options.timeouts, options.expect, options.token);
        Ok(Transfer { request, timeouts, expect, token, options: values })
    }

    /// Sets what [`into_transfer`](Self::into_transfer) has taken from another one.
    pub(crate) fn with_values(mut self, values: OptionValues) -> Self {
        if let Some(redirects) = values.redirects {
            self = self.redirects(redirects.into());
        }
        if let Some(auth) = values.auth {
            self = self.auth(auth.into());
        }
        if let Some(decode) = values.decode {
            self = self.decode(super::Decode::from(decode));
        }
        values.cookies.iter().fold(self, |request, (name, value)| request.cookie(name, value))
    }
}

impl OptionValues {
    /// Where a request's policy differs from its client's; `None` if that is code.
    fn of(own: &Arc<Policy>, clients: &Arc<Policy>) -> Option<Self> {
        if Arc::ptr_eq(own, clients) {
            return Some(Self::default());
        }
        // One that asks code is the client's: the request has none.
        let redirects = (!own.redirects.decides()).then(|| own.redirects.value());
        let redirects = redirects.filter(|value| clients.redirects.decides() || *value != clients.redirects.value());
        let auth = match own.auth.as_ref().filter(|auth| auth.is_of_request()) {
            Some(auth) => Some(auth.value()?),
            None => None,
        };
        let decode = (own.decode != clients.decode).then(|| (&own.decode).into());
        let sensitive = own.sensitive.iter().skip(clients.sensitive.len()).map(|name| name.to_string()).collect();
        Some(Self { redirects, cookies: own.cookies.clone(), auth, decode, sensitive })
    }
}
