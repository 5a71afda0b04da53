//! What a request may be addressed with.

use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::message::Url;

/// A URL, or text that is one; on a client with a base URL also a relative reference (`/path`, `path`, `?query`).
pub trait IntoUrl: sealed::Sealed {
    #[doc(hidden)]
    fn into_url(self, base: Option<&Url>, limits: &Limits) -> Result<Url>;
}

mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for &str {}
impl IntoUrl for &str {
    fn into_url(self, base: Option<&Url>, limits: &Limits) -> Result<Url> {
        match base {
            Some(base) => base.join_within(self, limits),
            None if self.starts_with(['/', '?']) => {
                let what = format!("`{self}` is relative, and the client has no base URL");
                Err(Error::new(Kind::InvalidUrl, what))
            }
            None => Url::parse_within(self, limits),
        }
    }
}

impl sealed::Sealed for &String {}
impl IntoUrl for &String {
    fn into_url(self, base: Option<&Url>, limits: &Limits) -> Result<Url> {
        self.as_str().into_url(base, limits)
    }
}

impl sealed::Sealed for String {}
impl IntoUrl for String {
    fn into_url(self, base: Option<&Url>, limits: &Limits) -> Result<Url> {
        self.as_str().into_url(base, limits)
    }
}

impl sealed::Sealed for Url {}
impl IntoUrl for Url {
    fn into_url(self, _base: Option<&Url>, _limits: &Limits) -> Result<Url> {
        Ok(self)
    }
}

impl sealed::Sealed for &Url {}
impl IntoUrl for &Url {
    fn into_url(self, _base: Option<&Url>, _limits: &Limits) -> Result<Url> {
        Ok(self.clone())
    }
}
