//! When a wait must end, and what ureq calls that.

use std::io;
use std::time::Instant;

use ureq::unversioned::transport::{NextTimeout, time::Duration};
use ureq::{Error, Timeout};

use crate::deadline::Until;
use crate::error::{self, Kind, Phase};
use crate::rt::scope::Scope;

/// The sooner of ureq's timeout and the caller's scope.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    until: Until,
    /// ureq's name; none where it is the scope's deadline.
    reason: Option<Timeout>,
}

impl Limit {
    /// What `timeout` leaves from now on.
    pub(super) fn from_now(timeout: NextTimeout, scope: &Scope) -> Result<Self, Error> {
        // Without any, which is the default, the clock is not asked.
        if timeout.after.is_not_happening() && scope.until().at().is_none() {
            return Ok(Self { until: Until::never(), reason: Some(timeout.reason) });
        }
        Self::from(timeout, Instant::now(), scope)
    }

    /// What `timeout`, which was measured at `start`, leaves.
    pub(super) fn from(timeout: NextTimeout, start: Instant, scope: &Scope) -> Result<Self, Error> {
        if timeout.after.is_zero() {
            return Err(Error::Timeout(timeout.reason));
        }
        let own = Until::after(start, (!timeout.after.is_not_happening()).then(|| *timeout.after));
        let until = own.min(scope.until());
        let limit = Self { until, reason: (until == own).then_some(timeout.reason) };
        // A scope ends what it holds between two reads too, when nothing has to be waited for.
        if limit.reason.is_none() && until.is_over(Instant::now()) { Err(limit.over(Phase::Build)) } else { Ok(limit) }
    }

    /// The sooner of this and `step` from now on.
    pub(super) fn or_sooner(self, step: Option<Duration>, reason: Timeout) -> Self {
        let Some(step) = step.filter(|step| !step.is_not_happening()) else { return self };
        let until = self.until.or_sooner(Instant::now(), Some(*step));
        if until == self.until { self } else { Self { until, reason: Some(reason) } }
    }

    pub(super) fn until(&self) -> Until {
        self.until
    }

    pub(super) fn at(&self) -> Option<Instant> {
        self.until.at()
    }

    /// It was reached.
    pub(super) fn over(&self, phase: Phase) -> Error {
        match self.reason {
            Some(reason) => Error::Timeout(reason),
            None => Error::Io(error::Error::timeout(phase, self.until.limit()).into()),
        }
    }

    /// What a read or a write failed with.
    pub(super) fn failed(&self, error: io::Error, phase: Phase) -> Error {
        match error.kind() {
            // With a number it is the system's own: the peer has not acknowledged anything for too long.
            io::ErrorKind::TimedOut if error.raw_os_error().is_none() => self.over(phase),
            // Its usual kind, that of an aborted connection, is the end of a body to ureq.
            _ if is_cancel(&error) => cancelled(phase),
            _ => Error::Io(error),
        }
    }
}

fn is_cancel(error: &io::Error) -> bool {
    let ours = error.get_ref().and_then(|inner| inner.downcast_ref::<error::Error>());
    ours.is_some_and(|ours| ours.kind() == Kind::Cancelled)
}

/// A token was fired.
pub(super) fn cancelled(phase: Phase) -> Error {
    Error::Io(io::Error::other(error::Error::cancelled(phase)))
}
