//! The two printed forms: as on the wire, and for logs.

use std::fmt;

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

/// A map of names to escaped values, with the values of credentials hidden.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(name, value): (&'_ str, &'_ [u8])| {
            let secret = SECRET.iter().any(|secret| secret.eq_ignore_ascii_case(name));
            (name.to_owned(), if secret { "(hidden)".to_owned() } else { value.escape_ascii().to_string() })
        };
        f.debug_map().entries(self.iter().map(shown)).finish()
    }
}
