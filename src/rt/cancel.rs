//! Cancelling from outside: a token that ends waits, instead of `may`'s cancel, which unwinds by panic.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

/// What a fired token wakes.
pub(super) trait OnCancel: Send + Sync {
    /// Called once when the token is fired, possibly a moment after the watch has ended: it only wakes, and who wakes
    /// looks at the tokens again. A flag set from here could end the next request on a pooled connection.
    fn fired(&self);
}

/// The tokens that end the waits of one waiter or socket.
#[derive(Default)]
pub(super) struct Watch(OnceLock<Arc<Mutex<Vec<CancelToken>>>>);

impl Watch {
    pub(super) fn is_cancelled(&self) -> bool {
        self.0.get().is_some_and(|tokens| lock(tokens).iter().any(CancelToken::is_cancelled))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.get().is_none_or(|tokens| lock(tokens).is_empty())
    }

    pub(super) fn start(&self, token: &CancelToken, wake: Arc<dyn OnCancel>) -> CancelGuard {
        let tokens = self.0.get_or_init(Arc::default);
        lock(tokens).push(token.clone());
        let mut guard = token.watch(wake);
        guard.watched_by = Some(tokens.clone());
        guard
    }
}

/// Ends everything that was started with it: a request in any phase, a wait, the reading of a body.
///
/// Fire it from any coroutine or thread. What it ends returns an error of kind
/// [`Cancelled`](crate::error::Kind::Cancelled); connections in the middle of a message are closed. Once fired it stays
/// fired. Clones are the same token; a [`child`](Self::child) is fired with its parent and can be fired alone.
///
/// ```
/// use maypole::rt::CancelToken;
/// let all = CancelToken::new();
/// let one = all.child();
/// one.cancel();
/// assert!(one.is_cancelled() && !all.is_cancelled());
/// let other = all.child();
/// all.cancel();
/// assert!(other.is_cancelled());
/// ```
#[derive(Clone, Default)]
pub struct CancelToken(Arc<State>);

#[derive(Default)]
struct State {
    fired: AtomicBool,
    watchers: Mutex<Watchers>,
    // The watches on the parents end with the child.
    parents: Vec<CancelGuard>,
}

#[derive(Default)]
struct Watchers {
    next: u64,
    by_id: HashMap<u64, Arc<dyn OnCancel>>,
}

impl CancelToken {
    /// A token that nobody has fired.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends what watches this token. Never waits; a second call does nothing.
    pub fn cancel(&self) {
        let watchers: Vec<_> = {
            let watchers = self.0.lock();
            self.0.fired.store(true, SeqCst);
            watchers.by_id.values().cloned().collect()
        };
        for watcher in watchers {
            watcher.fired();
        }
    }

    /// Whether it was fired.
    pub fn is_cancelled(&self) -> bool {
        self.0.fired.load(SeqCst) || self.0.parents.iter().any(|parent| parent.token.is_cancelled())
    }

    /// Whether somebody else holds it, or something that goes on may be ended by it.
    pub(crate) fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    /// A token that is fired together with this one.
    #[must_use]
    pub fn child(&self) -> Self {
        Self::child_of([self])
    }

    /// A token that is fired as soon as any of `parents` is, or alone.
    #[must_use]
    pub fn child_of<'a>(parents: impl IntoIterator<Item = &'a CancelToken>) -> Self {
        let relay = Arc::new(Relay::default());
        let parents = parents.into_iter().map(|parent| parent.watch(relay.clone())).collect();
        let child = Self(Arc::new(State { parents, ..State::default() }));
        relay.connect(&child);
        child
    }

    /// A guard that fires this token when it is dropped: for a future that is given up by dropping it, and for every other
    /// way out of a block.
    ///
    /// ```
    /// use maypole::rt::{self, CancelToken, scope};
    /// let token = CancelToken::new();
    /// let ends_with_me = token.drop_guard();
    /// let sleeper = rt::spawn(move || scope::with_cancel(&token, || rt::sleep(std::time::Duration::from_secs(600))))?;
    /// drop(ends_with_me);
    /// sleeper.join().unwrap();
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn drop_guard(&self) -> DropGuard {
        DropGuard(self.clone())
    }

    fn watch(&self, watcher: Arc<dyn OnCancel>) -> CancelGuard {
        let mut watchers = self.0.lock();
        watchers.next += 1;
        let id = watchers.next;
        watchers.by_id.insert(id, watcher.clone());
        drop(watchers);
        if self.is_cancelled() {
            watcher.fired();
        }
        CancelGuard { token: self.clone(), id, watched_by: None }
    }
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Watchers> {
        lock(&self.watchers)
    }
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelToken").field("cancelled", &self.is_cancelled()).finish()
    }
}

/// Passes a parent's cancel on to its child, without keeping the child alive.
#[derive(Default)]
struct Relay(Mutex<std::sync::Weak<State>>);

impl Relay {
    fn connect(&self, child: &CancelToken) {
        *lock(&self.0) = Arc::downgrade(&child.0);
    }
}

impl OnCancel for Relay {
    fn fired(&self) {
        let child = lock(&self.0).upgrade();
        if let Some(child) = child {
            CancelToken(child).cancel();
        }
    }
}

/// Fires its token when it is dropped; from [`CancelToken::drop_guard`].
#[derive(Debug)]
#[must_use = "dropping the guard fires the token at once"]
pub struct DropGuard(CancelToken);

impl Drop for DropGuard {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Keeps a watch on a token; dropping it ends the watch.
#[must_use = "dropping the guard ends the watch at once"]
pub struct CancelGuard {
    token: CancelToken,
    id: u64,
    watched_by: Option<Arc<Mutex<Vec<CancelToken>>>>,
}

impl Drop for CancelGuard {
    fn drop(&mut self) {
        self.token.0.lock().by_id.remove(&self.id);
        if let Some(tokens) = self.watched_by.take() {
            let mut tokens = lock(&tokens);
            if let Some(position) = tokens.iter().position(|token| Arc::ptr_eq(&token.0, &self.token.0)) {
                tokens.swap_remove(position);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl fmt::Debug for CancelGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelGuard").finish_non_exhaustive()
    }
}
