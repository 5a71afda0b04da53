//! What `fill_buf` has read.

use crate::net::Room;

/// Enough for lines and small messages; whoever reads much reads past it.
const SIZE: usize = 8 << 10;

/// Bytes that have been read and not been taken yet. Without memory until the first are.
#[derive(Default)]
pub(super) struct Buffer {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Buffer {
    pub(super) fn filled(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    pub(super) fn consume(&mut self, n: usize) {
        self.start = (self.start + n).min(self.end);
    }

    /// Moves bytes out, none if there are none.
    pub(super) fn take(&mut self, out: &mut [u8]) -> usize {
        let n = self.filled().len().min(out.len());
        out[..n].copy_from_slice(&self.filled()[..n]);
        self.consume(n);
        n
    }

    /// Begins with these bytes.
    pub(super) fn preload(&mut self, bytes: Vec<u8>) {
        *self = Self { start: 0, end: bytes.len(), bytes: bytes.into_boxed_slice() };
    }

    /// Gives the memory back: thousands that wait for their next line would hold 8 KiB each.
    pub(super) fn rest(&mut self) {
        *self = Self::default();
    }

    /// Says how many bytes have been read into [`room`](Room::room).
    pub(super) fn set_filled(&mut self, n: usize) {
        (self.start, self.end) = (0, n);
    }
}

impl Room for Buffer {
    fn room(&mut self) -> &mut [u8] {
        if self.bytes.is_empty() {
            self.bytes = vec![0; SIZE].into_boxed_slice();
        }
        &mut self.bytes
    }
}
