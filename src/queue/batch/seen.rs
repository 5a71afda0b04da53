//! What the events of a request tell about it.

use std::sync::{Arc, Mutex, MutexGuard};

use super::tally::Tally;
use crate::client::{Event, What};
use crate::message::Headers;

/// Listens to one request.
pub(super) struct Seen {
    tally: Arc<Tally>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    headers: Headers,
    received: u64,
    connected: bool,
}

impl Seen {
    pub(super) fn new(tally: &Arc<Tally>) -> Arc<Self> {
        Arc::new(Self { tally: tally.clone(), state: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(super) fn note(&self, event: &Event<'_>) {
        match event.what {
            What::Sending { headers } => self.lock().headers = headers.clone(),
            What::Connected { reused, .. } => {
                let is_first = !std::mem::replace(&mut self.lock().connected, true);
                self.tally.connected(!reused, is_first);
            }
            What::Ended { received, .. } => self.lock().received = received,
            _ => {}
        }
    }

    /// The `Accept` line that was sent last.
    pub(super) fn accept(&self) -> Option<String> {
        self.lock().headers.get("Accept").map(str::to_owned)
    }

    /// The lines that were sent last, and the bytes of the answer's body as they came.
    pub(super) fn end(&self) -> (Headers, u64) {
        let mut state = self.lock();
        if std::mem::take(&mut state.connected) {
            self.tally.disconnected();
        }
        (std::mem::take(&mut state.headers), state.received)
    }
}
