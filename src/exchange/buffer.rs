//! The read buffer of a connection: taken when there is something to read, given back while idle.

use std::sync::{Mutex, MutexGuard};

/// Enough for nearly every head together with a small body, and four loopback segments of a stream.
const SIZE: usize = 16 << 10;
/// What a buffer grows to when reads fill it: fewer system calls for who reads line by line.
const STREAMING: usize = 64 << 10;
/// Buffers kept for the next connection that has something to read.
const KEPT: usize = 64;

/// Bytes that have been read and not been taken yet.
///
/// It owns no memory while empty, so that a connection which waits for its response, or lies idle, costs none: 10,000
/// requests in flight would otherwise hold 160 MB of them.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Buffer {
    pub(super) fn filled(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub(super) fn consume(&mut self, n: usize) {
        self.start = (self.start + n).min(self.end);
    }

    /// Room to read into, at least one byte.
    pub(super) fn room(&mut self) -> &mut [u8] {
        if self.is_empty() {
            (self.start, self.end) = (0, 0);
        }
        if self.bytes.is_empty() {
            self.bytes = take();
        } else if self.end == self.bytes.len() {
            self.make_room();
        }
        &mut self.bytes[self.end..]
    }

    /// Says that `n` bytes have been read into [`room`](Self::room).
    pub(super) fn added(&mut self, n: usize) {
        self.end += n;
        let was_filled = self.end == self.bytes.len() && self.start == 0;
        if was_filled && self.bytes.len() < STREAMING {
            self.resize(STREAMING);
        }
    }

    /// Gives the memory back, if nothing is in it.
    pub(super) fn rest(&mut self) {
        if self.is_empty() {
            give(std::mem::take(&mut self.bytes));
            (self.start, self.end) = (0, 0);
        }
    }

    fn make_room(&mut self) {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        } else {
            // A head or a line longer than the buffer; their caps are checked by who parses them.
            self.resize(self.bytes.len() * 2);
        }
    }

    fn resize(&mut self, size: usize) {
        let mut bytes = std::mem::take(&mut self.bytes).into_vec();
        bytes.resize(size, 0);
        self.bytes = bytes.into_boxed_slice();
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        give(std::mem::take(&mut self.bytes));
    }
}

static FREE: Mutex<Vec<Box<[u8]>>> = Mutex::new(Vec::new());

/// None when another worker has it at this moment: a new buffer costs less than to wait for that.
fn free() -> Option<MutexGuard<'static, Vec<Box<[u8]>>>> {
    FREE.try_lock().ok()
}

fn take() -> Box<[u8]> {
    let kept = free().and_then(|mut free| free.pop());
    kept.unwrap_or_else(|| vec![0; SIZE].into_boxed_slice())
}

fn give(bytes: Box<[u8]>) {
    if bytes.len() == SIZE
        && let Some(mut free) = free()
        && free.len() < KEPT
    {
        free.push(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(buffer: &mut Buffer, bytes: &[u8]) {
        let room = buffer.room();
        let n = room.len().min(bytes.len());
        room[..n].copy_from_slice(&bytes[..n]);
        buffer.added(n);
        if n < bytes.len() {
            add(buffer, &bytes[n..]);
        }
    }

    #[test]
    fn keeps_what_was_not_taken_and_grows_for_one_long_piece() {
        let mut buffer = Buffer::default();
        let text: Vec<u8> = (0..200_000u32).map(|n| n as u8).collect();
        add(&mut buffer, &text[..10]);
        buffer.consume(4);
        assert_eq!(buffer.filled(), &text[4..10]);
        add(&mut buffer, &text[10..]);
        assert_eq!(buffer.filled(), &text[4..]);
        buffer.consume(usize::MAX);
        assert!(buffer.is_empty());
        buffer.rest();
        assert!(buffer.bytes.is_empty());
    }
}
