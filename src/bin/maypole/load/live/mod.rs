//! What a person sees while it runs, all of it on standard error.
//!
//! ```text
//!   watch ─ Snapshot ─▶ View ─┬─▶ Plain: a line every tenth of the run
//!                             └─▶ thread "view": State ─▶ draw ─▶ screen, four times a second
//!            keys ── q, p ────────────▶ ┘
//! ```

mod about;
mod bars;
mod draw;
mod history;
mod keys;
mod panel;
mod plain;
mod screen;
mod state;
#[cfg(test)]
mod tests;

use std::io::{self, IsTerminal};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use maypole::load::Snapshot;
use maypole::rt::CancelToken;

pub(super) use about::About;
use keys::Keys;
use plain::Plain;
use screen::Screen;
pub(crate) use screen::restore;
use state::State;

/// Often enough to look alive, seldom enough to cost nothing.
pub(super) const EVERY: Duration = Duration::from_millis(250);

/// How a run is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    Off,
    Plain,
    Live,
}

/// What the drawing thread is told.
enum Event {
    Look(Box<Snapshot>),
    /// Draws no more until it is pressed again.
    Pause,
    /// The process goes on after it was stopped.
    Continued,
}

impl View {
    /// To be called before any other thread is started, as signals are blocked here.
    pub(super) fn choose(is_off: bool) -> io::Result<Self> {
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let view = match io::stderr().is_terminal() {
            _ if is_off => Self::Off,
            true if !is_dumb && screen::is_in_foreground() && screen::has_room() => Self::Live,
            _ => Self::Plain,
        };
        if view == Self::Live {
            screen::block_stop()?;
        }
        Ok(view)
    }

    /// Shows the run from now on, until the returned is dropped; `q` fires `end`.
    pub(super) fn open(self, about: About, end: &CancelToken) -> io::Result<Opened> {
        Ok(match self {
            Self::Off => Opened::Off,
            Self::Plain => Opened::Plain(Plain::new(about)),
            Self::Live => Opened::Live(Live::open(about, end)?),
        })
    }
}

/// A view that is shown.
pub(super) enum Opened {
    Off,
    Plain(Plain),
    Live(Live),
}

impl Opened {
    pub(super) fn look(&mut self, now: Snapshot) {
        match self {
            Self::Off => {}
            Self::Plain(plain) => plain.look(&now),
            Self::Live(live) => live.look(now),
        }
    }
}

/// The threads that draw and listen, which end when this is dropped.
pub(super) struct Live {
    events: Option<Sender<Event>>,
    keys: Option<Keys>,
    thread: Option<JoinHandle<()>>,
}

impl Live {
    fn open(about: About, end: &CancelToken) -> io::Result<Self> {
        let (events, told) = mpsc::channel();
        let screen = Screen::open()?;
        // From here on the drop of `live` takes the screen away, whatever fails.
        let mut live = Self { events: Some(events.clone()), keys: None, thread: None };
        screen::on_continue({
            let events = events.clone();
            move || events.send(Event::Continued).is_ok()
        })?;
        let show = move || show(screen, State::new(about), &told);
        live.thread = Some(thread::Builder::new().name("view".into()).spawn(show)?);
        let end = end.clone();
        live.keys = Keys::listen(move |key| match key {
            b'q' | b'Q' | 3 => end.cancel(),
            b'p' | b'P' | b' ' => drop(events.send(Event::Pause)),
            _ => {}
        })?;
        Ok(live)
    }

    fn look(&self, now: Snapshot) {
        if let Some(events) = &self.events {
            // The drawing thread has given up, as the terminal is gone: the run goes on.
            events.send(Event::Look(Box::new(now))).ok();
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        screen::forget();
        drop(self.keys.take());
        drop(self.events.take());
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
        restore();
    }
}

fn show(mut screen: Screen, mut state: State, told: &Receiver<Event>) {
    let mut is_open = screen.draw(&state).is_ok();
    while let Ok(event) = told.recv() {
        let is_shown = match event {
            Event::Look(now) => {
                state.look(*now);
                !state.is_paused
            }
            Event::Pause => {
                state.is_paused = !state.is_paused;
                true
            }
            Event::Continued => screen.again().is_ok(),
        };
        is_open = is_open && (!is_shown || screen.draw(&state).is_ok());
    }
}
