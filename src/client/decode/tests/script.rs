//! A flow over bytes in memory that come in pieces.

use std::time::Instant;

use crate::client::flow::Flow;
use crate::error::Result;
use crate::message::Headers;

/// Pieces that come one by one. Those from `arrived` on have not come yet: who waits for them fails the test.
pub(super) struct Script {
    pieces: Vec<Vec<u8>>,
    arrived: usize,
    index: usize,
    at: usize,
    taken: u64,
    /// Whether the end is known with the last byte, as with a length, or only after one more look.
    end_known: bool,
    none: Headers,
}

impl Script {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self::in_pieces(bytes, bytes.len().max(1))
    }

    pub(super) fn in_pieces(bytes: &[u8], size: usize) -> Self {
        Self::pieces(bytes.chunks(size).map(<[u8]>::to_vec).collect())
    }

    pub(super) fn pieces(pieces: Vec<Vec<u8>>) -> Self {
        let arrived = pieces.len() + 1;
        Self { pieces, arrived, index: 0, at: 0, taken: 0, end_known: true, none: Headers::new() }
    }

    pub(super) fn arrived(self, pieces: usize) -> Self {
        Self { arrived: pieces, ..self }
    }

    pub(super) fn until_close(self) -> Self {
        Self { end_known: false, ..self }
    }
}

impl Flow for Script {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        assert!(self.index < self.arrived, "waits for piece {}", self.index);
        Ok(self.pieces.get(self.index).map_or(&[], |piece| &piece[self.at..]))
    }

    fn consume(&mut self, n: usize) {
        self.taken += n as u64;
        self.at += n;
        if self.pieces.get(self.index).is_some_and(|piece| piece.len() == self.at) {
            (self.index, self.at) = (self.index + 1, 0);
        }
    }

    fn is_ready(&mut self) -> Result<bool> {
        Ok(self.index < self.arrived)
    }

    fn is_end(&self) -> bool {
        self.end_known && self.index == self.pieces.len()
    }

    fn trailers(&self) -> &Headers {
        &self.none
    }

    fn received(&self) -> u64 {
        self.taken
    }

    fn ended_at(&self) -> Option<Instant> {
        None
    }
}
