//! The responses that led to the last one.

use std::fmt;

use crate::client::timings::Timings;
use crate::message::{Headers, Url};

/// A redirect response that was followed.
#[derive(Clone)]
#[non_exhaustive]
pub struct Visited {
    /// Its status.
    pub status: u16,
    /// The URL that answered.
    pub url: Url,
    /// Its header lines.
    pub headers: Headers,
    /// How long each phase took.
    pub timings: Timings,
}

impl fmt::Debug for Visited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visited").field("status", &self.status).field("url", &self.url).finish_non_exhaustive()
    }
}
