//! What a short time shows on most machines, and a longer one on those where anything may be late by a second.

use std::time::Duration;

/// Whether it shows with this time or with a longer one: for limits that are to fire in a later phase than the first,
/// and for orders that a pause makes.
pub fn with_some_time(shortest: Duration, shows: impl FnMut(Duration) -> bool) -> bool {
    [1, 8, 64].map(|times| shortest * times).into_iter().any(shows)
}

/// Tries it with ever longer limits, from so many milliseconds on, until it shows what it is to show: on a busy machine a
/// short one may be over before the step has begun that it is meant for. What is wrong whatever the limit may be is for
/// `shows` to assert.
#[track_caller]
pub fn with_limits(first: u64, mut shows: impl FnMut(Duration) -> Result<(), String>) {
    let mut why = String::new();
    for longer in [1, 8, 64] {
        match shows(Duration::from_millis(first * longer)) {
            Ok(()) => return,
            Err(not_yet) => why = not_yet,
        }
    }
    panic!("with no limit: {why}");
}
