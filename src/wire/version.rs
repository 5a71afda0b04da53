//! The two versions that an HTTP/1 connection speaks.

use std::fmt;

/// The version of an HTTP/1 message.
///
/// ```
/// use maypole::wire::Version;
/// assert_eq!(Version::default().to_string(), "HTTP/1.1");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// One request a connection unless both sides ask for more; no chunks, no interim responses.
    Http10,
    /// Persistent connections and chunked bodies: the default.
    #[default]
    Http11,
}

impl Version {
    /// The version as it stands in a message.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
