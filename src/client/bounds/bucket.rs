//! Rates: who wants to move bytes reserves the next moments of a line, and waits for them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::deadline::Until;
use crate::error::{Error, Phase, Result};
use crate::rt::{CancelToken, Stop, Waiter};

/// Time that lies unused may be made up for, so much of it: who comes late to a read loses no bytes of its rate.
const BURST: Duration = Duration::from_millis(50);
/// What is let through at once: 20 ms of the rate, so that a stream is smooth and many of them take turns.
const TURNS_PER_SECOND: u64 = 50;
/// Beyond it a turn gains nothing: a wait costs some 20 µs, 64 KiB at 1 GB/s take 65.
const LARGEST_TURN: u64 = 64 << 10;

/// Bytes per second, shared by whoever has it, first come, first served.
#[derive(Debug)]
pub(super) struct Bucket {
    rate: u64,
    /// Up to when all time is given away.
    taken: Mutex<Instant>,
}

impl Bucket {
    pub(super) fn new(rate: u64) -> Self {
        Self { rate: rate.max(1), taken: Mutex::new(Instant::now()) }
    }

    fn turn(&self) -> usize {
        (self.rate / TURNS_PER_SECOND).clamp(1, LARGEST_TURN) as usize
    }

    fn time_of(&self, bytes: usize) -> Duration {
        Duration::from_secs_f64(bytes as f64 / self.rate as f64)
    }

    /// When these bytes may go.
    fn reserve(&self, bytes: usize, now: Instant) -> Instant {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let from = now.checked_sub(BURST).map_or(*taken, |burst| burst.max(*taken));
        *taken = from + self.time_of(bytes);
        *taken
    }

    /// Gives time back that will not be used.
    fn refund(&self, bytes: usize) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        *taken = taken.checked_sub(self.time_of(bytes)).unwrap_or(*taken);
    }
}

/// So many bytes may go from then on.
#[derive(Clone, Copy)]
pub(super) struct Turn {
    at: Instant,
    bytes: usize,
}

impl Turn {
    pub(super) fn has_come(&self) -> bool {
        self.at <= Instant::now()
    }
}

/// What one body has to pay at: its own rate, the client's, or both.
pub(super) struct Toll {
    buckets: Vec<Arc<Bucket>>,
    until: Until,
    token: Option<CancelToken>,
}

impl Toll {
    /// None when there is no rate.
    pub(super) fn new(
        own: Option<u64>,
        shared: Option<&Arc<Bucket>>,
        until: Until,
        token: Option<&CancelToken>,
    ) -> Option<Self> {
        let own = own.map(|rate| Arc::new(Bucket::new(rate)));
        let buckets: Vec<_> = own.into_iter().chain(shared.cloned()).collect();
        (!buckets.is_empty()).then(|| Self { buckets, until, token: token.cloned() })
    }

    /// Takes a turn for some of the `there` bytes.
    pub(super) fn reserve(&self, there: usize) -> Turn {
        let now = Instant::now();
        let bytes = self.buckets.iter().fold(there, |bytes, bucket| bytes.min(bucket.turn())).max(1);
        let at = self.buckets.iter().map(|bucket| bucket.reserve(bytes, now)).max().unwrap_or(now);
        Turn { at, bytes }
    }

    /// Waits until some of the `there` bytes may go, and says how many.
    pub(super) fn pay(&self, there: usize, phase: Phase) -> Result<usize> {
        self.wait_for(self.reserve(there), phase)
    }

    /// Waits for a turn, and says how many bytes it is.
    pub(super) fn wait_for(&self, turn: Turn, phase: Phase) -> Result<usize> {
        match self.wait(turn.at, phase) {
            Ok(()) => Ok(turn.bytes),
            Err(error) => {
                self.buckets.iter().for_each(|bucket| bucket.refund(turn.bytes));
                Err(error)
            }
        }
    }

    fn wait(&self, at: Instant, phase: Phase) -> Result<()> {
        if at <= Instant::now() {
            return Ok(());
        }
        let waiter = Waiter::current();
        let _guard = self.token.as_ref().map(|token| waiter.cancel_with(token));
        let end = self.until.at().map_or(at, |end| end.min(at));
        loop {
            match waiter.wait(Some(end)) {
                Ok(()) => {}
                Err(Stop::Cancelled) => return Err(Error::cancelled(phase)),
                Err(_) if end < at => return Err(Error::timeout(phase, self.until.limit())),
                Err(_) => return Ok(()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn c368_bytes_go_at_the_rate_and_unused_time_is_made_up_for_only_a_little() {
        let bucket = Bucket::new(1_000_000);
        let start = Instant::now();
        *bucket.taken.lock().unwrap() = start;
        for n in 1..=200_u32 {
            assert_eq!(bucket.reserve(20_000, start), start + 20 * MS * n);
        }
        // All is taken up to 4 s; who comes 10 s later finds 50 ms saved up.
        let later = start + Duration::from_secs(10);
        assert_eq!(bucket.reserve(20_000, later), later - BURST + 20 * MS);
        bucket.refund(20_000);
        assert_eq!(bucket.reserve(20_000, later), later - BURST + 20 * MS);
    }

    #[test]
    fn turns_are_short_and_never_empty() {
        for (rate, turn) in [(1, 1), (49, 1), (100, 2), (1_000_000, 20_000), (1 << 40, 64 << 10), (u64::MAX, 64 << 10)]
        {
            assert_eq!(Bucket::new(rate).turn(), turn, "{rate}");
            assert!(Bucket::new(rate).time_of(turn) <= Duration::from_secs(1));
        }
    }

    #[test]
    fn a_wait_ends_with_the_deadline_or_the_token_and_gives_its_time_back() {
        let shared = Arc::new(Bucket::new(1));
        let until = Until::after(Instant::now(), Some(10 * MS));
        let token = CancelToken::new();
        let toll = Toll::new(None, Some(&shared), until, Some(&token)).unwrap();
        let error = toll.pay(1, Phase::Body).unwrap_err();
        assert!(error.is_timeout() && error.limit() == Some(10 * MS), "{error}");
        token.cancel();
        assert_eq!(toll.pay(1, Phase::Send).unwrap_err().kind(), crate::error::Kind::Cancelled);
        assert!(*shared.taken.lock().unwrap() <= Instant::now());
    }
}
