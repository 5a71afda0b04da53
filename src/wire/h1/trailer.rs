//! Which headers may come after the body.

use crate::wire::{Headers, Rule, Violation, grammar};

/// What a trailer section must not say, because whoever acts on it has acted already (RFC 9110 §6.5.1): framing,
/// routing, authentication, request modifiers, response control data, and how to read the content.
const FORBIDDEN: [&str; 32] = [
    "Age",
    "Authorization",
    "Cache-Control",
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Content-Range",
    "Content-Type",
    "Cookie",
    "Date",
    "Expect",
    "Expires",
    "Host",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Keep-Alive",
    "Location",
    "Max-Forwards",
    "Pragma",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Range",
    "Retry-After",
    "Set-Cookie",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "WWW-Authenticate",
];

fn is_forbidden(name: &str) -> bool {
    FORBIDDEN.iter().any(|forbidden| forbidden.eq_ignore_ascii_case(name))
}

/// Fails if one of the caller's trailers must not be one.
pub(super) fn check(trailers: &Headers) -> Result<(), Violation> {
    match trailers.iter().find(|(name, _)| is_forbidden(name)) {
        Some((name, _)) => Err(Violation::with(Rule::TrailerName, name.as_bytes())),
        None => Ok(()),
    }
}

/// Adds a received trailer line, given without its CRLF, unless its name is forbidden.
///
/// Forbidden ones are dropped, not refused: the body was complete before them, and servers do send a late `Date`.
pub(super) fn receive(trailers: &mut Headers, line: &[u8]) -> Result<(), Violation> {
    let (name, value) = grammar::field_line(line)?;
    match str::from_utf8(name) {
        Ok(name) if !is_forbidden(name) => trailers.append(name, value),
        _ => Ok(()),
    }
}
