//! What is a URL, and not of a kind that is spoken here.

use std::error::Error;
use std::fmt;

/// The scheme of a URL that is neither `http` nor `https`: the source of its
/// [`InvalidUrl`](crate::error::Kind::InvalidUrl), by which it is told from text that is no URL at all.
///
/// ```
/// use maypole::{Url, message::UnsupportedScheme};
/// use std::error::Error;
/// let error = Url::parse("ftp://h/").unwrap_err();
/// let source = error.source().and_then(|source| source.downcast_ref::<UnsupportedScheme>());
/// assert_eq!(source.map(UnsupportedScheme::scheme), Some("ftp"));
/// assert!(Url::parse("http://[::1").unwrap_err().source().is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsupportedScheme(pub(super) Box<str>);

impl UnsupportedScheme {
    /// The scheme, in lower case.
    pub fn scheme(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UnsupportedScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "scheme `{}`", self.0)
    }
}

impl Error for UnsupportedScheme {}
