//! Bytes of a response as they come.

use std::time::Instant;

use crate::error::Result;
use crate::exchange::Upgraded;
use crate::message::Headers;

/// Bytes of a response as they come: layers (framing, decoding, limits, cache) stand on one another.
#[allow(dead_code)]
pub(crate) trait Flow: Send {
    /// Waits until something is there; empty is the end. An error is sticky.
    fn fill_buf(&mut self) -> Result<&[u8]>;
    fn consume(&mut self, n: usize);
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let there = self.fill_buf()?;
        let n = there.len().min(out.len());
        out[..n].copy_from_slice(&there[..n]);
        self.consume(n);
        Ok(n)
    }
    /// Whether fill_buf would not wait now.
    fn is_ready(&mut self) -> Result<bool>;
    fn is_end(&self) -> bool;
    fn trailers(&self) -> &Headers;
    /// Bytes handed out by this layer.
    fn received(&self) -> u64;
    fn ended_at(&self) -> Option<Instant>;
    fn into_upgraded(self: Box<Self>) -> Option<Upgraded> {
        None
    }
}
