//! Who hears of what a limiter does.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::message::Url;

type Hear = Arc<dyn Fn(&Url) + Send + Sync>;

/// One kind of event.
#[derive(Default)]
pub(super) struct Bus(Arc<Subscribers>);

#[derive(Default)]
struct Subscribers {
    /// While it is 0, which is the rule, nobody takes the lock.
    count: AtomicUsize,
    hearing: Mutex<Hearing>,
}

#[derive(Default)]
struct Hearing {
    last: u64,
    all: Vec<(u64, Hear)>,
}

impl Bus {
    pub(super) fn subscribe(&self, hear: impl Fn(&Url) + Send + Sync + 'static) -> Subscription {
        let mut hearing = self.0.lock();
        hearing.last += 1;
        let id = hearing.last;
        hearing.all.push((id, Arc::new(hear)));
        self.0.count.store(hearing.all.len(), Relaxed);
        Subscription { subscribers: Arc::downgrade(&self.0), id }
    }

    /// Tells all, in the order in which they have subscribed. Who panics is heard of by the program's panic hook, and
    /// keeps neither the others nor the request from going on.
    pub(super) fn tell(&self, url: &Url) {
        if self.0.count.load(Relaxed) == 0 {
            return;
        }
        let all: Vec<Hear> = self.0.lock().all.iter().map(|(_, hear)| hear.clone()).collect();
        for hear in all {
            catch_unwind(AssertUnwindSafe(|| hear(url))).ok();
        }
    }
}

impl Subscribers {
    fn lock(&self) -> MutexGuard<'_, Hearing> {
        self.hearing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Dropping it ends the subscription, and no other.
#[must_use = "dropping it ends the subscription at once; `keep` lets it last as long as the limiter"]
pub struct Subscription {
    subscribers: Weak<Subscribers>,
    id: u64,
}

impl Subscription {
    /// Lets it last as long as the limiter.
    pub fn keep(mut self) {
        self.subscribers = Weak::new();
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let Some(subscribers) = self.subscribers.upgrade() else { return };
        let mut hearing = subscribers.lock();
        let position = hearing.all.iter().position(|(id, _)| *id == self.id);
        let gone = position.map(|at| hearing.all.remove(at));
        subscribers.count.store(hearing.all.len(), Relaxed);
        drop(hearing);
        // The program's closure may hold what takes this lock when it goes.
        drop(gone);
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bus").field("subscribers", &self.0.count).finish()
    }
}
