//! The time between two requests that a site asks for.

use std::time::{Duration, Instant};

use crate::queue::limiter::desk::{Held, Rule, When};

#[derive(Clone, Debug)]
pub(super) struct Gap {
    pub(super) delay: Duration,
    last: Option<Instant>,
}

impl Gap {
    pub(super) fn new(delay: Duration) -> Self {
        Self { delay, last: None }
    }
}

impl Rule for Gap {
    type Note = ();

    fn next(&self, held: Held, now: Instant) -> When {
        if held.granted > 0 && !self.delay.is_zero() {
            return When::Changed;
        }
        match self.last.and_then(|last| last.checked_add(self.delay)) {
            Some(at) if at > now => When::At(at),
            _ => When::Now,
        }
    }

    fn begun(&mut self, now: Instant) {
        self.last = Some(now);
    }

    fn is_fresh(&self, now: Instant) -> bool {
        self.last.is_none_or(|last| now.saturating_duration_since(last) >= self.delay)
    }
}
