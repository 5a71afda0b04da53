//! The two printed forms: as on the wire, and for logs.

use std::fmt;
use std::sync::Arc;

use super::Headers;

/// Credentials. A log line is read by more people than the request was.
const SECRET: [&str; 4] = ["Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"];

/// One `Name: value` a line, each ended by CRLF, as on the wire; nothing is hidden. Bytes that are not UTF-8 are
/// replaced.
impl fmt::Display for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|(name, value)| write!(f, "{name}: {}\r\n", String::from_utf8_lossy(value)))
    }
}

impl Headers {
    /// Hides the values of these names, too, from logs and recordings. Calls add up.
    pub(crate) fn hide(&mut self, names: &[Box<str>]) {
        let before = self.secret.take();
        let new = names.iter().filter(|name| !before.iter().flat_map(|all| all.iter()).any(|old| old == *name));
        let all: Arc<[Box<str>]> = before.iter().flat_map(|all| all.iter()).chain(new).cloned().collect();
        self.secret = Some(all);
    }

    /// Whether the values of this name are for nobody but the peer.
    pub(crate) fn is_secret(&self, name: &str) -> bool {
        let own = self.secret.iter().flat_map(|all| all.iter()).map(|name| &**name);
        SECRET.into_iter().chain(own).any(|secret| secret.eq_ignore_ascii_case(name))
    }
}

/// A map of names to escaped values, with the values of credentials hidden.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(name, value): (&'_ str, &'_ [u8])| {
            (
                name.to_owned(),
                if self.is_secret(name) { "(hidden)".to_owned() } else { value.escape_ascii().to_string() },
            )
        };
        f.debug_map().entries(self.iter().map(shown)).finish()
    }
}
