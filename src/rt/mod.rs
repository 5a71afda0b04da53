//! The only floor that names `may`: coroutines, waiting, timers, and threads for what must block.
//!
//! ```text
//!   spawn, Group ── roomy stacks, bounded number          offload ── threads for calls that block
//!   run, scoped ─── the same for closures that borrow
//!        │
//!   Waiter ── parks a coroutine or a plain thread, one token
//!        ├── Semaphore, channel, oneshot, sleep, block_on
//!        │
//!   Socket ── non-blocking calls, readiness, deadline, cancel
//!        │
//!   Alarm ── one timer thread for all deadlines           CancelToken, scope ── ends waits early
//!   Nap ──── a timer of its own, for who sleeps 1,000 times a second
//! ```
//!
//! Everything works from a coroutine and from a plain thread. A coroutine parks without holding its worker; a plain
//! thread blocks, as it would in `std`.
//!
//! ```
//! use maypole::rt;
//! let hello = rt::spawn(|| { rt::sleep(std::time::Duration::from_millis(1)); "hello" })?;
//! assert_eq!(hello.join().unwrap(), "hello");
//! # Ok::<(), maypole::Error>(())
//! ```

mod alarm;
mod block_on;
mod cancel;
pub mod channel;
mod fair;
mod group;
mod linger;
#[cfg(feature = "load")]
mod nap;
mod offload;
pub mod oneshot;
mod registration;
mod run;
mod runtime;
pub mod scope;
mod scoped;
mod semaphore;
mod sleep;
mod socket;
mod spawn;
mod ticket;
mod waiter;

pub(crate) use alarm::{Alarm, Ring};
pub use block_on::{block_on, drive};
pub use cancel::{CancelGuard, CancelToken, DropGuard};
pub use fair::yield_io;
pub use group::{Group, Unordered};
pub use may::sync::{Mutex, MutexGuard};
#[cfg(feature = "load")]
pub(crate) use nap::Nap;
pub use offload::offload;
pub use run::run;
pub use runtime::{Runtime, RuntimeBuilder};
pub use scoped::{Scoped, ScopedJoinHandle, scoped};
pub use semaphore::{Permit, Semaphore};
pub use sleep::sleep;
pub use socket::{Interest, Socket};
pub use spawn::{JoinHandle, aside, is_coroutine, is_roomy, live, roomy, spawn};
pub use waiter::{Stop, Waiter};
