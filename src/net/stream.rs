//! `Stream`: bytes to and from a peer, plain or secured, with waits that end at a deadline.

use std::io::{self, IoSlice};
use std::sync::Arc;
use std::time::Instant;

use super::info::ConnectionInfo;
use super::secure::secured;
use super::tls::TlsConfig;
use super::transport::Transport;
use crate::deadline::Until;
use crate::error::Result;
use crate::rt::{CancelGuard, CancelToken, Interest};

/// A connection, made by [`Network::connect`](super::Network::connect).
///
/// Reads and writes wait until they can go on, until `at` at most: a coroutine without holding its worker, a plain
/// thread by blocking. Dropping it closes the socket and never waits.
///
/// # Errors
/// Those of the system, [`io::ErrorKind::TimedOut`] once `at` has passed, and errors of kinds
/// [`Cancelled`](crate::error::Kind::Cancelled), [`Tls`](crate::error::Kind::Tls) and
/// [`Incomplete`](crate::error::Kind::Incomplete) that [`Error::from_io`](crate::error::Error::from_io) takes out.
#[derive(Debug)]
pub struct Stream {
    transport: Transport,
    // Shared with the responses, which outlive their hold on the connection.
    info: Arc<ConnectionInfo>,
}

impl Stream {
    pub(super) fn new(transport: Transport, info: ConnectionInfo) -> Self {
        Self { transport, info: Arc::new(info) }
    }

    /// For the talk with a proxy, before the connection is anybody's.
    pub(super) fn bare(transport: Transport) -> Self {
        Self::new(transport, ConnectionInfo::default())
    }

    pub(super) fn into_transport(self) -> Transport {
        self.transport
    }

    pub(super) fn into_parts(self) -> (Transport, Arc<ConnectionInfo>) {
        (self.transport, self.info)
    }

    pub(super) fn from_parts(transport: Transport, info: Arc<ConnectionInfo>) -> Self {
        Self { transport, info }
    }

    /// Secures a connection that has been used in the clear so far, with `name` at its other end: what a `STARTTLS` of
    /// SMTP or IMAP was answered with yes to. The name set in the TLS options wins.
    ///
    /// # Errors
    /// [`Tls`](crate::error::Kind::Tls), [`Certificate`](crate::error::Kind::Certificate),
    /// [`PinnedKey`](crate::error::Kind::PinnedKey), [`Timeout`](crate::error::Kind::Timeout) and
    /// [`Cancelled`](crate::error::Kind::Cancelled); [`InvalidRequest`](crate::error::Kind::InvalidRequest) for a name
    /// that no certificate can hold. The connection is then closed.
    pub fn secure(self, config: &TlsConfig, name: &str, until: Until, token: Option<&CancelToken>) -> Result<Self> {
        let start = Instant::now();
        let mut info = Arc::unwrap_or_clone(self.info);
        let name = config.server_name().unwrap_or(name);
        let (transport, tls) = secured(self.transport, config, name, until, token)
            .map_err(|error| error.with_address(info.peer_text()))?;
        info.timings.tls = start.elapsed();
        info.tls = Some(Box::new(tls));
        Ok(Self::new(transport, info))
    }

    /// What is known about the connection.
    pub fn info(&self) -> &Arc<ConnectionInfo> {
        &self.info
    }

    /// Reads some bytes, at least one; `Ok(0)` is the peer's end. With TLS that is its close_notify: an end without one
    /// is [`io::ErrorKind::UnexpectedEof`], because anybody on the way can cut a connection.
    pub fn read(&mut self, buffer: &mut [u8], at: Option<Instant>) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        // A read that finds nothing is a system call for nothing, and after a request it would find nothing.
        if !self.transport.may_have_data() {
            self.wait(Interest::Read, at)?;
        }
        loop {
            match self.transport.try_read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait(Interest::Read, at)?,
                result => {
                    self.transport.take_turns();
                    return result;
                }
            }
        }
    }

    /// Writes some bytes, at least one.
    pub fn write(&mut self, bytes: &[u8], at: Option<Instant>) -> io::Result<usize> {
        loop {
            match self.transport.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait(Interest::Write, at)?,
                Ok(0) if !bytes.is_empty() => return Err(io::ErrorKind::WriteZero.into()),
                result => {
                    self.transport.take_turns();
                    return result;
                }
            }
        }
    }

    /// Writes everything.
    pub fn write_all(&mut self, mut bytes: &[u8], at: Option<Instant>) -> io::Result<()> {
        while !bytes.is_empty() {
            let n = self.write(bytes, at)?;
            bytes = &bytes[n..];
        }
        Ok(())
    }

    /// Reads what is there; [`io::ErrorKind::WouldBlock`] when nothing is. Never waits.
    pub fn try_read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.transport.try_read(buffer)
    }

    /// Writes what fits; [`io::ErrorKind::WouldBlock`] when nothing does, after which the same bytes must come again,
    /// since TLS may have encrypted them already. Never waits.
    pub fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.transport.try_write(bytes)
    }

    /// Writes what fits of several pieces in one call; see [`try_write`](Self::try_write).
    pub fn try_write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.transport.try_write_vectored(pieces)
    }

    /// Whether pieces of `total` bytes should be put together before writing: each write to TLS is a record of its own
    /// and a system call.
    pub fn wants_joined(&self, total: usize) -> bool {
        self.transport.wants_joined(total)
    }

    /// Gives way to the worker's other coroutines once in a while; for callers of the calls that never wait.
    pub fn take_turns(&self) {
        self.transport.take_turns();
    }

    /// Waits, after a call that answered `WouldBlock`, until it may go on. May return early without a reason.
    pub fn wait(&self, what: Interest, at: Option<Instant>) -> io::Result<()> {
        self.transport.wait(what, at).map_err(super::stop::as_io)
    }

    /// Whether a read may find something without a wait.
    pub fn may_have_data(&self) -> bool {
        self.transport.may_have_data()
    }

    /// For a connection that lies idle: whether nothing has come, no byte, no end and no error. The system is asked,
    /// since an answer that nobody asked for must never pass for that of the next request.
    pub fn is_quiet(&mut self) -> bool {
        self.transport.is_quiet()
    }

    /// Makes waits fail as cancelled once `token` is fired, as long as the guard lives.
    pub fn cancel_with(&self, token: &CancelToken) -> CancelGuard {
        self.transport.cancel_with(token)
    }

    /// Ends both directions: whoever waits sees the end.
    pub fn shutdown(&self) {
        self.transport.socket().shutdown();
    }

    /// Closes an idle connection with TLS's close_notify if the socket takes it at once. Never waits.
    pub fn close(mut self) {
        self.transport.goodbye().ok();
    }
}
