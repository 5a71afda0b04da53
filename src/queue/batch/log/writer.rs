//! A thread that writes lines, and the bounded buffer before it.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::SystemTime;

use crate::error::defuse;
use crate::rt::{Stop, Waiter, scope};

/// Bytes that wait to be written. Some ten thousand lines: a terminal that scrolls for a second stops nobody.
const BUFFERED: usize = 1 << 20;

/// Where lines end up. Called on a thread of its own, which may block.
pub(super) trait Sink: Send + 'static {
    /// Writes a line, without its line end, that was logged at that time.
    fn write(&mut self, line: &str, at: SystemTime) -> io::Result<()>;
    fn flush(&mut self) -> io::Result<()>;
}

/// Hands lines to a thread. The thread ends when this is dropped and everything is written; nobody waits for that, since
/// destructors never wait: [`flush`](Self::flush) does.
pub(super) struct Writer {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    more: Condvar,
}

struct State {
    lines: VecDeque<(String, SystemTime)>,
    bytes: usize,
    /// Not yet on the thread.
    sink: Option<Box<dyn Sink>>,
    /// Lines that came, and lines that are written.
    taken: u64,
    written: u64,
    lost: u64,
    closed: bool,
    for_room: VecDeque<Waiter>,
    for_flush: Vec<(u64, Waiter)>,
}

impl Writer {
    /// The thread starts with the first line.
    pub(super) fn new(sink: impl Sink) -> Self {
        let state = State {
            lines: VecDeque::new(),
            bytes: 0,
            sink: Some(Box::new(sink)),
            taken: 0,
            written: 0,
            lost: 0,
            closed: false,
            for_room: VecDeque::new(),
            for_flush: Vec::new(),
        };
        Self { shared: Arc::new(Shared { state: Mutex::new(state), more: Condvar::new() }) }
    }

    /// Waits while the buffer is full; a surrounding scope that ends the wait costs the line.
    pub(super) fn push(&self, line: String, at: SystemTime) {
        let mut waiting = None;
        loop {
            let mut state = self.shared.lock();
            if state.bytes < BUFFERED {
                state.bytes += line.len();
                state.taken += 1;
                state.lines.push_back((line, at));
                let sink = state.sink.take();
                drop(state);
                return match sink {
                    Some(sink) => self.start(sink),
                    None => self.shared.more.notify_one(),
                };
            }
            // Whoever unwinds must not wait.
            if std::thread::panicking() {
                state.lost += 1;
                return;
            }
            let waiter: &Waiter = waiting.get_or_insert_with(Waiter::current);
            state.for_room.push_back(waiter.clone());
            drop(state);
            if wait(waiter).is_err() {
                let mut state = self.shared.lock();
                state.lost += 1;
                state.for_room.retain(|other| !other.is(waiter));
                return;
            }
        }
    }

    /// Waits until everything that was pushed before is written, or the surrounding scope ends the wait. Where no thread can
    /// be started there is nothing to wait for: the lines stay.
    pub(super) fn flush(&self) {
        let waiter = Waiter::current();
        loop {
            let mut state = self.shared.lock();
            let taken = state.taken;
            if state.written >= taken {
                return;
            }
            if let Some(sink) = state.sink.take() {
                drop(state);
                self.start(sink);
                state = self.shared.lock();
                if state.sink.is_some() {
                    return;
                }
            }
            state.for_flush.push((taken, waiter.clone()));
            drop(state);
            if wait(&waiter).is_err() {
                self.shared.lock().for_flush.retain(|(_, other)| !other.is(&waiter));
                return;
            }
            if self.shared.lock().written >= taken {
                return;
            }
        }
    }

    /// Lines that could not be written.
    pub(super) fn lost(&self) -> u64 {
        self.shared.lock().lost
    }

    fn start(&self, sink: Box<dyn Sink>) {
        let shared = self.shared.clone();
        let kept = Arc::new(Mutex::new(Some(sink)));
        let theirs = kept.clone();
        let run = move || {
            let sink = theirs.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
            if let Some(sink) = sink {
                shared.run(sink);
            }
        };
        if std::thread::Builder::new().name("maypole-log".into()).spawn(run).is_err() {
            // The next line tries again.
            self.shared.lock().sink = kept.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        }
    }
}

fn wait(waiter: &Waiter) -> Result<(), Stop> {
    let scope = scope::current();
    let _guard = scope.token().map(|token| waiter.cancel_with(token));
    waiter.wait(scope.until().at())
}

/// A writer of the caller's that panics must not take along the thread: whoever flushes would wait for ever.
fn is_done(run: impl FnOnce() -> io::Result<()>) -> bool {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => result.is_ok(),
        Err(panic) => {
            defuse(panic);
            false
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.more.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn run(&self, mut sink: Box<dyn Sink>) {
        let mut state = self.lock();
        loop {
            let lines = std::mem::take(&mut state.lines);
            if lines.is_empty() {
                if state.closed {
                    return;
                }
                state = self.more.wait(state).unwrap_or_else(|poisoned| poisoned.into_inner());
                continue;
            }
            state.bytes = 0;
            let for_room = std::mem::take(&mut state.for_room);
            drop(state);
            for_room.into_iter().for_each(|waiter| waiter.wake());
            let failed = lines.iter().filter(|(line, at)| !is_done(|| sink.write(line, *at))).count();
            let flushed = is_done(|| sink.flush());
            state = self.lock();
            state.written += lines.len() as u64;
            state.lost += if flushed { failed as u64 } else { lines.len() as u64 };
            let written = state.written;
            state.for_flush.retain(|(until, waiter)| {
                let open = *until > written;
                if !open {
                    waiter.wake();
                }
                open
            });
        }
    }
}
