//! How long things hold.

use std::time::Duration;

#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    pub(super) timeout: Duration,
    pub(super) cache_for: Duration,
    pub(super) unreachable_for: Duration,
    pub(super) crawl_delay: bool,
    pub(super) max_crawl_delay: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            cache_for: Duration::from_secs(24 * 3600),
            unreachable_for: Duration::from_secs(600),
            crawl_delay: true,
            max_crawl_delay: Duration::from_secs(60),
        }
    }
}
