//! When a run stops by itself.

use std::time::{Duration, Instant};

use super::report::Ended;

/// Limits of one run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bounds {
    pub(super) items: Option<u64>,
    pub(super) time: Option<Duration>,
    pub(super) errors: Option<u64>,
    pub(super) errors_in_a_row: Option<u64>,
    /// A share, and after how many items it counts.
    pub(super) error_share: Option<(f64, u64)>,
    pub(super) bytes: Option<u64>,
}

/// What a run has counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) done: u64,
    pub(super) failed: u64,
    pub(super) in_a_row: u64,
    pub(super) retried: u64,
    pub(super) panicked: u64,
    pub(super) duplicates: u64,
    pub(super) too_deep: u64,
    pub(super) invalid: u64,
    pub(super) bytes: u64,
}

impl Tally {
    pub(super) fn ended(&mut self, is_failed: bool) {
        self.done += 1;
        self.failed += u64::from(is_failed);
        self.in_a_row = if is_failed { self.in_a_row + 1 } else { 0 };
    }
}

impl Bounds {
    /// What has been reached. The number of items is kept by not beginning more, so that it is exact.
    pub(super) fn reached(&self, tally: &Tally) -> Option<Ended> {
        let over = |bound: Option<u64>, value: u64| bound.is_some_and(|bound| value >= bound);
        let share = |(share, after): (f64, u64)| tally.done >= after && tally.failed as f64 > share * tally.done as f64;
        if over(self.errors, tally.failed) {
            Some(Ended::Errors)
        } else if over(self.errors_in_a_row, tally.in_a_row) {
            Some(Ended::ErrorsInARow)
        } else if self.error_share.is_some_and(share) {
            Some(Ended::ErrorShare)
        } else if over(self.bytes, tally.bytes) {
            Some(Ended::Bytes)
        } else {
            None
        }
    }

    /// How many more items may begin.
    pub(super) fn room(&self, begun: u64) -> u64 {
        self.items.map_or(u64::MAX, |items| items.saturating_sub(begun))
    }

    pub(super) fn until(&self, start: Instant) -> Option<Instant> {
        self.time.and_then(|time| start.checked_add(time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q323_each_bound_is_reached_by_its_own_count() {
        let mut tally = Tally { bytes: 99, ..Tally::default() };
        for is_failed in [true, true, false, true] {
            tally.ended(is_failed);
        }
        assert_eq!((tally.done, tally.failed, tally.in_a_row), (4, 3, 1));
        let none = Bounds::default();
        let table = [
            (none, None),
            (Bounds { errors: Some(4), ..none }, None),
            (Bounds { errors: Some(3), ..none }, Some(Ended::Errors)),
            (Bounds { errors_in_a_row: Some(2), ..none }, None),
            (Bounds { errors_in_a_row: Some(1), ..none }, Some(Ended::ErrorsInARow)),
            (Bounds { error_share: Some((0.5, 5)), ..none }, None),
            (Bounds { error_share: Some((0.5, 4)), ..none }, Some(Ended::ErrorShare)),
            (Bounds { error_share: Some((0.75, 4)), ..none }, None),
            (Bounds { bytes: Some(100), ..none }, None),
            (Bounds { bytes: Some(99), ..none }, Some(Ended::Bytes)),
        ];
        for (bounds, expected) in table {
            assert_eq!(bounds.reached(&tally), expected, "{bounds:?}");
        }
        assert_eq!((none.room(9), Bounds { items: Some(10), ..none }.room(9)), (u64::MAX, 1));
        assert_eq!(Bounds { items: Some(10), ..none }.room(11), 0);
    }
}
