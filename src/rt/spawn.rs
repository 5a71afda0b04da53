//! Spawning coroutines with enough stack, and never more than the system can map.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::runtime::{ensure_started, stack_words};
use crate::error::{Error, Kind, Result};

/// What a path through this crate may need on top of what its caller has used already.
const ROOMY_BYTES: usize = 96 << 10;

static LIVE: AtomicUsize = AtomicUsize::new(0);

/// A coroutine that can be waited for.
///
/// Dropping it lets the coroutine go on alone.
#[derive(Debug)]
pub struct JoinHandle<T>(may::coroutine::JoinHandle<T>);

impl<T> JoinHandle<T> {
    /// Waits for the end; `Err` holds the payload of a panic, as with `std::thread`.
    pub fn join(self) -> std::thread::Result<T> {
        self.0.join()
    }

    /// Whether it has ended.
    pub fn is_done(&self) -> bool {
        self.0.is_done()
    }
}

/// Runs `f` on a coroutine of its own.
///
/// Its stack is 256 KiB in release and 1 MiB in debug builds, unless set otherwise with
/// [`Runtime::builder`](super::Runtime::builder); code with deeper recursion or arrays on the stack wants a thread.
///
/// ```
/// let handle = maypole::rt::spawn(|| 2 + 2)?;
/// assert_eq!(handle.join().unwrap(), 4);
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// # Errors
/// [`Kind::Exhausted`] when the system can map no further stack. A coroutine costs two memory maps, so that the
/// kernel's default of `vm.max_map_count` 65,530 allows about 32,000 of them; a [`Group`](super::Group) bounds them.
pub fn spawn<F, T>(f: F) -> Result<JoinHandle<T>>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    ensure_started();
    let counted = Live::claim()?;
    let builder = may::coroutine::Builder::new().stack_size(stack_words());
    // `generator` panics when a stack cannot be mapped, for instance because the program maps much memory itself.
    let spawned = catch_unwind(AssertUnwindSafe(|| {
        may::go!(builder, move || {
            let _counted = counted;
            f()
        })
    }));
    match spawned {
        Ok(Ok(handle)) => Ok(JoinHandle(handle)),
        Ok(Err(error)) => Err(Error::new(Kind::Exhausted, "no coroutine could be started").with_source(error)),
        Err(_) => Err(Error::new(Kind::Exhausted, "no stack could be mapped for a coroutine; raise vm.max_map_count")),
    }
}

/// How many coroutines that this crate has spawned are alive.
pub fn live() -> usize {
    LIVE.load(Relaxed)
}

/// Whether the caller runs on a coroutine, of this crate or not.
pub fn is_coroutine() -> bool {
    may::coroutine::is_coroutine()
}

/// Runs `f` where there is room on the stack: here, if this is a plain thread or a roomy coroutine, else on a coroutine
/// of ours while this one waits.
///
/// A coroutine of `may`'s default size has 32 KiB, without a way to grow. Handshakes, dialing and the set-up of
/// decoders need more than may be left of it.
///
/// # Errors
/// Those of [`spawn`]. A panic of `f` goes on in the caller.
pub fn roomy<F, T>(f: F) -> Result<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    if is_roomy() { Ok(f()) } else { elsewhere(f) }
}

/// Whether [`roomy`] would run its closure here: for work on borrowed data, which would have to be copied to be moved.
pub fn is_roomy() -> bool {
    !is_coroutine() || may::coroutine::current().stack_size() * size_of::<usize>() >= ROOMY_BYTES
}

// Outlined, so that what runs here does without its stack.
#[inline(never)]
fn elsewhere<F, T>(f: F) -> Result<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    spawn(f)?.join().map_or_else(|panic| resume_unwind(panic), Ok)
}

/// Runs `f` on a coroutine of its own while this one waits; on a plain thread, or with many coroutines alive, as
/// [`roomy`] does.
///
/// For what goes deep once before a long wait: pages that a stack has used stay in memory until it ends, and with
/// thousands of requests in flight each would keep those of its TLS handshake. It costs about a microsecond.
///
/// # Errors
/// Those of [`spawn`]. A panic of `f` goes on in the caller.
pub fn aside<F, T>(f: F) -> Result<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    // A second coroutine for each would halve how many there can be.
    if !is_coroutine() || live() > limit() / 2 {
        return roomy(f);
    }
    elsewhere(f)
}

struct Live;

impl Live {
    fn claim() -> Result<Self> {
        let limit = limit();
        if LIVE.fetch_add(1, Relaxed) >= limit {
            drop(Live);
            let what = format!(
                "{limit} coroutines are alive, as many as the system can map stacks for; bound them with a Group or \
                 raise vm.max_map_count"
            );
            return Err(Error::new(Kind::Exhausted, what));
        }
        Ok(Live)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Relaxed);
    }
}

/// Two maps per coroutine (stack and guard page). The rest of a process takes some hundred, and stacks that have just
/// ended are still mapped: 1,500 maps are left for them.
fn limit() -> usize {
    static LIMIT: OnceLock<usize> = OnceLock::new();
    *LIMIT.get_or_init(|| {
        let maps = std::fs::read_to_string("/proc/sys/vm/max_map_count").ok().and_then(|text| text.trim().parse().ok());
        (maps.unwrap_or(65_530_usize).saturating_sub(1_500) / 2).max(100)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_reaches_the_join() {
        let panic = spawn(|| panic!("on purpose")).unwrap().join().unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"on purpose"));
    }

    #[test]
    fn roomy_runs_here_or_on_a_bigger_stack_and_hands_on_panics() {
        let here = std::thread::current().id();
        assert_eq!(roomy(move || std::thread::current().id()).unwrap(), here);
        let small = may::coroutine::Builder::new().stack_size(0x1000);
        let size =
            may::go!(small, || roomy(|| may::coroutine::current().stack_size()).unwrap()).unwrap().join().unwrap();
        assert_eq!(size, stack_words());
        let small = may::coroutine::Builder::new().stack_size(0x1000);
        assert!(may::go!(small, || roomy(|| panic!("on purpose"))).unwrap().join().is_err());
    }
}
