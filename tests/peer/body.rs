//! Where a test body runs, and bounded waits.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Longer than any test may take on a busy machine; a hang becomes a failure after it.
const WATCHDOG: Duration = Duration::from_secs(60);

/// Runs a test body on a plain thread, then in a coroutine.
pub fn on_both(body: impl Fn() + Clone + Send + 'static) {
    on_thread(body.clone());
    on_coroutine(body);
}

/// Runs a test body on a plain thread, under the watchdog.
pub fn on_thread<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, result) = mpsc::channel();
    let name = std::thread::current().name().unwrap_or("test").to_owned();
    let run = move || {
        let _ = done.send(catch_unwind(AssertUnwindSafe(body)));
    };
    std::thread::Builder::new().name(name).spawn(run).unwrap();
    verdict("on a plain thread", &result)
}

/// Runs a test body in a coroutine, under the watchdog.
pub fn on_coroutine<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, result) = mpsc::channel();
    let run = move || {
        let _ = done.send(catch_unwind(AssertUnwindSafe(body)));
    };
    drop(maypole::rt::spawn(run).unwrap());
    verdict("in a coroutine", &result)
}

fn verdict<T>(place: &str, result: &mpsc::Receiver<Result<T, Box<dyn Any + Send>>>) -> T {
    match result.recv_timeout(WATCHDOG) {
        Ok(Ok(value)) => value,
        Ok(Err(panic)) => {
            // A worker's output is not captured: repeat the message where the test runner sees it.
            eprintln!("{place}: {}", message(&*panic));
            resume_unwind(panic)
        }
        Err(_) => panic!("{place}: still not done after {WATCHDOG:?}"),
    }
}

pub(super) fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or(panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("panic without a text")
}

/// Waits at most 20 s for something that another thread does, without blocking a worker.
#[track_caller]
pub fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(20), "waited 20 s for {what}");
        nap();
    }
}

/// A millisecond. A worker that is blocked instead would hold up the other tests' coroutines.
pub(super) fn nap() {
    let time = Duration::from_millis(1);
    if maypole::rt::is_coroutine() { maypole::rt::sleep(time) } else { std::thread::sleep(time) }
}

/// The timer slack of a sleep is 50 µs: short pauses yield instead.
pub(super) fn wait_precisely(time: Duration) {
    if time >= Duration::from_millis(1) {
        return std::thread::sleep(time);
    }
    let start = Instant::now();
    while start.elapsed() < time {
        std::thread::yield_now();
    }
}
