//! Giving way to the other coroutines of a worker.

use std::os::fd::OwnedFd;
use std::sync::Mutex;

use may::io::{CoIo, WaitIo};

/// Lets the other coroutines of this worker run and its sockets be looked at; on a plain thread it does nothing.
///
/// Needed in loops that never wait: computing, or reading from a peer that always has more. A worker of `may` looks at
/// its sockets only when no coroutine is ready, so a plain yield in such a loop stops them all; this one goes through
/// the event queue itself (2–4 µs). Streams of this crate do it by themselves every 256 KiB.
#[allow(clippy::disallowed_methods, reason = "without a descriptor for the event there is only the plain yield")]
pub fn yield_io() {
    if !may::coroutine::is_coroutine() {
        return;
    }
    let Some(bell) = rung_bell() else { return may::coroutine::yield_now() };
    // Flags from before may end a wait without any yield.
    while bell.wait_io() & READABLE == 0 {}
    BELLS.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(bell);
}

const READABLE: usize = rustix::event::epoll::EventFlags::IN.bits() as usize;

/// Boxed, and never freed. While a coroutine falls asleep in `wait_io` on one worker, an event can wake it on another:
/// the first one then still looks at the `CoIo` through a reference (`may` 0.3.51, `wait_io.rs`, after `co.store`). On
/// the coroutine's own stack it would have moved by then: a crash in one of 40 runs of the pool's stress test.
#[expect(clippy::vec_box, reason = "they must not move, see above")]
static BELLS: Mutex<Vec<Box<Bell>>> = Mutex::new(Vec::new());

type Bell = CoIo<OwnedFd>;

/// One that has one event on its way. It is never read: the event queue is edge-triggered, where each write is an event of
/// its own, and 2^64 of them do not come.
#[inline(never)]
fn rung_bell() -> Option<Box<Bell>> {
    use rustix::event::{EventfdFlags, eventfd};
    let kept = BELLS.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).pop();
    if let Some(bell) = kept {
        rustix::io::write(bell.inner(), &1u64.to_ne_bytes()).ok()?;
        return Some(bell);
    }
    // A new one enters the event queue readable, which is its event. Written to besides, it might have two, and what is
    // left over would end the next wait at once, whose own event would end the one after it, for ever.
    let flags = EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC;
    Some(Box::new(CoIo::new(eventfd(1, flags).ok()?).ok()?))
}

#[cfg(test)]
mod tests {
    use crate::rt;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

    #[test]
    fn a_loop_that_gives_way_lets_others_run() {
        let stop = Arc::new(AtomicBool::new(false));
        let loops: Vec<_> = (0..8)
            .map(|_| {
                let stop = stop.clone();
                rt::spawn(move || {
                    while !stop.load(SeqCst) {
                        rt::yield_io();
                    }
                })
                .unwrap()
            })
            .collect();
        rt::spawn(move || stop.store(true, SeqCst)).unwrap().join().unwrap();
        loops.into_iter().for_each(|handle| handle.join().unwrap());
    }
}
