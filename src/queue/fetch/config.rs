//! What a queue was built with.

use std::time::Duration;

use super::profile::Profile;
use crate::queue::engine::Order;

/// The options of a [`FetchQueue`](super::FetchQueue), as they are in force; see
/// [`FetchQueueBuilder`](super::FetchQueueBuilder) for what each one means.
///
/// ```
/// use maypole::queue::FetchQueue;
/// let queue = FetchQueue::builder().concurrency(20).build()?;
/// let config = queue.config();
/// assert_eq!((config.concurrency, config.auto_start, config.timeout.unwrap().as_secs()), (20, false, 5));
/// # Ok::<(), maypole::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FetchConfig {
    /// Most fetches at once.
    pub concurrency: usize,
    /// Most fetches of one host at once.
    pub per_host: Option<usize>,
    /// Most fetches that wait for their turn.
    pub bound: Option<usize>,
    /// Whose turn comes next.
    pub order: Order,
    /// Whether it began without being started.
    pub auto_start: bool,
    /// Default timeouts and compatibility codes.
    pub profile: Profile,
    /// From the sending to the last byte.
    #[doc(alias = "request_timeout_in_seconds")]
    pub timeout: Option<Duration>,
    /// Connecting, over all addresses.
    #[doc(alias = "connect_timeout_in_seconds")]
    pub connect_timeout: Option<Duration>,
    /// Most bytes of a whole answer's body.
    pub max_body: Option<u64>,
    /// Whether connections serve more than one request.
    #[doc(alias = "allow_connection_reuse")]
    pub connection_reuse: bool,
    /// Whether handlers run one at a time.
    pub handlers_serial: bool,
    /// Whether handlers of cached answers run where they are enqueued.
    pub inline_cache_hits: bool,
}
