//! What a request may be addressed with.

use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::message::Url;

/// A URL, or text that is one; on a client with a base URL also a relative reference (`/path`, `path`, `?query`).
pub trait IntoUrl: sealed::Sealed {
    #[doc(hidden)]
    fn into_url(self, context: &Context<'_>) -> Result<Url>;
}

/// What text is read with.
#[doc(hidden)]
pub struct Context<'a> {
    pub(super) base: Option<&'a Url>,
    pub(super) limits: &'a Limits,
}

mod sealed {
    pub trait Sealed {}
}
#[cfg(feature = "http")]
pub(super) use sealed::Sealed;

impl sealed::Sealed for &str {}
impl IntoUrl for &str {
    fn into_url(self, context: &Context<'_>) -> Result<Url> {
        match context.base {
            Some(base) => base.join_within(self, context.limits),
            None if self.starts_with(['/', '?']) => {
                let what = format!("`{self}` is relative, and the client has no base URL");
                Err(Error::new(Kind::InvalidUrl, what))
            }
            None => Url::parse_within(self, context.limits),
        }
    }
}

impl sealed::Sealed for &String {}
impl IntoUrl for &String {
    fn into_url(self, context: &Context<'_>) -> Result<Url> {
        self.as_str().into_url(context)
    }
}

impl sealed::Sealed for String {}
impl IntoUrl for String {
    fn into_url(self, context: &Context<'_>) -> Result<Url> {
        self.as_str().into_url(context)
    }
}

impl sealed::Sealed for Url {}
impl IntoUrl for Url {
    fn into_url(self, _: &Context<'_>) -> Result<Url> {
        Ok(self)
    }
}

impl sealed::Sealed for &Url {}
impl IntoUrl for &Url {
    fn into_url(self, _: &Context<'_>) -> Result<Url> {
        Ok(self.clone())
    }
}
