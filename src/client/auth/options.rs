//! The options of authentication, for a client and for a request.

use std::sync::Arc;

use super::netrc::Netrc;
use super::scheme::Auth;
use super::turn::wrong;
use crate::client::{ClientBuilder, RequestBuilder};
use crate::error::{Error, Kind, Phase};

impl ClientBuilder {
    /// Shows who requests are for: at the base URL's origin, or without one at the origin of each request's first URL.
    /// An `Authorization` header wins over it. Default none.
    pub fn auth(mut self, auth: Auth) -> Self {
        match auth.checked() {
            Ok(auth) => {
                self.policy.auth = Some(auth);
                self
            }
            Err(rule) => {
                let error = Error::new(Kind::InvalidConfig, format!("auth: {rule}")).with_phase(Phase::Build);
                self.note(Err(error))
            }
        }
    }

    /// [`Auth::basic`]: user name and password with every request. Default nobody. The last call of this, `auth` and
    /// `bearer_auth` counts.
    pub fn basic_auth(self, user: impl AsRef<[u8]>, password: impl AsRef<[u8]>) -> Self {
        self.auth(Auth::basic(user, password))
    }

    /// [`Auth::bearer`]: a token with every request. Default nobody.
    ///
    /// # Errors
    /// [`build`](Self::build) refuses a token that is no legal header value.
    pub fn bearer_auth(self, token: &str) -> Self {
        self.auth(Auth::bearer(token))
    }

    /// [`Auth::digest`]: a proof of the password, when the server asks. Default nobody.
    pub fn digest_auth(self, user: &str, password: &str) -> Self {
        self.auth(Auth::digest(user, password))
    }

    /// Names and passwords by host, for requests that have no others. Default none, also where the user has a file:
    /// a program that sends passwords which it was never given is a surprise. [`Netrc::from_env`] reads that file.
    pub fn netrc(mut self, netrc: Netrc) -> Self {
        self.policy.netrc = Some(Arc::new(netrc));
        self
    }
}

impl<W> RequestBuilder<W> {
    /// Shows who this request is for, at the origin of its URL; wins over the client's and over a user name in the URL.
    /// An `Authorization` header wins over it. Default the client's.
    pub fn auth(self, auth: Auth) -> Self {
        let checked = auth.checked().map_err(|rule| wrong("auth", &rule));
        self.with_checked_value(checked, |policy, auth| policy.auth = Some(Auth { of_request: true, ..auth }))
    }

    /// [`Auth::basic`]: user name and password. Default the client's.
    pub fn basic_auth(self, user: impl AsRef<[u8]>, password: impl AsRef<[u8]>) -> Self {
        self.auth(Auth::basic(user, password))
    }

    /// [`Auth::bearer`]: a token. Default the client's.
    pub fn bearer_auth(self, token: &str) -> Self {
        self.auth(Auth::bearer(token))
    }

    /// [`Auth::digest`]: a proof of the password, when the server asks. Default the client's.
    pub fn digest_auth(self, user: &str, password: &str) -> Self {
        self.auth(Auth::digest(user, password))
    }

    /// Names and passwords by host, for this request if it has no others; see [`ClientBuilder::netrc`]. Default the
    /// client's.
    pub fn netrc(self, netrc: Netrc) -> Self {
        self.with_policy(|policy| policy.netrc = Some(Arc::new(netrc)))
    }

    /// Shows nobody: neither the client's credentials nor those of a netrc file or of a URL. An `Authorization` header
    /// is still sent. Default the client's.
    pub fn without_auth(self) -> Self {
        self.auth(Auth::off())
    }
}
