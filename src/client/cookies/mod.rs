//! Cookies.

use crate::message::{Headers, Url};

/// Cookies of a client.
#[derive(Clone, Debug, Default)]
pub struct CookieJar {}

impl CookieJar {
    pub(super) fn header_for(&self, _: &Url) -> Option<String> {
        None
    }

    pub(super) fn store(&self, _: &Url, _: &Headers) {}
}

/// The one `Cookie` line: the caller's own, those of this request, then the jar's.
pub(super) fn cookie_line(
    caller: Option<&[u8]>,
    _one_off: &[(String, String)],
    _jar: Option<String>,
) -> Option<Vec<u8>> {
    caller.map(<[u8]>::to_vec)
}
