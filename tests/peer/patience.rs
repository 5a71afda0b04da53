//! What a short time shows on most machines, and a longer one on those where anything may be late by a second.

use std::time::Duration;

/// Whether it shows with this time or with a longer one: for limits that are to fire in a later phase than the first,
/// and for orders that a pause makes. Why it does not show yet is for `shows` to print, what is wrong whatever the time may
/// be for it to assert.
pub fn with_some_time(shortest: Duration, shows: impl FnMut(Duration) -> bool) -> bool {
    [1, 8, 64].map(|times| shortest * times).into_iter().any(shows)
}
