//! The options of redirects, for a client and for a request.

use super::{Decision, Hop, Redirects};
use crate::client::{ClientBuilder, RequestBuilder};
use crate::error::{Error, Kind, Phase};
use crate::message::Headers;

impl ClientBuilder {
    /// Which redirects are followed. Default up to 10; see [`Redirects`].
    pub fn redirects(mut self, redirects: Redirects) -> Self {
        self.policy.redirects = redirects;
        self
    }

    /// Names headers that hold secrets, such as `X-API-Key`: they are dropped together with `Authorization` and `Cookie`
    /// when a redirect leads to another origin, and hidden from what is printed for logs and from recordings. Calls add
    /// up. Default none: which of a service's own headers hold a secret cannot be guessed.
    ///
    /// # Errors
    /// [`build`](Self::build) refuses what is no header's name.
    pub fn sensitive_headers<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        for name in names {
            let checked = Headers::from_pairs([(name, "")]).map(drop).map_err(|broken| {
                let what = format!("sensitive_headers `{name}`: {}", broken.rule());
                Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build)
            });
            self.policy.sensitive.push(name.into());
            self = self.note(checked);
        }
        self
    }
}

impl<W> RequestBuilder<W> {
    /// Which redirects this request follows. Default the client's.
    pub fn redirects(self, redirects: Redirects) -> Self {
        let is_code = redirects.decide.is_some();
        self.with_value(is_code, |policy| policy.redirects = redirects)
    }

    /// Shows each redirect that would be followed to `f`, whatever the policy is.
    pub(crate) fn on_hop(self, f: impl Fn(&mut Hop<'_>) -> Decision + Send + Sync + 'static) -> Self {
        self.with_policy(|policy| policy.redirects = std::mem::take(&mut policy.redirects).then(f))
    }

    /// Adds a header line that holds a secret: it is dropped together with `Authorization` and `Cookie` when a redirect
    /// leads to another origin, and hidden from what is printed for logs and from recordings. Default none but the client's
    /// [`sensitive_headers`](ClientBuilder::sensitive_headers).
    pub fn sensitive_header(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let this = self.with_value(false, |policy| policy.sensitive.push(name.into()));
        this.change(|request| {
            request.headers.hide(&[name.into()]);
            request.append_header(name, value)
        })
    }
}
