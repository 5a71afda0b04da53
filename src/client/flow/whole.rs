//! A body that has been read to its end before its reader asks for it.

use std::time::Instant;

use bytes::Bytes;

use super::Flow;
use crate::error::Result;
use crate::message::Headers;

/// All of what was left of a body, in memory, to be read once more.
#[derive(Clone)]
pub(crate) struct Whole {
    bytes: Bytes,
    at: usize,
    /// What had been taken before.
    before: u64,
    ended_at: Option<Instant>,
    trailers: Headers,
}

impl Whole {
    /// What `bytes` were read of, from where its reader had left it: `before` are those that he had taken.
    pub(crate) fn new(bytes: Bytes, before: u64, flow: &dyn Flow) -> Self {
        let trailers = flow.trailers().clone();
        Self { bytes, at: 0, before, ended_at: flow.ended_at().or_else(|| Some(Instant::now())), trailers }
    }
}

impl Flow for Whole {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        Ok(&self.bytes[self.at..])
    }

    fn consume(&mut self, n: usize) {
        self.at = (self.at + n).min(self.bytes.len());
    }

    fn is_ready(&mut self) -> Result<bool> {
        Ok(true)
    }

    fn is_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    fn received(&self) -> u64 {
        self.before + self.at as u64
    }

    fn ended_at(&self) -> Option<Instant> {
        self.ended_at
    }

    fn trailers(&self) -> &Headers {
        &self.trailers
    }

    fn whole(&self) -> Option<&Whole> {
        Some(self)
    }
}

impl Whole {
    /// What has not been taken yet.
    pub(crate) fn left(&self) -> &[u8] {
        &self.bytes[self.at..]
    }
}
