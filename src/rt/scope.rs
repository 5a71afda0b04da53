//! Deadlines and cancel tokens for everything that is started inside a closure, without passing them along.
//!
//! Scopes nest: the sooner deadline counts, and any token ends it. Requests, pool waits, lookups, body reads and
//! [`sleep`](super::sleep) obey; a [`Group`](super::Group) made inside hands the scope on to its coroutines, plain
//! [`spawn`](super::spawn) does not.
//!
//! ```
//! use maypole::rt::{self, scope};
//! use std::time::{Duration, Instant};
//! let start = Instant::now();
//! scope::with_deadline(Duration::from_millis(10), || rt::sleep(Duration::from_secs(60)));
//! assert!(start.elapsed() < Duration::from_secs(30));
//! ```

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::cancel::CancelToken;
use crate::deadline::Until;

may::coroutine_local!(static SCOPE: RefCell<Scope> = RefCell::new(Scope::default()));

/// Scopes entered anywhere: while it is 0, which is the rule, nobody looks into coroutine-local storage.
static ENTERED: AtomicUsize = AtomicUsize::new(0);

/// What bounds the code that runs now.
#[derive(Clone, Debug)]
pub struct Scope {
    until: Until,
    token: Option<CancelToken>,
    /// Whose workers and callbacks run this, if anybody's.
    owners: Option<Arc<Owners>>,
}

/// One owner, and those whose code has called the one's.
#[derive(Debug)]
struct Owners {
    number: u64,
    outer: Option<Arc<Self>>,
}

impl Default for Scope {
    fn default() -> Self {
        Self { until: Until::never(), token: None, owners: None }
    }
}

impl Scope {
    /// When everything must have ended.
    pub fn until(&self) -> Until {
        self.until
    }

    /// The token that ends it, all surrounding scopes' included.
    pub fn token(&self) -> Option<&CancelToken> {
        self.token.as_ref()
    }

    /// Whether [`with_owner`] was given this number, here or further out.
    pub(crate) fn is_owned_by(&self, number: u64) -> bool {
        let mut owners = self.owners.as_deref();
        while let Some(owner) = owners.filter(|owner| owner.number != number) {
            owners = owner.outer.as_deref();
        }
        owners.is_some()
    }

    /// Whether there is nothing to hand on.
    pub(super) fn is_open(&self) -> bool {
        self.until.at().is_none() && self.token.is_none() && self.owners.is_none()
    }
}

/// Runs `f`; what it starts ends `limit` from now at the latest.
pub fn with_deadline<T>(limit: Duration, f: impl FnOnce() -> T) -> T {
    let mut inner = current();
    inner.until = inner.until.or_sooner(Instant::now(), Some(limit));
    with(inner, f)
}

/// Runs `f`; what it starts ends when `token` is fired.
pub fn with_cancel<T>(token: &CancelToken, f: impl FnOnce() -> T) -> T {
    let mut inner = current();
    inner.token = Some(inner.token.map_or_else(|| token.clone(), |outer| CancelToken::child_of([&outer, token])));
    with(inner, f)
}

/// Runs `f` as what belongs to an owner of that number: code that it calls, on coroutines of groups made there too, can tell
/// that it would wait for itself.
pub(crate) fn with_owner<T>(number: u64, f: impl FnOnce() -> T) -> T {
    let mut inner = current();
    if inner.is_owned_by(number) {
        return f();
    }
    inner.owners = Some(Arc::new(Owners { number, outer: inner.owners }));
    with(inner, f)
}

/// What bounds the caller.
pub fn current() -> Scope {
    if ENTERED.load(Relaxed) == 0 {
        return Scope::default();
    }
    read()
}

/// Runs `f` inside `scope` instead of the current one.
pub(super) fn with<T>(scope: Scope, f: impl FnOnce() -> T) -> T {
    ENTERED.fetch_add(1, Relaxed);
    let _restore = Restore(replace(scope));
    f()
}

struct Restore(Scope);

impl Drop for Restore {
    fn drop(&mut self) {
        replace(std::mem::take(&mut self.0));
        ENTERED.fetch_sub(1, Relaxed);
    }
}

// Outlined: coroutine-local storage is found through a thread-local, which must not be cached over a yield.
#[inline(never)]
fn read() -> Scope {
    SCOPE.with(|scope| scope.borrow().clone())
}

#[inline(never)]
fn replace(scope: Scope) -> Scope {
    SCOPE.with(|current| current.replace(scope))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rt;

    #[test]
    fn the_sooner_deadline_counts_and_the_outer_one_comes_back() {
        let test = || {
            with_deadline(Duration::from_secs(5), || {
                with_deadline(Duration::from_secs(60), || {
                    assert_eq!(current().until().limit(), Some(Duration::from_secs(5)));
                    rt::yield_io();
                    with_deadline(Duration::from_secs(1), || {
                        assert_eq!(current().until().limit(), Some(Duration::from_secs(1)));
                    });
                });
                assert_eq!(current().until().limit(), Some(Duration::from_secs(5)));
            });
            assert_eq!(current().until().at(), None);
        };
        test();
        rt::spawn(test).unwrap().join().unwrap();
    }

    #[test]
    fn who_is_called_by_one_owner_from_another_belongs_to_both() {
        let owned = || [1, 2, 3].map(|number| current().is_owned_by(number));
        assert_eq!(owned(), [false, false, false]);
        with_owner(1, || {
            with_owner(2, || assert_eq!(with_owner(1, owned), [true, true, false]));
            assert_eq!(owned(), [true, false, false]);
        });
        assert_eq!(owned(), [false, false, false]);
    }

    #[test]
    fn a_token_ends_a_sleep_inside_its_scope() {
        let token = CancelToken::new();
        let firing = token.clone();
        let sleeper = rt::spawn(move || with_cancel(&token, || rt::sleep(Duration::from_secs(600)))).unwrap();
        firing.cancel();
        sleeper.join().unwrap();
    }
}
