//! What a server says about how long it keeps the connection.

use std::time::Duration;

use crate::wire::{Headers, grammar};

/// The `Keep-Alive` header: how long an idle connection stays open and how many more requests it takes.
///
/// ```
/// use maypole::wire::{Headers, h1::KeepAlive};
/// let headers = Headers::try_from([("Keep-Alive", "timeout=5, max=99")])?;
/// let promise = KeepAlive::of(&headers);
/// assert_eq!((promise.timeout.unwrap().as_secs(), promise.max), (5, Some(99)));
/// # Ok::<(), maypole::wire::Violation>(())
/// ```
///
/// Advice, not framing, and in no current standard (RFC 2068 §19.7.1 had it): what cannot be read is passed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeepAlive {
    /// Seconds after which the server closes an idle connection.
    pub timeout: Option<Duration>,
    /// Requests that the connection still takes.
    pub max: Option<u64>,
}

impl KeepAlive {
    /// Reads the header; the first of several equal parameters counts.
    pub fn of(headers: &Headers) -> Self {
        let mut promise = Self::default();
        for member in headers.get_all_bytes("Keep-Alive").flat_map(grammar::list) {
            let Some((name, number)) = parameter(member) else { continue };
            if name.eq_ignore_ascii_case(b"timeout") {
                promise.timeout.get_or_insert(Duration::from_secs(number));
            } else if name.eq_ignore_ascii_case(b"max") {
                promise.max.get_or_insert(number);
            }
        }
        promise
    }
}

fn parameter(member: &[u8]) -> Option<(&[u8], u64)> {
    let equals = memchr::memchr(b'=', member)?;
    let digits = str::from_utf8(grammar::trim(&member[equals + 1..])).ok()?;
    let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
    Some((grammar::trim(&member[..equals]), number))
}
