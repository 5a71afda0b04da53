//! Coroutines that borrow from their caller's stack, because their caller waits for them.
//!
//! ```text
//!   scoped ─┬─ f(&Scoped) ── spawn ── permit ──▶ jobs ──▶ crew of at most `limit` coroutines
//!           │                                              │
//!           └─ no more jobs ─── wait until the crew is gone ◀┘ ── the panic of f, or of a job nobody has joined
//! ```
//!
//! `may`'s own scope knows how to borrow. What it lacks is added here, since a coroutine that outlived the frames it
//! borrows from would write into them: nothing unwinds past a coroutine that lives. Panics are caught on both sides and go
//! on when all have ended, and a wait that `may`'s cancel ends is the end of the process.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, MutexGuard};

use super::block_on::block_on;
use super::channel::{self, Receiver, Sender};
use super::runtime::ensure_started;
use super::scope;
use super::semaphore::Semaphore;
use super::spawn::{is_default_roomy, start};
use super::ticket::Ticket;
use super::waiter::{Stop, Waiter};
use crate::error::{Error, Kind, Phase, Result};

/// Runs `f`, which may start coroutines that borrow from its surroundings, at most `limit` at once (0 counts as 1), and
/// waits until all of them have ended: `std::thread::scope` with coroutines.
///
/// ```
/// use maypole::rt;
/// let words = ["one", "three", "five"];
/// let mut lengths = [0; 3];
/// rt::scoped(2, |s| {
///     for (word, length) in words.iter().zip(&mut lengths) {
///         s.spawn(move || *length = word.len())?;
///     }
///     Ok::<_, maypole::Error>(())
/// })?;
/// assert_eq!(lengths, [3, 5, 4]);
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// Works from a plain thread, which blocks meanwhile, and from a coroutine, which parks. `f` itself runs on the caller. The
/// end of the wait is the end of the last coroutine: a deadline or token of the surrounding [`scope`](super::scope) is
/// handed on to all of them and makes them end, it does not leave them behind.
///
/// # Panics
/// With the panic of `f`, or else the first one of a coroutine that nobody has joined; when all have ended, either way.
///
/// `may`'s own `cancel`, which `may::select!` uses for the arms that lose, must not be used on a coroutine that waits here:
/// it cannot be held up, and what the others have borrowed would be gone. The process is aborted then, unless all of them
/// have ended by themselves. Nor must it be used on one of the others: what was queued for it would not run.
pub fn scoped<'env, R>(limit: usize, f: impl for<'s> FnOnce(&Scoped<'s, 'env>) -> R) -> R {
    ensure_started();
    let crew = Arc::new(Crew::default());
    let result = may::coroutine::scope(|may| {
        let (jobs, taking) = channel::unbounded();
        let limit = limit.max(1);
        let (free, started) = (Semaphore::new(limit), Cell::new(0));
        let go = |member: Job<'env>| drop(may::go!(may, member));
        let scoped = Scoped { go: &go, crew: crew.clone(), jobs, taking, limit, free, started };
        let result = catch_unwind(AssertUnwindSafe(|| f(&scoped)));
        // Without the sender the crew goes home when the last job is done.
        drop(scoped);
        crew.wait();
        result
    });
    match (result, crew.lock().panic.take()) {
        (Ok(_), Some(panic)) | (Err(panic), _) => resume_unwind(panic),
        (Ok(result), None) => result,
    }
}

/// Starts coroutines that may borrow; from [`scoped`].
///
/// It stays with the coroutine or thread that has called [`scoped`]: the coroutines cannot start further ones.
pub struct Scoped<'s, 'env> {
    /// Starts a coroutine within `may`'s scope, whose type has no name.
    go: &'s dyn Fn(Job<'env>),
    crew: Arc<Crew>,
    jobs: Sender<Job<'env>>,
    taking: Receiver<Job<'env>>,
    limit: usize,
    free: Semaphore,
    started: Cell<usize>,
}

type Job<'env> = Box<dyn FnOnce() + Send + 'env>;

impl<'s, 'env> Scoped<'s, 'env> {
    /// Runs `f` on a coroutine, waiting while `limit` of them are busy. One coroutine may run several closures, one after
    /// another.
    ///
    /// # Errors
    /// Those of [`spawn`](super::spawn()); a timeout or cancel of the surrounding scope while waiting;
    /// [`Kind::InvalidConfig`] in a program that has set `may`'s stack size below 96 KiB, or has started a coroutine with
    /// `may`'s own `go!` before this crate's [`Runtime`](super::Runtime) ran. `f` has not run then.
    pub fn spawn<F, T>(&self, f: F) -> Result<ScopedJoinHandle<'s, T>>
    where
        F: FnOnce() -> T + Send + 'env,
        T: Send + 'env,
    {
        let until = scope::current().until();
        let permit = self.free.acquire(until.at()).map_err(|stop| match stop {
            Stop::TimedOut => Error::timeout(Phase::Checkout, until.limit()),
            Stop::Cancelled => Error::cancelled(Phase::Checkout),
        })?;
        if self.limit - self.free.free() > self.started.get() {
            self.start_one()?;
        }
        let packet = Arc::new(Packet { ticket: Ticket::default(), crew: self.crew.clone() });
        let (theirs, bounds) = (packet.clone(), scope::current());
        let job = move || {
            let f = || if bounds.is_open() { f() } else { scope::with(bounds, f) };
            let result = catch_unwind(AssertUnwindSafe(f));
            theirs.ticket.end(result);
            drop(theirs);
            drop(permit);
        };
        self.jobs.send(Box::new(job)).ok();
        Ok(ScopedJoinHandle { packet, within: PhantomData })
    }

    /// Runs `f` on every item, as many at once as the scope allows, and returns the results in the items' order.
    ///
    /// ```
    /// let table = vec!["zero", "one", "two"];
    /// let names = maypole::rt::scoped(100, |s| s.map([2, 0, 1], |n: usize| table[n]))?;
    /// assert_eq!(names, ["two", "zero", "one"]);
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// # Errors
    /// The first [`spawn`](Self::spawn) that fails ends it. A panic of `f` goes on in the caller.
    pub fn map<I, F, R>(&self, items: I, f: F) -> Result<Vec<R>>
    where
        I: IntoIterator,
        I::Item: Send + 'env,
        F: Fn(I::Item) -> R + Send + Sync + 'env,
        R: Send + 'env,
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

    /// One more for the crew.
    fn start_one(&self) -> Result<()> {
        // `may` gives scoped coroutines a stack of its default size and takes no other.
        if !is_default_roomy() {
            let what = "may's stacks are smaller than 96 KiB, and a coroutine that borrows gets no other: start \
                        maypole::rt::Runtime before the first coroutine, or set a larger may::config().set_stack_size";
            return Err(Error::new(Kind::InvalidConfig, what));
        }
        let (taking, crew) = (self.taking.clone(), self.crew.clone());
        let member = Member::join(&self.crew);
        start(|counted| {
            (self.go)(Box::new(move || {
                // Dropped in this order: whoever waits for the crew finds nothing borrowed any more, and the count right.
                let _member = member;
                let _counted = counted;
                let taking = taking;
                while let Ok(job) = taking.recv() {
                    // Its result is caught inside; what is left is the destructor of one that nobody wanted.
                    crew.keep(catch_unwind(AssertUnwindSafe(job)).err());
                }
            }));
        })?;
        self.started.set(self.started.get() + 1);
        Ok(())
    }
}

impl fmt::Debug for Scoped<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scoped").field("limit", &self.limit).field("free", &self.free.free()).finish_non_exhaustive()
    }
}

/// A coroutine of a [`scoped`] block. Dropping it lets the coroutine go on; the block waits for it all the same.
pub struct ScopedJoinHandle<'s, T> {
    packet: Arc<Packet<T>>,
    within: PhantomData<&'s ()>,
}

impl<T> ScopedJoinHandle<'_, T> {
    /// Waits for the end; `Err` holds the payload of a panic, as with `std::thread`.
    pub fn join(self) -> std::thread::Result<T> {
        block_on(std::future::poll_fn(|context| self.packet.ticket.poll(context)))
    }

    /// Whether it has ended.
    pub fn is_done(&self) -> bool {
        self.packet.ticket.is_ended()
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedJoinHandle").field("done", &self.is_done()).finish()
    }
}

/// A result, and whose it is when nobody takes it: a panic is then the block's.
struct Packet<T> {
    ticket: Ticket<T>,
    crew: Arc<Crew>,
}

impl<T> Drop for Packet<T> {
    fn drop(&mut self) {
        self.crew.keep(self.ticket.take().and_then(Result::err));
    }
}

/// The coroutines of one block.
#[derive(Default)]
struct Crew(Mutex<Roll>);

#[derive(Default)]
struct Roll {
    alive: usize,
    waiting: Option<Waiter>,
    panic: Option<Box<dyn Any + Send>>,
}

impl Crew {
    fn lock(&self) -> MutexGuard<'_, Roll> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Keeps the first panic for the end of the block.
    fn keep(&self, panic: Option<Box<dyn Any + Send>>) {
        if let Some(panic) = panic {
            self.lock().panic.get_or_insert(panic);
        }
    }

    /// Waits until none is alive.
    fn wait(&self) {
        loop {
            let waiter = {
                let mut roll = self.lock();
                if roll.alive == 0 {
                    return;
                }
                roll.waiting.insert(Waiter::current()).clone()
            };
            // Only `may`'s cancel of this coroutine ends it by a panic. Nothing can wait on it from now on.
            if catch_unwind(AssertUnwindSafe(|| waiter.wait(None))).is_err() {
                if self.lock().alive > 0 {
                    cannot_unwind();
                }
                // Its destructor might wait for the worker that has put it to sleep, see `Waiter`.
                std::mem::forget(waiter);
                return;
            }
        }
    }
}

/// A panic that gets out of a foreign function ends the process, with its message.
#[cold]
extern "C" fn cannot_unwind() {
    panic!("a coroutine was cancelled while others borrowed from its stack (rt::scoped)");
}

struct Member(Arc<Crew>);

impl Member {
    fn join(crew: &Arc<Crew>) -> Self {
        crew.lock().alive += 1;
        Self(crew.clone())
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut roll = self.0.lock();
        roll.alive -= 1;
        let waiting = if roll.alive == 0 { roll.waiting.take() } else { None };
        drop(roll);
        waiting.inspect(Waiter::wake);
    }
}
