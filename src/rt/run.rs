//! One closure onto a coroutine, while its caller waits.

use std::panic::resume_unwind;

use super::runtime::ensure_started;
use super::scoped::scoped;
use super::spawn::{is_coroutine, is_default_roomy, is_roomy};
use crate::error::Result;

/// Runs `f` on a coroutine and waits for it: the way from a plain thread to where waiting holds no thread. `f` may borrow
/// from its caller.
///
/// ```
/// let words = vec!["a", "b", "c"];
/// let joined = maypole::run(|| {
///     assert!(maypole::rt::is_coroutine());
///     words.join("-")
/// })?;
/// assert_eq!((joined.as_str(), words.len()), ("a-b-c", 3));
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// For `main` and for threads of other runtimes that hand over a piece of work. Nothing of this crate needs it, all of it
/// works from plain threads as well; several closures at once are what [`scoped`](super::scoped()) is for, and
/// [`offload`](super::offload()) is the way back, from a coroutine to a thread.
///
/// | called from | `f` runs |
/// |---|---|
/// | a plain thread | on a coroutine of its own; the thread blocks. The way there and back takes 10 to 50 µs |
/// | a coroutine with 96 KiB of stack or more, such as those of [`spawn`](super::spawn()) | right there |
/// | a coroutine with less | on one of its own, while this one parks |
/// | a thread of an `async` executor | as from a plain thread, and the executor's other tasks wait: await a [`spawn`](super::spawn()) instead |
///
/// The stack is the one that this crate gives to coroutines (256 KiB, 1 MiB in debug builds) unless the program has set
/// `may`'s own or started `may` before. If that is below 96 KiB, `f` runs on the plain thread itself. Deadline and token
/// of the surrounding [`scope`](super::scope) hold for `f`; a panic of `f` goes on in the caller. What a `may` cancel of a
/// waiting coroutine means is said at [`scoped`](super::scoped()).
///
/// # Errors
/// Those of [`Scoped::spawn`](super::Scoped::spawn); `f` has not run then.
pub fn run<F, T>(f: F) -> Result<T>
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    ensure_started();
    // A coroutine moves for more stack, a thread to be a coroutine: there is no point in one with less.
    let stays = if is_coroutine() { is_roomy() } else { !is_default_roomy() };
    if stays {
        return Ok(f());
    }
    let ended = scoped(1, |one| Ok::<_, crate::error::Error>(one.spawn(f)?.join()))?;
    Ok(ended.unwrap_or_else(|panic| resume_unwind(panic)))
}
