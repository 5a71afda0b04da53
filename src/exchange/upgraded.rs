//! A connection that has left HTTP: after `101 Switching Protocols`, or through a tunnel.

use std::io::{self, Read, Write};
use std::time::Instant;

use super::hold::{Hold, Leased};
use super::pace::{Pace, failed};
use crate::error::Phase;
use crate::net::Stream;
use crate::rt::CancelGuard;

/// Bytes both ways, starting with those that came behind the response head.
///
/// Reads end by the request's `idle` and `total` timeouts, writes by `send` and `total`. Dropping it closes the
/// connection; it never goes back into the pool, but it keeps its place there until then.
#[derive(Debug)]
pub struct Upgraded<H: Hold = Leased> {
    lease: H,
    pace: Pace,
    _guard: Option<CancelGuard>,
}

impl<H: Hold> Upgraded<H> {
    pub(super) fn new(lease: H, pace: Pace, guard: Option<CancelGuard>) -> Self {
        Self { lease, pace, _guard: guard }
    }

    /// The connection itself, the bytes that came behind the response head, and the limits of the request that it was
    /// made for. It leaves the pool, which may open another one in its place.
    pub fn into_parts(self) -> (Stream, Vec<u8>, Pace) {
        let (stream, ahead) = self.lease.take().into_parts();
        (stream, ahead, self.pace)
    }

    /// The other end, as text.
    pub fn peer(&self) -> String {
        self.lease.info().peer_text()
    }
}

impl<H: Hold> Read for Upgraded<H> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let buffered = self.lease.buffer.filled();
        if buffered.is_empty() {
            return Ok(self.lease.read_into(out, &self.pace)?);
        }
        let n = buffered.len().min(out.len());
        out[..n].copy_from_slice(&buffered[..n]);
        self.lease.buffer.consume(n);
        Ok(n)
    }
}

impl<H: Hold> Write for Upgraded<H> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let until = self.pace.until(Phase::Send, Instant::now());
        let written = self.lease.stream.write(bytes, until.at());
        Ok(written.map_err(|error| failed(error, Phase::Send, until.limit()))?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
