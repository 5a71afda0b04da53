//! Whose clock a URL runs on.

use crate::message::Url;

/// Scheme, host and port: as the pool and the client's retries tell servers apart.
pub(super) fn origin(url: &Url) -> String {
    format!("{}://{}", url.scheme(), url.host_header())
}
