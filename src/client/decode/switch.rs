//! Decoded or as it came: what the first read decides for good.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

const UNREAD: u8 = 0;
const DECODED: u8 = 1;
const RAW: u8 = 2;

/// Shared by a response and the layers that decode its body.
#[derive(Clone, Debug, Default)]
pub(in crate::client) struct Switch(Arc<AtomicU8>);

impl Switch {
    /// Asks for the coded bytes; whether it is early enough for that.
    pub(in crate::client) fn turn_off(&self) -> bool {
        self.0.compare_exchange(UNREAD, RAW, Relaxed, Relaxed).is_ok() || self.is_raw()
    }

    /// Whether the bytes go through as they came.
    pub(in crate::client) fn is_raw(&self) -> bool {
        self.0.load(Relaxed) == RAW
    }

    /// The first read; whether it decodes.
    pub(in crate::client) fn begin(&self) -> bool {
        self.0.compare_exchange(UNREAD, DECODED, Relaxed, Relaxed).is_ok() || !self.is_raw()
    }
}
