//! Sleeping.

use std::time::{Duration, Instant};

use super::waiter::Waiter;

/// Sleeps for `duration` at least; a coroutine does not hold its worker meanwhile.
///
/// `may`'s own sleep resumes on its timer thread, where work of the coroutine delays every other timer; this one
/// resumes on a worker. A deadline or token of the surrounding [`scope`](super::scope) ends it early.
///
/// ```
/// use std::time::{Duration, Instant};
/// let start = Instant::now();
/// maypole::rt::sleep(Duration::from_micros(300));
/// assert!(start.elapsed() >= Duration::from_micros(300));
/// ```
pub fn sleep(duration: Duration) {
    let at = Instant::now().checked_add(duration);
    let scope = super::scope::current();
    let waiter = Waiter::current();
    let _guard = scope.token().map(|token| waiter.cancel_with(token));
    let at = [at, scope.until().at()].into_iter().flatten().min();
    while waiter.wait(at).is_ok() {}
}
