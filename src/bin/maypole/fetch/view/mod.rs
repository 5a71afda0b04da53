//! What a person sees while it runs, all of it on standard error.
//!
//! ```text
//!   writer, gauge ─▶ board: counts, and those of each host ─▶ live: lines on a terminal · plain: a line now and then
//!                                                           └▶ summary, at the end
//! ```

mod board;
mod gauge;
mod hosts;
mod live;
mod plain;
mod rate;
mod summary;

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub(super) use board::{Board, Brought, Waiting};
pub(super) use gauge::Gauge;
pub(super) use summary::Summary;

use crate::say;
use live::Live;
use plain::Plain;

/// Often enough to look alive, seldom enough to cost nothing.
const TICK: Duration = Duration::from_millis(250);

/// How much is to be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loudness {
    /// Errors.
    Quiet,
    /// And the summary.
    NoProgress,
    Full,
}

/// The view while it is open; clones speak above it.
#[derive(Clone)]
pub(super) struct View {
    loudness: Loudness,
    live: Option<Live>,
}

impl View {
    pub(super) fn new(loudness: Loudness) -> Self {
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let is_live = loudness == Loudness::Full && io::stderr().is_terminal() && !is_dumb;
        Self { loudness, live: is_live.then(Live::new) }
    }

    /// Whether hosts are shown, whose fetches in flight somebody has to count.
    pub(super) fn has_hosts(&self) -> bool {
        self.live.is_some()
    }

    /// An error, above the view.
    pub(super) fn error(&self, text: fmt::Arguments<'_>) {
        self.above(|| say::error(text));
    }

    /// Anything else that is worth a line, unless it is to be quiet.
    pub(super) fn note(&self, text: fmt::Arguments<'_>) {
        if self.loudness != Loudness::Quiet {
            // Standard error is gone: nobody is left to be told.
            self.above(|| drop(writeln!(io::stderr().lock(), "{text}")));
        }
    }

    /// Writes what may go to the same terminal.
    pub(super) fn above(&self, write: impl FnOnce()) {
        match &self.live {
            Some(live) => live.above(write),
            None => write(),
        }
    }

    /// Ctrl-C was typed: the terminal has written `^C` where the cursor was.
    pub(super) fn interrupted(&self) {
        if let Some(live) = &self.live {
            live.interrupted();
        }
    }

    /// Shows the board from now on, until the returned is closed.
    pub(super) fn open(&self, board: Arc<Board>, waiting: impl Fn() -> Waiting + Send + 'static) -> io::Result<Opened> {
        let (close, is_closed) = mpsc::channel();
        let (live, loudness) = (self.live.clone(), self.loudness);
        let show = move || {
            let mut plain = Plain::new();
            let mut last = Instant::now();
            while is_closed.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                let now = Instant::now();
                let snapshot = board.snapshot(waiting(), now - last, live.is_some());
                last = now;
                match &live {
                    Some(live) => live.show(&snapshot),
                    None => plain.show(&snapshot, now),
                }
            }
            live.iter().for_each(Live::close);
        };
        let thread = match loudness {
            Loudness::Full => Some(thread::Builder::new().name("view".into()).spawn(show)?),
            _ => None,
        };
        Ok(Opened { close, thread })
    }
}

/// The thread that draws.
pub(super) struct Opened {
    close: Sender<()>,
    thread: Option<JoinHandle<()>>,
}

impl Opened {
    /// Takes the view away.
    pub(super) fn close(self) {
        drop(self.close);
        if let Some(thread) = self.thread {
            thread.join().ok();
        }
    }
}
