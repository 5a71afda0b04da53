//! A bounded crowd of coroutines: gevent's Pool.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};

use super::channel::{self, Receiver, Sender};
use super::scope::{self, Scope};
use super::semaphore::Semaphore;
use super::spawn::{JoinHandle, spawn};
use super::waiter::{Stop, Waiter};
use crate::error::{Error, Phase, Result};

/// At most so many coroutines at once: `spawn` waits while the group is full.
///
/// It hands the [`scope`](super::scope) it was made in on to its coroutines. Clones are the same group, and count together;
/// dropping the last one lets the coroutines go on alone.
///
/// ```
/// use maypole::rt::Group;
/// let group = Group::new(100);
/// let squares = group.map(1..=1000, |n: u64| n * n)?;
/// assert_eq!(squares[999], 1_000_000);
/// # Ok::<(), maypole::Error>(())
/// ```
#[doc(alias = "Pool")]
#[derive(Clone)]
pub struct Group(Arc<Inner>);

struct Inner {
    limit: usize,
    slots: Semaphore,
    scope: Scope,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    live: usize,
    joining: Vec<Waiter>,
}

impl Group {
    /// A group of at most `limit` coroutines at once; 0 counts as 1.
    pub fn new(limit: usize) -> Self {
        let limit = limit.max(1);
        let slots = Semaphore::new(limit);
        Self(Arc::new(Inner { limit, slots, scope: scope::current(), state: Mutex::default() }))
    }

    /// Runs `f` on a coroutine of the group, waiting while the group is full.
    ///
    /// # Errors
    /// Those of [`spawn`](super::spawn()); a timeout or cancel of the surrounding scope while waiting.
    pub fn spawn<F, T>(&self, f: F) -> Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.spawn_then(f, |result| result)
    }

    /// Runs `f` as a member, and `then` when the slot is free again: who is told of the end may count on the slot.
    fn spawn_then<F, R, T>(&self, f: F, then: impl FnOnce(R) -> T + Send + 'static) -> Result<JoinHandle<T>>
    where
        F: FnOnce() -> R + Send + 'static,
        T: Send + 'static,
    {
        let until = scope::current().until();
        let slot = self.0.slots.acquire(until.at()).map_err(|stop| match stop {
            Stop::TimedOut => Error::timeout(Phase::Checkout, until.limit()),
            Stop::Cancelled => Error::cancelled(Phase::Checkout),
        })?;
        let member = Member::join(&self.0);
        let group_scope = self.0.scope.clone();
        spawn(move || {
            let result = {
                // Dropped in this order: who joins the group finds its slot free.
                let _member = member;
                let _slot = slot;
                scope::with(group_scope, f)
            };
            then(result)
        })
    }

    /// Waits until none of its coroutines is alive.
    pub fn join(&self) {
        let waiter = {
            let mut state = self.0.lock();
            if state.live == 0 {
                return;
            }
            let waiter = Waiter::current();
            state.joining.push(waiter.clone());
            waiter
        };
        while self.0.lock().joining.iter().any(|joining| joining.is(&waiter)) {
            waiter.wait(None).ok();
        }
    }

    /// How many of its coroutines are alive.
    pub fn len(&self) -> usize {
        self.0.lock().live
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Runs `f` on every item, as many at once as the group allows, and returns the results in the items' order.
    ///
    /// # Errors
    /// The first spawn that fails ends it. A panic of `f` goes on in the caller.
    pub fn map<I, F, R>(&self, items: I, f: F) -> Result<Vec<R>>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
        R: Send + 'static,
    {
        let f = Arc::new(f);
        let handles: Vec<_> = items
            .into_iter()
            .map(|item| {
                let f = f.clone();
                self.spawn(move || f(item))
            })
            .collect::<Result<_>>()?;
        Ok(handles.into_iter().map(|handle| handle.join().unwrap_or_else(|panic| resume_unwind(panic))).collect())
    }

    /// Runs `f` on every item and gives the results as they are completed. Items are taken only as there is room, so
    /// the source may be endless.
    pub fn map_unordered<I, F, R>(&self, items: I, f: F) -> Unordered<I::IntoIter, F, R>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
        R: Send + 'static,
    {
        let (sender, receiver) = channel::unbounded();
        Unordered { group: self.clone(), items: items.into_iter(), f: Arc::new(f), running: 0, sender, receiver }
    }
}

impl Inner {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group").field("live", &self.len()).field("slots", &self.0.slots).finish()
    }
}

struct Member(Arc<Inner>);

impl Member {
    fn join(group: &Arc<Inner>) -> Self {
        group.lock().live += 1;
        Self(group.clone())
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.live -= 1;
        let joining = if state.live == 0 { std::mem::take(&mut state.joining) } else { Vec::new() };
        drop(state);
        joining.iter().for_each(Waiter::wake);
    }
}

/// Results in the order in which they are completed; from [`Group::map_unordered`].
pub struct Unordered<I, F, R> {
    group: Group,
    items: I,
    f: Arc<F>,
    running: usize,
    sender: Sender<std::thread::Result<R>>,
    receiver: Receiver<std::thread::Result<R>>,
}

impl<I, F, R> Unordered<I, F, R>
where
    I: Iterator,
    I::Item: Send + 'static,
    F: Fn(I::Item) -> R + Send + Sync + 'static,
    R: Send + 'static,
{
    fn start_one(&mut self) -> Result<bool> {
        let Some(item) = self.items.next() else { return Ok(false) };
        let (f, sender) = (self.f.clone(), self.sender.clone());
        let run = move || catch_unwind(AssertUnwindSafe(|| f(item)));
        // The other way round, whoever takes the last result could find no slot free and wait for one that never ends.
        self.group.spawn_then(run, move |result| drop(sender.send(result)))?;
        self.running += 1;
        Ok(true)
    }
}

impl<I, F, R> Iterator for Unordered<I, F, R>
where
    I: Iterator,
    I::Item: Send + 'static,
    F: Fn(I::Item) -> R + Send + Sync + 'static,
    R: Send + 'static,
{
    type Item = Result<R>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            // With nothing of ours running, the slots are somebody else's: then `spawn` waits for one. A result that nobody
            // has taken counts as running, or quick jobs would be started for ever and no result given out.
            while self.running == 0 || (self.running < self.group.0.limit && self.group.0.slots.free() > 0) {
                match self.start_one() {
                    Ok(true) => {}
                    Ok(false) if self.running == 0 => return None,
                    Ok(false) => break,
                    Err(error) => return Some(Err(error)),
                }
            }
            if let Ok(result) = self.receiver.recv() {
                self.running -= 1;
                return Some(Ok(result.unwrap_or_else(|panic| resume_unwind(panic))));
            }
        }
    }
}

impl<I, F, R> fmt::Debug for Unordered<I, F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unordered").field("running", &self.running).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rt;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::time::Duration;

    #[test]
    fn never_more_than_the_limit_and_join_waits_for_all() {
        let group = Group::new(7);
        let (inside, peak, done) =
            (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        for _ in 0..500 {
            let (inside, peak, done) = (inside.clone(), peak.clone(), done.clone());
            let job = move || {
                peak.fetch_max(inside.fetch_add(1, SeqCst) + 1, SeqCst);
                rt::sleep(Duration::from_micros(50));
                inside.fetch_sub(1, SeqCst);
                done.fetch_add(1, SeqCst);
            };
            group.spawn(job).unwrap();
        }
        group.join();
        assert_eq!((done.load(SeqCst), group.len()), (500, 0));
        assert_eq!(peak.load(SeqCst), 7);
    }

    #[test]
    fn unordered_gives_what_is_ready_first_and_takes_items_as_there_is_room() {
        let (group, gate) = (Group::new(2), Semaphore::new(0));
        let opened = gate.clone();
        let mut results = group.map_unordered(0.., move |n: u64| {
            let _held = (n == 0).then(|| gate.acquire(None));
            n
        });
        let first: Vec<u64> = results.by_ref().take(4).map(Result::unwrap).collect();
        assert_eq!(first, [1, 2, 3, 4]);
        opened.add(1);
        // It runs when its worker gets to it: how many of the others come before says nothing.
        assert!(results.any(|n| n.unwrap() == 0));
    }

    #[test]
    fn a_panic_goes_on_in_the_caller_and_frees_its_slot() {
        let group = Arc::new(Group::new(1));
        let mapping = group.clone();
        assert!(
            rt::spawn(move || mapping.map([1], |_| panic!("on purpose")).map(|_: Vec<()>| ())).unwrap().join().is_err()
        );
        assert_eq!(group.map([1, 2], |n| n).unwrap(), [1, 2]);
    }
}
