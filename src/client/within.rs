//! A program's own code within the bounds of the request that calls it.

use std::time::Instant;

use crate::deadline::Until;
use crate::rt::{CancelToken, scope};

/// Runs `f`: what it starts and waits for ends with `until` and with the token.
pub(super) fn within<T>(until: Until, token: Option<&CancelToken>, f: impl FnOnce() -> T) -> T {
    let bounded = || match until.at() {
        Some(at) => scope::with_deadline(at.saturating_duration_since(Instant::now()), f),
        None => f(),
    };
    match token {
        Some(token) => scope::with_cancel(token, bounded),
        None => bounded(),
    }
}
