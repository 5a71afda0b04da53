//! A fixed number of objects of any kind, lent out one by one: clients that block, buffers, files, logins.

use super::lease::{Checkout, Lease};
use super::refused::Refused;
use super::stats::Stats;
use super::{Config, Pool, Pooled};
use crate::rt::CancelToken;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

/// A pool of at most `n` objects, made when they are needed; from [`Pool::of`].
///
/// Who asks for one while all are in use waits in line, first come, first served: a coroutine parks, a plain thread
/// blocks. Clones are not needed to share it: all methods take `&self`, so that an `Arc` or a scope does.
pub struct Objects<T: Send + 'static> {
    pool: Pool<(), Kept<T>>,
    make: Box<dyn Fn() -> T + Send + Sync>,
}

/// An object in a pool. It stays however long nobody wants it.
pub struct Kept<T>(T);

impl<T: Send + 'static> Pooled for Kept<T> {
    fn is_alive(&mut self, _idle: Duration) -> bool {
        true
    }
}

impl<T: Send + 'static> Pool<(), Kept<T>> {
    /// A pool of at most `n` objects, 0 counting as 1, that `make` makes: geventhttpclient's `ClientPool(factory, n)`.
    /// Default none: how many is for the caller to say.
    ///
    /// ```
    /// use maypole::{pool::Pool, rt::Group};
    /// use std::sync::Arc;
    ///
    /// let buffers = Arc::new(Pool::of(3, || Vec::with_capacity(1 << 16)));
    /// let shared = buffers.clone();
    /// Group::new(5).map(0..100u8, move |n| shared.get().map(|mut buffer| buffer.push(n)))?;
    /// assert!(buffers.stats().created <= 3);
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn of(n: usize, make: impl Fn() -> T + Send + Sync + 'static) -> Objects<T> {
        // Nothing to expire: an object of any kind does not grow old, and nobody has to look after it.
        let config =
            Config { max_per_key: n, max_idle_total: n.max(1), idle_timeout: Duration::MAX, ..Config::default() };
        Objects { pool: Self::new(config), make: Box::new(make) }
    }
}

impl<T: Send + 'static> Objects<T> {
    /// Takes an object, waiting for as long as all are in use.
    ///
    /// # Errors
    /// [`Refused::Closed`].
    pub fn get(&self) -> Result<Object<T>, Refused> {
        self.get_until(None, None)
    }

    /// The same, until `at` at most, or until one of `tokens` is fired.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn get_until<'a, I>(&self, at: Option<Instant>, tokens: I) -> Result<Object<T>, Refused>
    where
        I: IntoIterator<Item = &'a CancelToken, IntoIter: Clone>,
    {
        let lease = match self.pool.checkout(&(), at, tokens)? {
            Checkout::Reused(lease) => lease,
            // A panic of `make` frees the place.
            Checkout::Vacant(slot) => slot.fill(Kept((self.make)())),
        };
        Ok(Object(Some(lease)))
    }

    /// Drops the idle ones, ends all waits, and refuses from now on; see [`Pool::close`].
    pub fn close(&self) {
        self.pool.close();
    }

    /// How many there are, idle and in use, and how many wait.
    pub fn stats(&self) -> Stats {
        self.pool.stats()
    }
}

impl<T: Send + 'static> fmt::Debug for Objects<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Objects").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

/// An object that is lent out. Dropping it gives it back, without waiting; while a panic unwinds, which may have left it
/// half changed, it is dropped instead and another is made in its place.
#[must_use = "dropping it gives it back"]
pub struct Object<T: Send + 'static>(Option<Lease<(), Kept<T>>>);

impl<T: Send + 'static> Object<T> {
    /// Drops the object instead of giving it back: for a client whose connection is in an unknown state.
    pub fn discard(mut self) {
        self.0 = None;
    }
}

impl<T: Send + 'static> Deref for Object<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.as_ref().expect("held until it is dropped").0
    }
}

impl<T: Send + 'static> DerefMut for Object<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0.as_mut().expect("held until it is dropped").0
    }
}

impl<T: Send + 'static> Drop for Object<T> {
    fn drop(&mut self) {
        if let Some(lease) = self.0.take()
            && !std::thread::panicking()
        {
            lease.give_back();
        }
    }
}

impl<T: fmt::Debug + Send + 'static> fmt::Debug for Object<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
