//! How long connecting may take.

use std::time::Duration;

use crate::deadline::{Timeouts, Until};

/// How long connecting may take, step by step. `None` means that only `total` bounds it.
#[derive(Clone, Copy, Debug)]
pub struct DialTimeouts {
    /// Name lookup.
    pub resolve: Option<Duration>,
    /// Connecting, over all addresses; and once more for each proxy on the way, which connects on our behalf.
    pub connect: Option<Duration>,
    /// Each TLS handshake.
    pub tls: Option<Duration>,
    /// When everything must have ended.
    pub total: Until,
}

impl DialTimeouts {
    /// Those of a request that must have ended at `total`.
    pub fn new(timeouts: &Timeouts, total: Until) -> Self {
        Self { resolve: timeouts.resolve, connect: timeouts.connect, tls: timeouts.tls, total }
    }
}

impl Default for DialTimeouts {
    fn default() -> Self {
        Self::new(&Timeouts::default(), Until::never())
    }
}
