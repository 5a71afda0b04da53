//! What a proxy answered instead of letting us through.

use std::fmt;

use crate::wire::Headers;

/// An HTTP proxy's answer to `CONNECT` other than 2xx: the source of an error of kind
/// [`Proxy`](crate::error::Kind::Proxy).
///
/// ```
/// # fn f(error: maypole::Error) {
/// use maypole::net::ProxyReply;
/// use std::error::Error;
/// if let Some(reply) = error.source().and_then(|source| source.downcast_ref::<ProxyReply>()) {
///     println!("{} {}", reply.status, reply.text);
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProxyReply {
    /// The status.
    pub status: u16,
    /// The reason phrase, often empty.
    pub reason: String,
    /// The header lines.
    pub headers: Headers,
    /// The beginning of the body, 4 KiB at most; what is not UTF-8 is replaced.
    pub text: String,
}

impl fmt::Display for ProxyReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        if !self.reason.is_empty() {
            write!(f, " {}", escaped(&self.reason))?;
        }
        if !self.text.is_empty() {
            write!(f, ": {}", escaped(&self.text))?;
        }
        Ok(())
    }
}

/// The proxy's text ends up in terminals and logs.
fn escaped(text: &str) -> String {
    text.trim().chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.into() }).collect()
}

impl std::error::Error for ProxyReply {}
