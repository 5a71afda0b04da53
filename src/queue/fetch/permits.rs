//! A job before the limiters: one permit of each, in their order.

use std::sync::Arc;
use std::time::Instant;

use crate::error::Result;
use crate::message::Url;
use crate::queue::limiter::{Acquire, Limiter, Permit, Seat, Turn};

/// What it got.
pub(in crate::queue) enum Leave {
    /// All permits.
    Go,
    /// Ask again then.
    Until(Instant),
    /// A limiter will say.
    Granted,
}

/// Asks the limiters that have not been asked yet.
pub(in crate::queue) fn ask<S: Seat + 'static>(
    limiters: &[Arc<dyn Limiter>],
    permits: &mut Vec<Permit>,
    url: &Url,
    seat: &Arc<S>,
    priority: i32,
) -> Result<Leave> {
    let turn = Turn::new(seat, priority);
    while let Some(limiter) = limiters.get(permits.len()) {
        match limiter.try_acquire(url, &turn) {
            Acquire::Granted(permit) => permits.push(permit),
            Acquire::Later(at) => return Ok(Leave::Until(at)),
            Acquire::Queued => return Ok(Leave::Granted),
            Acquire::Refused(error) => return Err(error),
        }
    }
    Ok(Leave::Go)
}
