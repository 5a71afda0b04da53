//! Spawning coroutines with enough stack, and never more than the system can map.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use super::runtime::{ensure_started, stack_words};
use super::ticket::Ticket;
use crate::error::{Error, Kind, Result};

/// What a path through this crate may need on top of what its caller has used already.
const ROOMY_BYTES: usize = 96 << 10;

static LIVE: AtomicUsize = AtomicUsize::new(0);

/// A coroutine that can be waited for: [`join`](Self::join) blocks the coroutine or thread that calls it, `.await` gives way
/// to the other tasks of an executor.
///
/// It is a [`Future`] that any executor can poll, without a runtime of its own: the coroutine wakes the task when it ends.
/// So code of an `async` program that has to wait as blocking code does goes onto a coroutine, and the executor's threads
/// stay free; called there directly, it would stop every task of its thread.
///
/// ```
/// # use maypole::client::{Inbound, Outbound, Transport};
/// # struct Site;
/// # impl Transport for Site {
/// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
/// #         Inbound::new(200, [], "hello")
/// #     }
/// # }
/// # let client = maypole::HttpClient::builder().transport(Site).build()?;
/// let task = async move {
///     let fetch = maypole::rt::spawn(move || client.get("http://127.0.0.1:8080/").send()?.text())?;
///     fetch.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
/// };
/// assert_eq!(maypole::rt::block_on(task)?, "hello"); // or tokio's, smol's, any
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// Dropping it, awaited or not, lets the coroutine go on alone, as a dropped `std::thread::JoinHandle` does. To end what a
/// dropped future had started, keep a [`CancelToken::drop_guard`](super::CancelToken::drop_guard) beside it.
pub struct JoinHandle<T> {
    // What `may` knows of the end, that of a stack that has overflowed included.
    may: may::coroutine::JoinHandle<()>,
    ticket: Arc<Ticket<T>>,
}

impl<T> JoinHandle<T> {
    /// Waits for the end; `Err` holds the payload of a panic, as with `std::thread`.
    pub fn join(self) -> std::thread::Result<T> {
        let ended = self.may.join();
        self.ticket
            .take()
            .unwrap_or_else(|| Err(ended.err().unwrap_or_else(|| Box::new("its result was taken before"))))
    }

    /// Whether it has ended.
    pub fn is_done(&self) -> bool {
        self.ticket.is_ended() || self.may.is_done()
    }
}

/// As [`JoinHandle::join`], for tasks. A task that polls again after the result was ready panics.
impl<T> Future for JoinHandle<T> {
    type Output = std::thread::Result<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.ticket.poll(context)
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("done", &self.is_done()).finish()
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
    let ticket = Arc::new(Ticket::default());
    let theirs = ticket.clone();
    let may = start(|counted| {
        let builder = may::coroutine::Builder::new().stack_size(stack_words());
        may::go!(builder, move || {
            let result = catch_unwind(AssertUnwindSafe(f));
            // Who is told of the end finds it counted.
            drop(counted);
            theirs.end(result);
        })
    })?;
    let may = may.map_err(|error| Error::new(Kind::Exhausted, "no coroutine could be started").with_source(error))?;
    Ok(JoinHandle { may, ticket })
}

/// Starts a coroutine by `go`, if there is room for one more.
pub(super) fn start<H>(go: impl FnOnce(Live) -> H) -> Result<H> {
    let counted = Live::claim()?;
    // `generator` panics when a stack cannot be mapped, for instance because the program maps much memory itself.
    catch_unwind(AssertUnwindSafe(|| go(counted)))
        .map_err(|_| Error::new(Kind::Exhausted, "no stack could be mapped for a coroutine; raise vm.max_map_count"))
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
    !is_coroutine() || is_enough(may::coroutine::current().stack_size())
}

/// Whether a coroutine has that much room whose stack is `may`'s default: ours, unless the program has set another.
pub(super) fn is_default_roomy() -> bool {
    is_enough(may::config().get_stack_size())
}

fn is_enough(words: usize) -> bool {
    words * size_of::<usize>() >= ROOMY_BYTES
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

/// One coroutine of those that [`live`] counts.
pub(super) struct Live;

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
