//! The bytes of a response, as layers that stand on one another.
//!
//! ```text
//!   Response ─▶ decoded ─▶ bounded ─▶ copied into the cache ─▶ Incoming   a connection
//!                                                           └▶ Fed        a stored or made-up answer
//!   Response ─▶ Whole       all of that, read ahead
//! ```

mod ahead;
mod body;
mod fed;
mod whole;

pub(crate) use ahead::Ahead;
pub(crate) use body::BodyFlow;
pub(crate) use fed::Fed;
pub(crate) use whole::Whole;

use std::time::Instant;

use crate::error::Result;
use crate::exchange::{Incoming, Upgraded};
use crate::message::Headers;

/// Bytes of a response as they come.
pub(crate) trait Flow: Send {
    /// The flow that this one stands on: what a layer does not say of itself, that one says. None at the bottom, where all
    /// of it is said, and for what has been given up.
    fn below(&self) -> Option<&dyn Flow> {
        None
    }

    /// Waits until something is there; empty is the end. An error stays: every later call returns it again.
    fn fill_buf(&mut self) -> Result<&[u8]>;

    /// Takes `n` of the bytes that `fill_buf` has shown.
    fn consume(&mut self, n: usize);

    /// Reads what is there, waiting for one byte at least; 0 is the end.
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let there = self.fill_buf()?;
        let n = there.len().min(out.len());
        out[..n].copy_from_slice(&there[..n]);
        self.consume(n);
        Ok(n)
    }

    /// Whether `fill_buf` would not wait.
    fn is_ready(&mut self) -> Result<bool>;

    /// Whether all of it has been taken.
    fn is_end(&self) -> bool {
        self.below().is_some_and(Flow::is_end)
    }

    /// Bytes taken so far.
    fn received(&self) -> u64 {
        self.below().map_or(0, Flow::received)
    }

    /// When the last byte was taken.
    fn ended_at(&self) -> Option<Instant> {
        self.below()?.ended_at()
    }

    /// The trailer section; empty before the end.
    fn trailers(&self) -> &Headers {
        static NONE: Headers = Headers::new();
        self.below().map_or(&NONE, Flow::trailers)
    }

    /// Itself, where all of it is in memory.
    fn whole(&self) -> Option<&Whole> {
        None
    }

    /// The connection, where no body but another protocol follows.
    fn into_upgraded(self: Box<Self>) -> Option<Upgraded> {
        None
    }
}

impl Flow for Incoming {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        self.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.consume(n);
    }

    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        self.read(out)
    }

    fn is_ready(&mut self) -> Result<bool> {
        self.is_ready()
    }

    fn is_end(&self) -> bool {
        self.is_end()
    }

    fn received(&self) -> u64 {
        self.received()
    }

    fn ended_at(&self) -> Option<Instant> {
        self.ended_at()
    }

    fn trailers(&self) -> &Headers {
        self.trailers()
    }

    fn into_upgraded(self: Box<Self>) -> Option<Upgraded> {
        (*self).into_upgraded()
    }
}
