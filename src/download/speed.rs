//! How fast a connection is.

use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(2);

/// Bytes of the last two to four seconds of work. A connection that falls silent is at 0 after four; one that rests, since
/// there is nothing for it to do, stays as fast as it was.
#[derive(Clone, Debug, Default)]
pub(super) struct Speed {
    first: Option<Instant>,
    since: Option<Instant>,
    rests: Option<Instant>,
    bytes: u64,
    before: (u64, Duration),
}

impl Speed {
    /// A new piece: what the one before has shown goes on to count.
    pub(super) fn start(&mut self, now: Instant) {
        if let Some(since) = self.since {
            self.before = (self.bytes, self.rests.unwrap_or(now).saturating_duration_since(since).min(WINDOW));
        }
        (self.first, self.since, self.rests, self.bytes) = (Some(now), Some(now), None, 0);
    }

    /// The piece is done: from here on time does not count.
    pub(super) fn rest(&mut self, now: Instant) {
        self.rests.get_or_insert(now);
    }

    pub(super) fn add(&mut self, n: u64, now: Instant) {
        let since = *self.since.get_or_insert(now);
        self.first.get_or_insert(now);
        let elapsed = now.saturating_duration_since(since);
        if elapsed >= WINDOW {
            // What came has all come in the first of these windows.
            self.before = if elapsed >= 2 * WINDOW { (0, WINDOW) } else { (self.bytes, elapsed) };
            (self.since, self.bytes) = (Some(now), 0);
        }
        self.bytes += n;
    }

    /// How long it has been at its piece.
    pub(super) fn age(&self, now: Instant) -> Duration {
        self.first.map_or(Duration::ZERO, |first| now.saturating_duration_since(first))
    }

    /// Bytes a second; 0 if nothing is known, or nothing comes.
    pub(super) fn per_second(&self, now: Instant) -> f64 {
        let now = self.rests.unwrap_or(now);
        let elapsed = self.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let (bytes, time) = if elapsed >= 2 * WINDOW {
            (0, elapsed)
        } else if elapsed >= WINDOW {
            (self.bytes, elapsed)
        } else {
            (self.bytes + self.before.0, elapsed + self.before.1)
        };
        if time.is_zero() { 0.0 } else { bytes as f64 / time.as_secs_f64() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_rests_is_as_fast_as_it_was() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut speed = Speed::default();
        speed.start(start);
        speed.add(1_000, at(1));
        speed.rest(at(1));
        assert_eq!(speed.per_second(at(100)), 1_000.0);
        speed.start(at(100));
        assert_eq!(speed.per_second(at(101)), 500.0);
    }

    #[test]
    fn a_silent_connection_gets_slower_by_the_second() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut speed = Speed::default();
        speed.start(start);
        assert_eq!(speed.per_second(start), 0.0);
        speed.add(1_000, at(1));
        assert_eq!(speed.per_second(at(1)), 1_000.0);
        speed.add(3_000, at(2));
        assert_eq!(speed.per_second(at(2)), 2_000.0);
        assert_eq!(speed.per_second(at(5)), 1_000.0);
        assert_eq!(speed.per_second(at(6)), 0.0);
        speed.add(10, at(7));
        assert_eq!(speed.per_second(at(8)), 10.0 / 3.0);
    }
}
