//! Errors that say what failed and with whom, of the kinds that `std` has for them.

use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use crate::error::{Error, Kind};

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    Read,
    Write,
    Shutdown,
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Doing::Read => "read",
            Doing::Write => "write",
            Doing::Shutdown => "shutdown",
        })
    }
}

/// The limits that a call had.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) timeout: Option<Duration>,
    pub(super) deadline: Option<Instant>,
}

/// `error` of `doing`; the kind stays as it is, since programs look at it.
#[cold]
#[inline(never)]
pub(super) fn failed(error: io::Error, doing: Doing, limits: Limits, peers: &[String]) -> io::Error {
    let kind = error.kind();
    let is_ours = kind == io::ErrorKind::TimedOut && error.get_ref().is_none() && error.raw_os_error().is_none();
    let error = if is_ours {
        let is_deadline = limits.deadline.is_some_and(|at| at <= Instant::now());
        let what = match limits.timeout {
            Some(timeout) if !is_deadline => format!("{doing} timed out after {timeout:?}"),
            _ => format!("{doing} reached the deadline"),
        };
        Error::new(Kind::Timeout, what)
    } else {
        let cause = Error::from_io(error);
        Error::new(cause.kind(), format!("{doing}: {cause}")).with_source(cause)
    };
    io::Error::new(kind, peers.iter().fold(error, |error, peer| error.with_address(peer)))
}
