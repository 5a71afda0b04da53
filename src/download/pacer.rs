//! A limit on bytes per second that connections share.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A limit on bytes per second; clones share it, so that one can hold for several downloads together.
///
/// ```
/// use maypole::download::{Download, RateLimit};
/// let client = maypole::HttpClient::new()?;
/// let limit = RateLimit::new(500_000);
/// let one = Download::new(&client, "http://example.com/a").limit_rate(&limit);
/// let other = Download::new(&client, "http://example.com/b").limit_rate(&limit);
/// # Ok::<(), maypole::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RateLimit(pub(super) Arc<Pacer>);

impl RateLimit {
    /// At most so many bytes per second, over some tenths of a second; 0 counts as 1.
    #[must_use]
    pub fn new(bytes_per_second: u64) -> Self {
        Self(Arc::new(Pacer::new(bytes_per_second)))
    }
}

/// Hands out time: every byte takes its share of it.
#[derive(Debug)]
pub(super) struct Pacer {
    per_second: u64,
    /// Up to when the bytes taken so far last.
    until: Mutex<Option<Instant>>,
}

/// What may be made up after a pause: without it a short stall would lower the rate for good.
const CREDIT: Duration = Duration::from_millis(200);

impl Pacer {
    pub(super) fn new(per_second: u64) -> Self {
        Self { per_second: per_second.max(1), until: Mutex::new(None) }
    }

    /// What to read at once: a tenth of a second's worth, so that the bytes come evenly.
    pub(super) fn piece(&self) -> usize {
        usize::try_from(self.per_second / 10).unwrap_or(usize::MAX).max(1)
    }

    /// Takes `n` bytes at `now`; how long to wait afterwards.
    pub(super) fn take(&self, n: usize, now: Instant) -> Duration {
        let lasts = Duration::from_secs_f64(n as f64 / self.per_second as f64);
        let mut until = self.until.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let earliest = now.checked_sub(CREDIT).unwrap_or(now);
        let end = until.map_or(now, |until| until.max(earliest)) + lasts;
        *until = Some(end);
        end.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_take_their_time_and_a_pause_is_made_up_only_a_little() {
        let pacer = Pacer::new(1_000);
        let start = Instant::now();
        assert_eq!(pacer.take(100, start), Duration::from_millis(100));
        assert_eq!(pacer.take(100, start), Duration::from_millis(200));
        let later = start + Duration::from_secs(60);
        assert_eq!(pacer.take(100, later), Duration::ZERO);
        assert_eq!(pacer.take(200, later), Duration::from_millis(100));
    }
}
