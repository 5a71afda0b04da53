//! What can be done to the work behind a future.

use std::sync::{Arc, Mutex, MutexGuard};

use crate::message::{Method, Url};

/// The work behind a future.
pub(super) trait Control: Send + Sync {
    /// Takes it back if it has not begun; whether that is so.
    fn cancel(&self) -> bool;
    /// Ends it, begun or not; whether there was anything to end.
    fn abort(&self) -> bool;
    fn is_running(&self) -> bool;
    fn requested(&self) -> &Requested;
}

/// What a future is the answer to, as far as it was a legal request.
#[derive(Clone, Debug, Default)]
pub struct Requested {
    pub(super) method: Option<Method>,
    pub(super) url: Option<Url>,
}

impl Requested {
    /// The URL that was asked for, before redirects; none if it was no legal URL.
    #[doc(alias = "origin")]
    pub fn url(&self) -> Option<&Url> {
        self.url.as_ref()
    }

    /// The method that was asked for.
    pub fn method(&self) -> Option<&Method> {
        self.method.as_ref()
    }
}

/// A future's hold on its work.
pub(super) struct Held {
    pub(super) control: Arc<dyn Control>,
    pub(super) abort_on_drop: bool,
}

impl Held {
    pub(super) fn new(control: Arc<dyn Control>) -> Self {
        Self { control, abort_on_drop: false }
    }

    /// The work, for a hold that takes the place of this one.
    pub(super) fn let_go(mut self) -> Arc<dyn Control> {
        self.abort_on_drop = false;
        self.control.clone()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.abort_on_drop {
            self.control.abort();
        }
    }
}

/// One piece of work, and then another one.
pub(super) struct Chain {
    first: Arc<dyn Control>,
    link: Mutex<Link>,
}

struct Link {
    now: Arc<dyn Control>,
    /// It was aborted: what comes next does not begin.
    aborted: bool,
    /// Nothing comes next.
    over: bool,
}

impl Chain {
    pub(super) fn new(first: Arc<dyn Control>) -> Self {
        Self { link: Mutex::new(Link { now: first.clone(), aborted: false, over: false }), first }
    }

    /// Goes on with `next`, unless the chain has been aborted.
    pub(super) fn go_on(&self, next: Arc<dyn Control>) {
        let mut link = self.lock();
        link.now = next.clone();
        let aborted = link.aborted;
        drop(link);
        if aborted {
            next.abort();
        }
    }

    /// Nothing comes next.
    pub(super) fn end(&self) {
        self.lock().over = true;
    }

    fn now(&self) -> Arc<dyn Control> {
        self.lock().now.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Control for Chain {
    fn cancel(&self) -> bool {
        self.now().cancel()
    }

    fn abort(&self) -> bool {
        let mut link = self.lock();
        link.aborted = true;
        let (now, is_open) = (link.now.clone(), !link.over);
        drop(link);
        // Between two pieces of work there is none to end, and the next one is still to be.
        now.abort();
        is_open
    }

    fn is_running(&self) -> bool {
        self.now().is_running()
    }

    fn requested(&self) -> &Requested {
        self.first.requested()
    }
}

/// Several pieces of work at once.
pub(super) struct Many(pub(super) Vec<Arc<dyn Control>>);

impl Control for Many {
    fn cancel(&self) -> bool {
        let taken_back = self.0.iter().filter(|control| control.cancel());
        taken_back.count() == self.0.len()
    }

    fn abort(&self) -> bool {
        self.0.iter().filter(|control| control.abort()).count() > 0
    }

    fn is_running(&self) -> bool {
        self.0.iter().any(|control| control.is_running())
    }

    fn requested(&self) -> &Requested {
        static NONE: Requested = Requested { method: None, url: None };
        self.0.first().map_or(&NONE, |first| first.requested())
    }
}
