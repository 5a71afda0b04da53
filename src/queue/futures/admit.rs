//! Asking limiters, on a worker that goes on with another job meanwhile, or on one that waits.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use crate::error::{Error, Phase, Result};
use crate::message::Url;
use crate::queue::engine::within_scope;
use crate::queue::limiter::{Acquire, Limiter, Permit, Seat, Turn};
use crate::rt::{Stop, Waiter};

/// What came of asking.
pub(super) enum Asked {
    /// All have granted.
    Granted,
    /// Ask again then.
    Later(Instant),
    /// The seat will be given the next permit.
    Queued,
    Refused(Error),
}

/// Asks the limiters that have not granted yet, in their order. A request without a legal URL needs no leave to fail.
pub(super) fn ask(
    limiters: &[Arc<dyn Limiter>],
    url: Option<&Url>,
    permits: &mut Vec<Permit>,
    seat: impl FnOnce() -> Turn,
) -> Asked {
    let Some(url) = url.filter(|_| permits.len() < limiters.len()) else { return Asked::Granted };
    let seat = seat();
    while let Some(limiter) = limiters.get(permits.len()) {
        match limiter.try_acquire(url, &seat) {
            Acquire::Granted(permit) => permits.push(permit),
            Acquire::Later(at) => return Asked::Later(at),
            Acquire::Queued => return Asked::Queued,
            Acquire::Refused(error) => return Asked::Refused(error),
        }
    }
    Asked::Granted
}

/// Waits here until all have granted, within the surrounding scope.
pub(super) fn wait(limiters: &[Arc<dyn Limiter>], url: Option<&Url>) -> Result<Vec<Permit>> {
    let mut permits = Vec::new();
    loop {
        let chair = Arc::new(Chair { granted: Mutex::new(None), waiter: Waiter::current() });
        match ask(limiters, url, &mut permits, || Turn::new(chair.clone())) {
            Asked::Granted => return Ok(permits),
            Asked::Refused(error) => return Err(error),
            Asked::Queued => permits.push(chair.granted()?),
            Asked::Later(at) => match within_scope(&chair.waiter, Some(at)) {
                Err((Stop::TimedOut, until)) if !until.is_over(Instant::now()) => {}
                Err(stopped) => return Err(error(stopped)),
                Ok(()) => {}
            },
        }
    }
}

/// Where a coroutine or thread waits for one grant. A permit that comes when it has gone is dropped with it.
struct Chair {
    granted: Mutex<Option<Result<Permit>>>,
    waiter: Waiter,
}

impl Chair {
    fn granted(&self) -> Result<Permit> {
        loop {
            let granted = self.granted.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
            if let Some(granted) = granted {
                return granted;
            }
            within_scope(&self.waiter, None).map_err(error)?;
        }
    }
}

impl Seat for Chair {
    fn give(&self, grant: Result<Permit>) {
        let before = self.granted.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).replace(grant);
        drop(before);
        self.waiter.wake();
    }
}

fn error((stop, until): (Stop, crate::deadline::Until)) -> Error {
    match stop {
        Stop::Cancelled => Error::cancelled(Phase::Checkout),
        Stop::TimedOut => Error::timeout(Phase::Checkout, until.limit()),
    }
}
