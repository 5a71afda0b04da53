//! Ctrl-C and `kill` end a run early, with its report. Twice ends it at once.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal};

/// `timeout` and the like send a signal to the process and then to its group: what comes so soon is the same one.
const ECHO: Duration = Duration::from_millis(200);

/// Calls `first` on the first SIGINT or SIGTERM. To be called before any other thread is started: the signals are
/// blocked in this thread and in all that it starts, and taken by one that waits for them.
///
/// A child process inherits that. It is meant to: Ctrl-C on a terminal goes to the whole group, and an embedded server
/// that ended first would turn the requests in flight into errors.
pub(crate) fn on_interrupt(first: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGINT);
    signals.add(Signal::SIGTERM);
    signals.thread_block()?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        if signals.wait().is_ok() {
            first();
        }
        let heard = Instant::now();
        while let Ok(signal) = signals.wait() {
            if heard.elapsed() > ECHO {
                crate::load::restore_terminal();
                std::process::exit(128 + signal as i32);
            }
        }
    })?;
    Ok(())
}
