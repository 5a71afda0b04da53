//! Rules for redirects as values, for another process that follows them.

use serde::{Deserialize, Serialize};

use super::policy::Redirects;

#[derive(PartialEq, Serialize, Deserialize)]
pub(crate) struct RedirectsValue {
    limit: u32,
    https_only: bool,
    refuse_downgrade: bool,
    referer: bool,
    keep_credentials: bool,
    keep_method: [bool; 3],
}

impl Redirects {
    /// Whether it asks code.
    pub(in crate::client) fn decides(&self) -> bool {
        self.decide.is_some()
    }

    /// Without the code that it asks.
    pub(in crate::client) fn value(&self) -> RedirectsValue {
        let Self { limit, https_only, refuse_downgrade, referer, keep_credentials, keep_method, decide: _ } = *self;
        RedirectsValue { limit, https_only, refuse_downgrade, referer, keep_credentials, keep_method }
    }
}

impl From<RedirectsValue> for Redirects {
    fn from(value: RedirectsValue) -> Self {
        let RedirectsValue { limit, https_only, refuse_downgrade, referer, keep_credentials, keep_method } = value;
        Self { limit, https_only, refuse_downgrade, referer, keep_credentials, keep_method, decide: None }
    }
}
