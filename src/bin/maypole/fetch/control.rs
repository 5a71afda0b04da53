//! Ending early: by Ctrl-C, a bound, or what cannot be written.

use std::sync::mpsc::Sender;
use std::sync::{Mutex, OnceLock, PoisonError};

use maypole::queue::frontier::Report;
use maypole::queue::{Frontier, Stop};

use super::room::Room;

/// What the main thread is told.
pub(super) enum News {
    /// The frontier has come to an end.
    Ended(maypole::Result<Report>),
    /// Nothing can be written any more, and so nothing can be done any more.
    NotWritten(String),
    /// The input could not be read on, with the exit code; what was read is fetched.
    NotRead(u8, String),
}

pub(super) struct Control {
    pub(super) room: Room,
    pub(super) news: Sender<News>,
    frontier: OnceLock<Frontier>,
    why: Mutex<Option<Why>>,
}

/// Why a run ends early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    Interrupted,
    /// The flag that said so.
    Bound(String),
    /// What is told anyway.
    Trouble,
}

impl Control {
    pub(super) fn new(room: Room, news: Sender<News>) -> Self {
        Self { room, news, frontier: OnceLock::new(), why: Mutex::new(None) }
    }

    pub(super) fn watch(&self, frontier: Frontier) {
        self.frontier.set(frontier).ok();
        // Ctrl-C may have come first.
        if self.why().is_some() {
            self.end();
        }
    }

    /// What is running finishes, and nothing more begins. The first reason counts.
    pub(super) fn stop(&self, why: Why) {
        self.why.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
        self.end();
    }

    fn end(&self) {
        self.room.close();
        if let Some(frontier) = self.frontier.get() {
            frontier.stop(Stop::CancelQueued);
        }
    }

    pub(super) fn why(&self) -> Option<Why> {
        self.why.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn tell(&self, news: News) {
        // Nobody listens after the end.
        self.news.send(news).ok();
    }
}
