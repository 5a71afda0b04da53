//! Request methods: validated tokens.

use crate::error::{Error, Kind, Phase, Result};
use crate::wire::grammar;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// A request method: a token (RFC 9110 §9.1) without lower-case letters.
///
/// ```
/// use maypole::message::Method;
/// assert_eq!("PURGE".parse::<Method>()?.as_str(), "PURGE");
/// assert_eq!("GET".parse::<Method>()?, Method::GET);
/// assert!("get".parse::<Method>().is_err());
/// # Ok::<(), maypole::error::Error>(())
/// ```
///
/// Methods are case-sensitive and `get` is a method that no server knows; it is always a mistake, and changing it
/// silently would hide what is sent.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Method(Cow<'static, str>);

macro_rules! standard {
    ($($name:ident $what:literal)*) => {
        impl Method {
            $(
                #[doc = $what]
                pub const $name: Method = Method(Cow::Borrowed(stringify!($name)));
            )*

            fn standard(token: &str) -> Option<Self> {
                match token {
                    $(stringify!($name) => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

standard! {
    GET "Transfer a representation (RFC 9110 §9.3.1)."
    HEAD "As GET, without the body (RFC 9110 §9.3.2)."
    POST "Let the resource process the body (RFC 9110 §9.3.3)."
    PUT "Replace the resource by the body (RFC 9110 §9.3.4)."
    DELETE "Remove the resource (RFC 9110 §9.3.5)."
    CONNECT "Open a tunnel through a proxy (RFC 9110 §9.3.6)."
    OPTIONS "Ask what can be done (RFC 9110 §9.3.7)."
    TRACE "Have the request echoed (RFC 9110 §9.3.8)."
    PATCH "Change a part of the resource (RFC 5789)."
}

impl Method {
    /// Checks a method.
    ///
    /// # Errors
    /// [`Kind::InvalidRequest`] when it is empty, not a token, or has lower-case letters.
    pub fn new(token: &str) -> Result<Self> {
        if let Some(standard) = Self::standard(token) {
            return Ok(standard);
        }
        let shown: String = token.chars().take(40).collect();
        let refused =
            |why| Error::new(Kind::InvalidRequest, format!("method `{shown}` {why}")).with_phase(Phase::Build);
        if !grammar::is_token(token.as_bytes()) {
            return Err(refused("is not a token"));
        }
        if token.bytes().any(|byte| byte.is_ascii_lowercase()) {
            return Err(refused("has lower-case letters; methods are case-sensitive"));
        }
        Ok(Self(Cow::Owned(token.to_owned())))
    }

    /// The token.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it only reads (RFC 9110 §9.2.1), by the IANA registry; methods that are not in it are not safe.
    pub fn is_safe(&self) -> bool {
        matches!(self.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE" | "QUERY" | "PROPFIND" | "REPORT" | "SEARCH")
    }

    /// Whether sending it twice has the effect of sending it once (RFC 9110 §9.2.2), by the IANA registry: what may be
    /// sent again after a lost connection. Methods that are not in it are not idempotent.
    pub fn is_idempotent(&self) -> bool {
        self.is_safe() || matches!(self.as_str(), "PUT" | "DELETE" | "COPY" | "MOVE" | "MKCOL" | "PROPPATCH" | "UNLOCK")
    }

    /// Whether servers expect a body, so that an empty one is announced by `Content-Length: 0` (RFC 9110 §8.6).
    pub fn has_body_by_default(&self) -> bool {
        matches!(self.as_str(), "POST" | "PUT" | "PATCH")
    }
}

impl FromStr for Method {
    type Err = Error;

    fn from_str(token: &str) -> Result<Self> {
        Self::new(token)
    }
}

impl TryFrom<&str> for Method {
    type Error = Error;

    fn try_from(token: &str) -> Result<Self> {
        Self::new(token)
    }
}

impl TryFrom<String> for Method {
    type Error = Error;

    fn try_from(token: String) -> Result<Self> {
        Self::new(&token)
    }
}

impl AsRef<str> for Method {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq<str> for Method {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Method {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
