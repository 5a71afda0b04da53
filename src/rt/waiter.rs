//! Parking a coroutine or a plain thread: the one primitive under everything here that waits.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::Wake;
use std::time::Instant;

use may::sync::Blocker;

use super::alarm::{Alarm, Ring};
use super::cancel::{CancelGuard, CancelToken, OnCancel, Watch};
use super::linger::Linger;

/// Why a wait ended without what it waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The deadline was reached.
    TimedOut,
    /// A cancel token was fired.
    Cancelled,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stop::TimedOut => "timed out",
            Stop::Cancelled => "cancelled",
        })
    }
}

impl std::error::Error for Stop {}

/// Parks whoever made it until somebody calls [`wake`](Self::wake).
///
/// It holds one token: a `wake` that comes before the `wait` is not lost, and several count once. Clones are handles to
/// the same token; only the coroutine or thread that made it may wait on it, anybody may wake it. The last handle may yield
/// when it is dropped, as `may`'s parker does: never drop one, or a list of them, with a lock held.
///
/// ```
/// use maypole::rt::{self, Waiter};
/// let waiter = Waiter::current();
/// let other = waiter.clone();
/// rt::spawn(move || other.wake())?;
/// waiter.wait(None).unwrap();
/// # Ok::<(), maypole::Error>(())
/// ```
#[derive(Clone)]
pub struct Waiter(Arc<Inner>);

struct Inner {
    woken: AtomicBool,
    watch: Watch,
    park: Blocker,
    is_coroutine: bool,
}

impl Waiter {
    /// A waiter for the coroutine or thread that calls this.
    pub fn current() -> Self {
        super::runtime::ensure_started();
        Self(Arc::new(Inner {
            woken: AtomicBool::new(false),
            watch: Watch::default(),
            park: Blocker::new(false),
            is_coroutine: may::coroutine::is_coroutine(),
        }))
    }

    /// Waits for the token and takes it, until `at` at most.
    pub fn wait(&self, at: Option<Instant>) -> Result<(), Stop> {
        let inner = &self.0;
        let mut alarm = None;
        loop {
            if inner.woken.swap(false, SeqCst) {
                return Ok(());
            }
            if inner.watch.is_cancelled() {
                return Err(Stop::Cancelled);
            }
            let left = match at.map(|at| at.saturating_duration_since(Instant::now())) {
                Some(left) if left.is_zero() => return Err(Stop::TimedOut),
                left => left,
            };
            if inner.is_coroutine {
                if at.is_some() {
                    alarm.get_or_insert_with(|| Alarm::new(inner.clone())).set(at);
                }
                // Untimed: a timed park would resume on `may`'s timer thread.
                inner.park.park(None).ok();
            } else {
                inner.park.park(left).ok();
            }
        }
    }

    /// Puts the token and wakes the one that waits for it.
    pub fn wake(&self) {
        self.0.woken.store(true, SeqCst);
        self.0.park.unpark();
    }

    /// Makes waits end with [`Stop::Cancelled`] once `token` is fired, as long as the guard lives.
    pub fn cancel_with(&self, token: &CancelToken) -> CancelGuard {
        self.0.watch.start(token, self.0.clone())
    }

    /// Whether `other` is a handle to the same token.
    pub(crate) fn is(&self, other: &Waiter) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Parkers of coroutines that `may` has cancelled, which is a panic that unwinds.
///
/// The destructor of `may`'s parker waits, by yielding, until the worker that put the coroutine to sleep is done with it.
/// A coroutine that is cancelled never yields again, and the worker may be the one that runs it, further up on the same
/// stack: then both wait for ever (`may` 0.3.51, `park.rs` and `yield_with`). So these go a little later, on somebody
/// else's time.
static UNWOUND: Linger<Arc<Inner>> = Linger::new();

impl Drop for Waiter {
    fn drop(&mut self) {
        if std::thread::panicking() {
            UNWOUND.keep(self.0.clone());
        }
    }
}

impl fmt::Debug for Waiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiter").field("woken", &self.0.woken).finish_non_exhaustive()
    }
}

impl Ring for Inner {
    fn ring(&self) {
        self.park.unpark();
    }
}

impl OnCancel for Inner {
    fn fired(&self) {
        self.park.unpark();
    }
}

impl Wake for Waiter {
    fn wake(self: Arc<Self>) {
        Waiter::wake(&self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rt;
    use std::time::Duration;

    fn on_both(test: fn()) {
        test();
        rt::spawn(test).unwrap().join().unwrap();
    }

    #[test]
    fn a_wake_before_the_wait_is_kept_and_counts_once() {
        on_both(|| {
            let waiter = Waiter::current();
            waiter.wake();
            waiter.wake();
            assert_eq!(waiter.wait(None), Ok(()));
            assert_eq!(waiter.wait(Some(Instant::now() + Duration::from_millis(5))), Err(Stop::TimedOut));
        });
    }

    #[test]
    fn br3_a_deadline_of_300_microseconds_fires_and_not_before() {
        on_both(|| {
            for limit in [Duration::from_micros(300), Duration::from_millis(1), Duration::from_millis(30)] {
                let start = Instant::now();
                assert_eq!(Waiter::current().wait(Some(start + limit)), Err(Stop::TimedOut));
                assert!(start.elapsed() >= limit);
            }
        });
    }

    #[test]
    fn a_cancel_token_ends_the_wait() {
        on_both(|| {
            let token = CancelToken::new();
            let waiter = Waiter::current();
            let guard = waiter.cancel_with(&token);
            let firing = token.clone();
            rt::spawn(move || firing.cancel()).unwrap();
            assert_eq!(waiter.wait(None), Err(Stop::Cancelled));
            drop(guard);
            waiter.wake();
            assert_eq!(waiter.wait(None), Ok(()));
        });
    }

    #[test]
    fn br2_no_wake_is_lost_between_coroutines() {
        let mine = Waiter::current();
        let done = mine.clone();
        rt::spawn(move || {
            for _ in 0..20_000 {
                let waiter = Waiter::current();
                let other = waiter.clone();
                rt::spawn(move || other.wake()).unwrap();
                waiter.wait(Some(Instant::now() + Duration::from_secs(10))).unwrap();
            }
            done.wake();
        })
        .unwrap();
        mine.wait(Some(Instant::now() + Duration::from_secs(60))).unwrap();
    }
}
