//! What happens to fetches, told to whoever listens.

use std::time::Duration;

use crate::error::Error;

/// Something that happened to a fetch: octopus's log messages, as values.
///
/// ```text
///   Queued ─┬─▶ CacheHit ────────────────────────────────────────────┐
///           └─▶ LimiterMiss ─▶ Fetching ─┬─▶ Answered ─┬─────────────┼─▶ handler ─▶ HandlerPanicked
///                    ▲                   └─▶ Failed ───┤             │
///                    └──────────────────── Retrying ◀──┘  Cancelled ─┘
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum FetchEvent<'a> {
    /// It is being put in line.
    Queued,
    /// Its answer is there already, in the cache or by an equal fetch.
    CacheHit,
    /// A limiter did not let it pass at once. Told once for each try of a fetch.
    LimiterMiss,
    /// It is about to go out.
    Fetching,
    /// An answer has come, its body included unless that is streamed.
    Answered {
        /// Its status.
        status: u16,
    },
    /// No answer came.
    Failed {
        /// Why.
        error: &'a Error,
    },
    /// It goes back in line for another try.
    Retrying {
        /// After so long.
        after: Duration,
    },
    /// It will not be fetched.
    Cancelled,
    /// Its handler panicked.
    HandlerPanicked {
        /// What the panic said.
        panic: &'a str,
    },
}
