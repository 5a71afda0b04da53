//! Limiters without a queue: who asks waits itself.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::asking::{Acquire, Limiter};
use super::permit::Permit;
use super::turn::{Seat, Turn};
use crate::error::{Error, Phase, Result};
use crate::message::Url;
use crate::rt::{Stop, Waiter, scope};

/// Waits for a limiter's permit for one request to `url`, which begins now.
///
/// ```
/// use maypole::queue::{self, PrefixLimiter};
/// let limiter = PrefixLimiter::new([("http://127.0.0.1:8080/slow", 2)])?;
/// let url = maypole::Url::parse("http://127.0.0.1:8080/slow/page")?;
/// let permit = queue::acquire(&limiter, &url)?;
/// assert_eq!(limiter.in_use("http://127.0.0.1:8080/slow"), 1);
/// drop(permit); // at the end of the request
/// assert_eq!(limiter.in_use("http://127.0.0.1:8080/slow"), 0);
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// On a coroutine only that waits, a plain thread blocks. A limiter that adapts wants to hear how the request went:
/// [`Limiter::observe`] with [`Observation::of`](super::Observation::of), before the permit is dropped.
///
/// # Errors
/// The limiter's refusal; a timeout or cancel of the surrounding [`scope`], and then nothing is held.
pub fn acquire(limiter: &dyn Limiter, url: &Url) -> Result<Permit> {
    let mut permit = Asking::new().wait(limiter, url)?;
    permit.begin();
    Ok(permit)
}

/// As [`acquire`], with several limiters, asked in this order as a queue asks them. Which order is right says
/// [`Limiter`].
///
/// # Errors
/// As [`acquire`].
pub fn acquire_all(limiters: &[&dyn Limiter], url: &Url) -> Result<Vec<Permit>> {
    let asking = Asking::new();
    let mut permits = limiters.iter().map(|limiter| asking.wait(*limiter, url)).collect::<Result<Vec<_>>>()?;
    permits.iter_mut().for_each(Permit::begin);
    Ok(permits)
}

/// As [`acquire`], without waiting; `None`: not now.
///
/// # Errors
/// The limiter's refusal.
pub fn try_acquire(limiter: &dyn Limiter, url: &Url) -> Result<Option<Permit>> {
    let asking = Asking::new();
    let mut permit = match limiter.try_acquire(url, &asking.turn()) {
        Acquire::Granted(permit) => permit,
        Acquire::Refused(error) => return Err(error),
        Acquire::Later(_) | Acquire::Queued => match asking.0.take() {
            Some(given) => given?,
            None => return Ok(None),
        },
    };
    permit.begin();
    Ok(Some(permit))
}

/// A coroutine or thread that asks.
struct Asking(Arc<Chair>);

struct Chair {
    given: Mutex<Option<Result<Permit>>>,
    waiter: Waiter,
}

impl Chair {
    fn take(&self) -> Option<Result<Permit>> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Seat for Chair {
    fn give(&self, grant: Result<Permit>) {
        // What lay there is dropped without the lock: that may grant to this very chair.
        let before = self.given.lock().unwrap_or_else(PoisonError::into_inner).replace(grant);
        drop(before);
        self.waiter.wake();
    }
}

impl Asking {
    fn new() -> Self {
        Self(Arc::new(Chair { given: Mutex::default(), waiter: Waiter::current() }))
    }

    fn turn(&self) -> Turn {
        Turn::new(&self.0, 0)
    }

    fn wait(&self, limiter: &dyn Limiter, url: &Url) -> Result<Permit> {
        loop {
            match limiter.try_acquire(url, &self.turn()) {
                Acquire::Granted(permit) => return Ok(permit),
                Acquire::Refused(error) => return Err(error),
                Acquire::Queued => return self.granted(),
                Acquire::Later(at) => self.sleep(Some(at))?,
            }
        }
    }

    fn granted(&self) -> Result<Permit> {
        loop {
            if let Some(given) = self.0.take() {
                return given;
            }
            self.sleep(None)?;
        }
    }

    /// Until it is given something, or `at`; the surrounding scope's end is an error.
    fn sleep(&self, at: Option<Instant>) -> Result<()> {
        let scope = scope::current();
        let waiter = &self.0.waiter;
        let _guard = scope.token().map(|token| waiter.cancel_with(token));
        let end = scope.until();
        let soonest = [at, end.at()].into_iter().flatten().min();
        match waiter.wait(soonest) {
            Ok(()) => Ok(()),
            Err(Stop::Cancelled) => Err(Error::cancelled(Phase::Checkout).because("it waited for a limiter")),
            Err(Stop::TimedOut) if at.is_some_and(|at| end.at().is_none_or(|end| at < end)) => Ok(()),
            Err(Stop::TimedOut) => Err(Error::timeout(Phase::Checkout, end.limit()).because("it waited for a limiter")),
        }
    }
}
