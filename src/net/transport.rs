//! What a stream stands on: a socket, or TLS over another transport.

use std::io::{self, IoSlice};
use std::sync::Arc;
use std::time::Instant;

use super::tls::Session;
use crate::rt::{CancelGuard, CancelToken, Interest, Socket, Stop};

/// Boxed sessions nest: TLS to a proxy may carry TLS to the origin.
#[derive(Debug)]
pub(in crate::net) enum Transport {
    // Shared with who waits for it while another one is inside the session above it.
    Socket(Arc<Socket>),
    Tls(Box<Session>),
}

/// One TLS record's worth: pieces that fit into it leave together.
const RECORD: usize = 16 << 10;

impl Transport {
    pub(in crate::net) fn try_read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Transport::Socket(socket) => socket.try_read(buffer),
            Transport::Tls(session) => session.try_read(buffer),
        }
    }

    pub(in crate::net) fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Transport::Socket(socket) => socket.try_write(bytes),
            Transport::Tls(session) => session.try_write(bytes),
        }
    }

    /// Writes a part of the pieces; a socket takes them in one call, TLS one after the other.
    pub(in crate::net) fn try_write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Transport::Socket(socket) => socket.try_write_vectored(pieces),
            Transport::Tls(session) => session.try_write(pieces.iter().find(|p| !p.is_empty()).map_or(&[], |p| p)),
        }
    }

    /// Whether pieces of `total` bytes should be put together before writing: each write to TLS is a record of its own
    /// and a system call.
    pub(in crate::net) fn wants_joined(&self, total: usize) -> bool {
        matches!(self, Transport::Tls(_)) && total <= RECORD
    }

    /// Waits after `WouldBlock`. What TLS is short of the session knows better than the caller.
    pub(in crate::net) fn wait(&self, what: Interest, at: Option<Instant>) -> Result<(), Stop> {
        match self {
            Transport::Socket(socket) => socket.wait(what, at),
            Transport::Tls(session) => session.wait(at),
        }
    }

    /// What to wait for after `WouldBlock`; nothing if the library was only interrupted.
    pub(in crate::net) fn wants(&self, what: Interest) -> Option<Interest> {
        match self {
            Transport::Socket(_) => Some(what),
            Transport::Tls(session) => session.wants(),
        }
    }

    /// Whether a read may find something without a wait.
    pub(in crate::net) fn may_have_data(&self) -> bool {
        match self {
            Transport::Socket(socket) => socket.may_have_data(),
            Transport::Tls(session) => session.has_buffered() || session.lower().may_have_data(),
        }
    }

    /// Whether an idle connection can be used again: no end, no error, no byte that nobody asked for.
    pub(in crate::net) fn is_quiet(&mut self) -> bool {
        match self {
            Transport::Socket(socket) => socket.is_quiet(),
            // Session tickets come after the handshake and are for the library alone: only it can tell them from data.
            Transport::Tls(session) => {
                (!session.has_buffered() && session.lower_mut().is_quiet())
                    || session.try_read(&mut [0]).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
            }
        }
    }

    /// Says goodbye where the protocol has a word for it and the socket takes it at once.
    pub(in crate::net) fn goodbye(&mut self) -> io::Result<()> {
        match self {
            Transport::Socket(_) => Ok(()),
            Transport::Tls(session) => session.goodbye(),
        }
    }

    pub(in crate::net) fn take_turns(&self) {
        self.socket().take_turns();
    }

    pub(in crate::net) fn cancel_with(&self, token: &CancelToken) -> CancelGuard {
        self.socket().cancel_with(token)
    }

    pub(in crate::net) fn socket(&self) -> &Arc<Socket> {
        match self {
            Transport::Socket(socket) => socket,
            Transport::Tls(session) => session.lower().socket(),
        }
    }
}
