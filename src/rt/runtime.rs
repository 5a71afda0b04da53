//! Starting `may` with settings that suit: once, before the first coroutine, and without breaking a program that set
//! `may` up by itself.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, Once};

use crate::error::{Error, Kind, Result};

/// `may`'s own default, in words: what an untouched program has.
const MAY_STACK_WORDS: usize = 0x1000;
const WORD: usize = size_of::<usize>();

/// Measured peaks of everything that runs on our coroutines: 6–37 KiB in release, up to 188 KiB in debug builds. Stacks
/// are mapped lazily, so room costs address space, not memory.
const STACK_BYTES: usize = if cfg!(debug_assertions) { 1 << 20 } else { 256 << 10 };

/// Stacks kept for the next coroutine: spawning on one costs 0.8 µs instead of 12–18. What a coroutine has touched of its
/// stack stays in memory as long as that is kept, and an answer goes a page deeper than the wait for it: with 4,096 of
/// them, 10,000 requests in flight took 14.9 KiB each at their peak, now 13.7.
const POOL: usize = 1024;
/// Stacks made at start. `may`'s default of 1,000 takes 11–15 ms, which a command line tool would pay at each start.
const POOL_AT_START: usize = 8;

/// Stack that every coroutine of ours gets, in bytes.
static STACK: AtomicUsize = AtomicUsize::new(STACK_BYTES);
static STARTED: AtomicBool = AtomicBool::new(false);

/// How the coroutine runtime is set up; see [`Runtime::builder`].
#[derive(Clone, Copy, Debug)]
pub struct Runtime {
    workers: usize,
    stack_bytes: usize,
    pool: usize,
}

/// Sets up the runtime before its first use.
///
/// Nothing needs to be set: the first coroutine or request starts the runtime with the defaults. A program that has
/// configured `may` itself is left alone; then coroutines of this crate still get the stack given here, at the price
/// of about 15 µs per spawn instead of 1.
#[derive(Clone, Debug)]
#[must_use]
pub struct RuntimeBuilder(Runtime);

impl Runtime {
    /// Defaults: one worker per core, stacks of 256 KiB (1 MiB in debug builds), 1,024 stacks kept.
    ///
    /// ```standalone_crate
    /// use maypole::rt::Runtime;
    /// let runtime = Runtime::builder().workers(2).start()?;
    /// assert_eq!(runtime.workers(), 2);
    /// assert!(Runtime::builder().workers(3).start().is_err(), "it runs already");
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn builder() -> RuntimeBuilder {
        RuntimeBuilder(Runtime { workers: 0, stack_bytes: STACK_BYTES, pool: POOL })
    }

    /// Worker threads that run coroutines.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// Bytes of stack of a coroutine.
    pub fn stack_bytes(&self) -> usize {
        self.stack_bytes
    }
}

impl RuntimeBuilder {
    /// Worker threads; 0, the default, is one per core. One worker was never slower than two on two shared cores.
    pub fn workers(mut self, workers: usize) -> Self {
        self.0.workers = workers;
        self
    }

    /// Bytes of stack of each coroutine that this crate spawns, from 32 KiB to 64 MiB. Default 256 KiB in release and
    /// 1 MiB in debug builds.
    pub fn stack_bytes(mut self, bytes: usize) -> Self {
        self.0.stack_bytes = bytes;
        self
    }

    /// Stacks kept for reuse, each with the 12 to 16 KiB that a request has touched of it. Default 1,024.
    pub fn pool(mut self, stacks: usize) -> Self {
        self.0.pool = stacks;
        self
    }

    /// Starts the runtime.
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`] if it runs already or a number is out of range.
    pub fn start(self) -> Result<Runtime> {
        let wrong = |what: &'static str| Err(Error::new(Kind::InvalidConfig, what));
        if !(32 << 10..=64 << 20).contains(&self.0.stack_bytes) {
            return wrong("stack_bytes must be between 32 KiB and 64 MiB");
        }
        if self.0.workers > 128 {
            return wrong("workers must be at most 128");
        }
        if self.0.pool == 0 {
            return wrong("pool must be at least 1");
        }
        let mut runtime = None;
        START.call_once(|| runtime = Some(start(self.0)));
        match runtime {
            Some(runtime) => Ok(runtime),
            None => wrong("the runtime runs already; start it before the first coroutine or request"),
        }
    }
}

static START: Once = Once::new();

/// Starts the runtime with the defaults unless it runs.
pub(super) fn ensure_started() {
    if !STARTED.load(SeqCst) {
        START.call_once(|| {
            start(Runtime::builder().0);
        });
    }
}

/// The stack for a coroutine of ours, in `may`'s unit.
pub(super) fn stack_words() -> usize {
    STACK.load(SeqCst)
}

fn start(mut runtime: Runtime) -> Runtime {
    // An even number of words: an odd one makes `may` print the stack use of every coroutine.
    let words = runtime.stack_bytes.div_ceil(2 * WORD) * 2;
    let config = may::config();
    let untouched = config.get_stack_size() == MAY_STACK_WORDS && !may::coroutine::is_coroutine();
    STACK.store(words, SeqCst);
    if untouched {
        config.set_worker_pin(false);
        if runtime.workers > 0 {
            config.set_workers(runtime.workers);
        }
        config.set_stack_size(words);
        config.set_pool_capacity(POOL_AT_START.min(runtime.pool));
        if stack_of_new_coroutine().is_some_and(|bytes| bytes < words * WORD / 2) {
            // Somebody started the scheduler before with `may`'s small stacks, and those are what its pool hands out
            // for the default size. Ours are then made one by one with a size of their own.
            config.set_stack_size(MAY_STACK_WORDS);
        }
        config.set_pool_capacity(runtime.pool);
    }
    runtime.workers = config.get_workers();
    STARTED.store(true, SeqCst);
    runtime
}

/// The size of the mapping under a coroutine of the default size; `None` where the system does not tell. It runs while
/// no coroutine of ours exists.
fn stack_of_new_coroutine() -> Option<usize> {
    static FOUND: Mutex<Option<usize>> = Mutex::new(None);
    may::go!(|| {
        let here = 0u8;
        let size = mapping_around(std::ptr::from_ref(&here).addr());
        *FOUND.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = size;
    })
    .join()
    .ok();
    *FOUND.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn mapping_around(address: usize) -> Option<usize> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    maps.lines().find_map(|line| {
        let (start, end) = line.split(' ').next()?.split_once('-')?;
        let (start, end) = (usize::from_str_radix(start, 16).ok()?, usize::from_str_radix(end, 16).ok()?);
        (start..end).contains(&address).then_some(end - start)
    })
}
