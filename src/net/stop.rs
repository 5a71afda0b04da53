//! A wait that ended early, as the error of the phase it belongs to.

use std::io;

use crate::deadline::Until;
use crate::error::{Error, Kind, Phase};
use crate::rt::Stop;

pub(super) fn ended(stop: Stop, phase: Phase, until: Until) -> Error {
    match stop {
        Stop::TimedOut => Error::timeout(phase, until.limit()),
        Stop::Cancelled => Error::cancelled(phase),
    }
}

/// For reads and writes, whose caller knows the phase and the limit.
pub(super) fn as_io(stop: Stop) -> io::Error {
    match stop {
        Stop::TimedOut => io::ErrorKind::TimedOut.into(),
        Stop::Cancelled => Error::new(Kind::Cancelled, "cancelled").into(),
    }
}
