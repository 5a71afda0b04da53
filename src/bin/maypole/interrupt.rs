//! Ctrl-C and `kill` end a run early, with its report. Twice ends it at once.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

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
    let taken = taken(&signals)?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        if signals.wait().is_ok() {
            first();
        }
        take_echoes(&taken, ECHO).ok();
        if let Ok(signal) = signals.wait() {
            crate::load::restore_terminal();
            std::process::exit(128 + signal as i32);
        }
    })?;
    Ok(())
}

/// Where signals that are blocked can be taken without waiting for them.
fn taken(signals: &SigSet) -> nix::Result<SignalFd> {
    SignalFd::with_flags(signals, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)
}

/// Takes what comes within this time; and what is there after it, which came while this thread was late.
fn take_echoes(taken: &SignalFd, time: Duration) -> io::Result<()> {
    let until = Instant::now() + time;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let left = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
        match poll(&mut [PollFd::new(taken, PollFlags::IN)], Some(&left)) {
            Ok(0) => return Ok(()),
            Ok(_) => drop(taken.read_signal()?),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_while_nobody_looked_is_an_echo_however_late_it_is_found() {
        let signals = SigSet::from(Signal::SIGUSR1);
        signals.thread_block().unwrap();
        let taken = taken(&signals).unwrap();
        nix::sys::signal::raise(Signal::SIGUSR1).unwrap();
        take_echoes(&taken, Duration::ZERO).unwrap();
        assert!(taken.read_signal().unwrap().is_none());
    }
}
