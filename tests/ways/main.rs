//! Ways onto coroutines and back: closures that borrow, from threads and coroutines, and tickets that tasks await.
//!
//! ```text
//!   run, scoped ─── from a plain thread, from a coroutine, many at once
//!   sides ───────── one connection used from both
//!   tickets ─────── awaited by an executor of a few lines, by tokio, by `rt::block_on`
//!   stress ──────── no wake-up lost in a million of them: in release, `MAYPOLE_STRESS_TICKETS=1000000`
//! ```

#[path = "../peer/mod.rs"]
mod peer;

mod executor;
mod run;
mod scoped;
mod sides;
mod stress;
mod tickets;
mod tokio_tasks;

use std::sync::{Once, mpsc};
use std::time::Duration;

use maypole::rt::Runtime;

/// Two workers for all tests of this binary.
fn two_workers() {
    static START: Once = Once::new();
    START.call_once(|| drop(Runtime::builder().workers(2).start()));
}

/// Runs `f` on a thread of its own; hanging, which is what a lost wake-up looks like, is a failure.
fn within<T: Send + 'static>(limit: Duration, f: impl FnOnce() -> T + Send + 'static) -> T {
    two_workers();
    let (ended, waiting) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        let result = f();
        ended.send(()).ok();
        result
    });
    if waiting.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout) {
        panic!("it hangs: not ended within {limit:?}");
    }
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

const LIMIT: Duration = Duration::from_secs(60);
