//! A response whose bytes come from this side: out of a cache, or made up by a transport.

use std::time::Instant;

use super::Flow;
use crate::error::{Error, Result};
use crate::message::Body;

/// Reads a [`Body`] as if it came from a connection.
pub(crate) struct Fed {
    body: Body,
    piece: Vec<u8>,
    taken: usize,
    received: u64,
    failed: Option<Error>,
    ended_at: Option<Instant>,
}

impl Fed {
    pub(crate) fn new(body: Body) -> Self {
        Self { body, piece: Vec::new(), taken: 0, received: 0, failed: None, ended_at: None }
    }

    /// Whether there is something that needs no waiting: bytes, or the end.
    pub(crate) fn has_some(&self) -> bool {
        self.taken < self.piece.len() || self.ended_at.is_some()
    }

    fn refill(&mut self) -> Result<()> {
        if self.has_some() {
            return Ok(());
        }
        self.taken = 0;
        self.piece.clear();
        match self.body.next_piece()? {
            Some(piece) => self.piece.extend_from_slice(piece),
            None => self.ended_at = Some(Instant::now()),
        }
        Ok(())
    }
}

impl Flow for Fed {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        if let Some(error) = &self.failed {
            return Err(error.again());
        }
        if let Err(error) = self.refill() {
            self.failed = Some(error.again());
            return Err(error);
        }
        Ok(&self.piece[self.taken..])
    }

    fn consume(&mut self, n: usize) {
        self.taken += n;
        self.received += n as u64;
    }

    fn is_ready(&mut self) -> Result<bool> {
        Ok(true)
    }

    fn is_end(&self) -> bool {
        self.ended_at.is_some()
    }

    fn received(&self) -> u64 {
        self.received
    }

    fn ended_at(&self) -> Option<Instant> {
        self.ended_at
    }
}
