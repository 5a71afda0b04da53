//! A fixed number of connections per key, lent out fairly. It knows no HTTP and no sockets: a key is anything that says
//! who is talked to and how, a connection is anything that can say whether it is still alive.
//!
//! ```text
//!                       ┌──────────── returned: to the first waiter, else onto the idle stack ◄────────────┐
//!                       ▼                                                                                  │
//!   checkout ──► idle one there? ── yes ─► expired or dead? ── no ─► Checkout::Reused(Lease) ── give_back ─┤
//!                       │ no                     │ yes: closed, next one ▲                                 │
//!                       ▼                        └───────────────────────┘                                 │
//!                 below the limit? ── yes ─► Checkout::Vacant(Slot) ── fill(connection) ─► Lease ──────────┘
//!                       │ no                                │ dropped          │ dropped: the connection is closed,
//!                       ▼                                   ▼                  ▼ then the place is free
//!                 wait in line ◄──────────── a free place goes to the first waiter, else it is just free
//! ```
//!
//! - A **place** is what is limited: [`Config::max_per_key`] of them, each idle, lent out, or being opened. A place is
//!   free only when its connection has been closed, so that a server never sees one connection too many.
//! - A waiter is **handed** what becomes free, connection or place. Nobody who comes later can take it away, and nothing
//!   is handed to nobody: who gives up at that very moment passes it on.
//! - The idle ones are a **stack**: the last returned is used first, because it is the warmest and the least likely to
//!   have been closed by the server; those at the bottom grow old and are closed. [`IdleOrder::Fifo`] turns that round.
//! - Everything works from coroutines and plain threads, across both, and [`Lease`] and [`Slot`] can be dropped
//!   anywhere, also while a panic unwinds: dropping never waits.
//!
//! ```
//! use maypole::pool::{Checkout, Config, Pool, Pooled, Refused};
//! use std::time::{Duration, Instant};
//!
//! struct Wire(u32);
//! impl Pooled for Wire {
//!     fn is_alive(&mut self, _idle: Duration) -> bool { true }
//! }
//!
//! let pool = Pool::new(Config { max_per_key: 1, ..Config::default() });
//! let Checkout::Vacant(slot) = pool.checkout(&"origin", None, None)? else { panic!("nothing is idle yet") };
//! let lease = slot.fill(Wire(7));
//! assert_eq!(pool.stats().in_use, 1);
//!
//! // The only place is taken: the next one waits, here until its deadline.
//! let soon = Some(Instant::now() + Duration::from_millis(5));
//! assert!(matches!(pool.checkout(&"origin", soon, None), Err(Refused::TimedOut { in_use: 1, limit: 1, .. })));
//!
//! lease.give_back();
//! let Checkout::Reused(lease) = pool.checkout(&"origin", None, None)? else { panic!("one is idle") };
//! assert_eq!(lease.0, 7);
//! drop(lease); // closed
//! assert_eq!(pool.stats().open, 0);
//!
//! pool.close();
//! assert!(matches!(pool.checkout(&"origin", None, None), Err(Refused::Closed)));
//! # Ok::<(), Refused>(())
//! ```

mod config;
mod lease;
mod line;
mod objects;
mod rack;
mod refused;
mod shared;
mod shelf;
mod stats;
mod sweep;

pub use config::{Config, IdleOrder};
pub use lease::{Checkout, Lease, Slot};
pub use objects::{Kept, Object, Objects};
pub use refused::Refused;
pub use stats::Stats;

use crate::rt::{CancelToken, Waiter};
use lease::Hold;
use line::Queued;
use shared::{Shared, Taking};
use shelf::Grant;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What tells the places of one peer from those of another: everything that changes who is talked to.
pub trait Key: Hash + Eq + Clone + Send + Sync + 'static {}

impl<K: Hash + Eq + Clone + Send + Sync + 'static> Key for K {}

/// A connection, as far as a pool is concerned. Dropping it closes it, without waiting.
pub trait Pooled: Send + 'static {
    /// Whether it can be used after `idle` without use. Asked on each checkout, outside all locks; it must not wait.
    fn is_alive(&mut self, idle: Duration) -> bool;

    /// When the peer will close it, if the peer has said so. Asked on each return.
    fn expires(&self) -> Option<Instant> {
        None
    }
}

/// The pool. Clones are handles to the same one; when the last handle and the last lease are gone, idle connections are
/// closed.
#[doc(alias = "ConnectionPool")]
#[doc(alias = "ClientPool")]
pub struct Pool<K: Key, C: Pooled>(Arc<Shared<K, C>>);

impl<K: Key, C: Pooled> Pool<K, C> {
    /// An empty pool.
    pub fn new(config: Config) -> Self {
        Self(Arc::new(Shared::new(config)))
    }

    /// Takes an idle connection, or a place to open one in, or waits in line for either until `at`.
    ///
    /// A free place is taken even when `at` has passed: that costs no time.
    ///
    /// `tokens` end the wait when one of them is fired: `None`, `Some(&token)`, or any number of them.
    ///
    /// # Errors
    /// [`Refused`] when `at` or a token ended the wait, or the pool is closed.
    pub fn checkout<'a, T>(&self, key: &K, at: Option<Instant>, tokens: T) -> Result<Checkout<K, C>, Refused>
    where
        T: IntoIterator<Item = &'a CancelToken, IntoIter: Clone>,
    {
        let tokens = tokens.into_iter();
        if tokens.clone().any(CancelToken::is_cancelled) {
            return Err(Refused::Cancelled);
        }
        if let Some((key, grant)) = self.0.try_take(key)? {
            return Ok(self.checked(key, grant));
        }
        let waiter = Waiter::current();
        let _guards: Vec<_> = tokens.map(|token| waiter.cancel_with(token)).collect();
        let (key, grant) = match self.0.take_or_queue(key, waiter)? {
            Taking::Taken(taken) => taken,
            Taking::InLine(key, ticket) => {
                let grant = Queued::new(&self.0, key.clone(), ticket).wait(at)?;
                (key, grant)
            }
        };
        Ok(self.checked(key, grant))
    }

    // Closes what has died or expired in the meantime, until one is alive or the place is vacant.
    fn checked(&self, key: Arc<K>, mut grant: Grant<C>) -> Checkout<K, C> {
        let hold = Hold::new(self.0.clone(), key);
        loop {
            let Grant::Idle(mut idle) = grant else { return Checkout::Vacant(Slot(hold)) };
            let now = Instant::now();
            if !idle.is_over(now) && idle.conn.is_alive(now.saturating_duration_since(idle.since)) {
                idle.since = now;
                self.0.counters.reused();
                return Checkout::Reused(Lease::again(idle, hold));
            }
            self.0.counters.discarded();
            // First closed, then replaced.
            drop(idle);
            grant = hold.next_idle();
        }
    }

    /// Closes idle connections, ends all waits with [`Refused::Closed`], and refuses from now on. What is lent out can
    /// still be used; it is closed when it comes back. A second call does nothing.
    pub fn close(&self) {
        self.0.close();
    }

    /// Whether [`close`](Self::close) was called.
    pub fn is_closed(&self) -> bool {
        self.0.lock().closed
    }

    /// What there is at this moment and has been so far, over all keys.
    pub fn stats(&self) -> Stats {
        self.0.stats()
    }

    /// The configuration it was made with.
    pub fn config(&self) -> &Config {
        &self.0.config
    }
}

impl<K: Key, C: Pooled> Clone for Pool<K, C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: Key, C: Pooled> fmt::Debug for Pool<K, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("config", self.config()).field("stats", &self.stats()).finish()
    }
}
