//! How many, and for how long.

use std::time::{Duration, Instant};

/// Which of several idle connections serves next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdleOrder {
    /// The one that was returned last: the others grow old and are closed, and as few stay open as the load needs. The
    /// default.
    #[default]
    Lifo,
    /// The one that is idle the longest: all are kept in use, and spread evenly over what stands behind a balancer.
    Fifo,
}

/// How many connections a pool holds and how long it keeps them.
///
/// ```
/// use maypole::pool::Config;
/// let config = Config { max_per_key: 100, ..Config::default() };
/// assert_eq!(config.idle_timeout.as_secs(), 90);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Connections of one key, idle, lent out and being opened together; 0 counts as 1. Default 10, geventhttpclient's:
    /// what one client may well ask of one server.
    pub max_per_key: usize,
    /// Idle connections of all keys together; above it the one that is idle the longest is closed. 0 keeps none.
    /// Default 1,000: with a crawl of many hosts this is the number of descriptors that do nothing.
    pub max_idle_total: usize,
    /// Which of several idle connections serves next. Default the one that was returned last.
    pub idle_order: IdleOrder,
    /// How long an idle connection is kept. Default 90 s, Go's: most servers close after 60 to 120 s.
    pub idle_timeout: Duration,
    /// How old a connection may become, for servers behind a name that moves. It ends between uses, never in one.
    /// Default none.
    pub max_lifetime: Option<Duration>,
    /// How many times a connection is lent out. Default none.
    pub max_uses: Option<u64>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_per_key: 10,
            max_idle_total: 1000,
            idle_order: IdleOrder::Lifo,
            idle_timeout: Duration::from_secs(90),
            max_lifetime: None,
            max_uses: None,
        }
    }
}

impl Config {
    pub(super) fn limit(&self) -> usize {
        self.max_per_key.max(1)
    }

    /// When a connection opened at `born` has to go. A lifetime beyond the clock's range is none.
    pub(super) fn end_of_life(&self, born: Instant) -> Option<Instant> {
        self.max_lifetime.and_then(|lifetime| born.checked_add(lifetime))
    }

    pub(super) fn is_worn_out(&self, uses: u64) -> bool {
        self.max_uses.is_some_and(|max| uses >= max)
    }
}
