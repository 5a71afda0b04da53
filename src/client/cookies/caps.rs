//! How much a jar holds and sends.

use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Caps {
    pub(super) cookie_bytes: usize,
    pub(super) per_site: usize,
    pub(super) total: usize,
    pub(super) per_response: usize,
    pub(super) line_bytes: usize,
    pub(super) sent: usize,
    pub(super) lifetime: Duration,
    pub(super) loopback_is_secure: bool,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            cookie_bytes: 4_096,
            per_site: 180,
            total: 3_000,
            per_response: 50,
            line_bytes: 8_190,
            sent: 150,
            lifetime: 400 * DAY,
            loopback_is_secure: false,
        }
    }
}

impl Caps {
    /// Longer than any line that could set a cookie: each known attribute at its longest, and as much again.
    pub(super) fn line_bound(&self) -> usize {
        self.cookie_bytes.saturating_add(16 << 10)
    }
}
