//! The options of redirects, for a client and for a request.

use super::Redirects;
use crate::client::{ClientBuilder, RequestBuilder};

impl ClientBuilder {
    /// Which redirects are followed. Default up to 10; see [`Redirects`].
    pub fn redirects(mut self, redirects: Redirects) -> Self {
        self.policy.redirects = redirects;
        self
    }

    /// Names headers that hold secrets, such as `X-API-Key`: they are dropped together with `Authorization` and `Cookie`
    /// when a redirect leads to another origin, and left out of recorded archives. Calls add up. Default none: which of a
    /// service's own headers hold a secret cannot be guessed.
    pub fn sensitive_headers<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.policy.sensitive.extend(names.into_iter().map(Into::into));
        self
    }
}

impl RequestBuilder {
    /// Which redirects this request follows. Default the client's.
    pub fn redirects(self, redirects: Redirects) -> Self {
        self.with_policy(|policy| policy.redirects = redirects)
    }

    /// Adds a header line that holds a secret: it is dropped together with `Authorization` and `Cookie` when a redirect
    /// leads to another origin, and left out of recorded archives. Default none but the client's
    /// [`sensitive_headers`](ClientBuilder::sensitive_headers).
    pub fn sensitive_header(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.with_policy(|policy| policy.sensitive.push(name.into())).header(name, value)
    }
}
