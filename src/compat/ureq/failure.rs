//! Why there is no connection, in ureq's words.

use std::error::Error as StdError;
use std::io;

use ureq::unversioned::transport::NextTimeout;
use ureq::{Error, Timeout};

use super::limit::{Limit, cancelled};
use crate::error::{self, Kind, Phase};

/// `http` says whether the way led through an HTTP proxy.
pub(super) fn of(error: error::Error, limit: &Limit, timeout: NextTimeout, http: bool) -> Error {
    match error.kind() {
        Kind::Timeout if is_per_read(&error, limit, timeout) => Error::Timeout(Timeout::PerRead),
        Kind::Timeout => limit.over(error.phase().unwrap_or(Phase::Connect)),
        Kind::Cancelled => cancelled(Phase::Connect),
        Kind::Proxy if http => Error::ConnectProxyFailed(error.to_string()),
        Kind::Tls | Kind::Certificate | Kind::PinnedKey | Kind::InvalidConfig | Kind::Unsupported => {
            Error::Other(error.into())
        }
        _ => Error::Io(io(error)),
    }
}

fn is_per_read(error: &error::Error, limit: &Limit, timeout: NextTimeout) -> bool {
    let per_read = timeout.per_read.map(|limit| *limit);
    per_read.is_some() && error.limit() == per_read && error.limit() != limit.until().limit()
}

/// Under the system's kind, which programs ask for: `ConnectionRefused` and the like.
fn io(error: error::Error) -> io::Error {
    let mut cause = error.source();
    while let Some(found) = cause {
        if let Some(found) = found.downcast_ref::<io::Error>() {
            return io::Error::new(found.kind(), error);
        }
        cause = found.source();
    }
    error.into()
}
