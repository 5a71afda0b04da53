//! How long each phase of one exchange may take.

use std::io;
use std::time::{Duration, Instant};

use crate::deadline::{Timeouts, Until};
use crate::error::{Error, Kind, Phase};

/// The limits of one exchange: a duration per phase, and the end of everything.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The end of everything: total timeout and surrounding scope.
    pub total: Until,
    /// Limits per phase.
    pub timeouts: Timeouts,
}

impl Pace {
    /// When a wait of `phase` that starts now must end.
    pub(crate) fn until(&self, phase: Phase, now: Instant) -> Until {
        let limit = match phase {
            Phase::Checkout => self.timeouts.checkout,
            Phase::Resolve => self.timeouts.resolve,
            Phase::Connect => self.timeouts.connect,
            Phase::Tls => self.timeouts.tls,
            Phase::Send => self.timeouts.send,
            Phase::Head => self.timeouts.head,
            Phase::Body => self.timeouts.idle,
            _ => None,
        };
        self.total.or_sooner(now, limit)
    }

    /// The end of everything, for a loop that never has to wait: nothing else would end it.
    pub(super) fn check_total(&self, phase: Phase) -> Result<(), Error> {
        match self.total.at() {
            Some(at) if at <= Instant::now() => Err(Error::timeout(phase, self.total.limit())),
            _ => Ok(()),
        }
    }

    /// When the wait for `100 Continue` gives up and the body is sent.
    pub(super) fn until_continue(&self, now: Instant) -> Until {
        self.until(Phase::Head, now).or_sooner(now, Some(self.timeouts.expect_continue))
    }
}

/// The error of a wait, read or write in `phase` whose limit was `limit`.
pub(super) fn failed(error: io::Error, phase: Phase, limit: Option<Duration>) -> Error {
    if error.get_ref().is_none() && error.kind() == io::ErrorKind::TimedOut {
        return Error::timeout(phase, limit);
    }
    if error.kind() == io::ErrorKind::UnexpectedEof && error.get_ref().is_none() {
        return Error::new(Kind::Incomplete, "the connection ended without TLS's close_notify").with_phase(phase);
    }
    Error::from_io(error).with_phase(phase)
}
