//! An established session: reads and writes that never wait.

use std::fmt;
use std::io::{self, Read, Write};
use std::time::Instant;

use native_tls::TlsStream;

use super::adapter::Adapter;
use super::reason::reason;
use crate::error::{Error, Kind};
use crate::net::transport::Transport;
use crate::rt::{Interest, Stop};

pub(in crate::net) struct Session {
    stream: TlsStream<Adapter>,
    /// Of a write whose record the socket has not taken to its end.
    unsent: Option<usize>,
    said_goodbye: bool,
}

impl Session {
    pub(super) fn new(stream: TlsStream<Adapter>) -> Self {
        Self { stream, unsent: None, said_goodbye: false }
    }

    /// Reads what is there. `Ok(0)` is the peer's close_notify; a transport that ends without one was cut, perhaps by
    /// an attacker (RFC 8446 §6.1), and is [`io::ErrorKind::UnexpectedEof`].
    pub(in crate::net) fn try_read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        self.stream.get_mut().begin();
        match read(&mut self.stream, buffer) {
            Ok(0) if self.stream.get_ref().has_ended() => Err(truncated(None)),
            Err(error) => Err(self.describe(error)),
            read => read,
        }
    }

    /// Writes what fits. After `WouldBlock` the same bytes must be offered again: they may be encrypted already.
    pub(in crate::net) fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        self.stream.get_mut().begin();
        self.write(bytes).map_err(|error| self.describe(error))
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = match self.unsent {
            Some(n) => n,
            None => {
                self.stream.get_mut().settle()?;
                *self.unsent.insert(write(&mut self.stream, bytes)?)
            }
        };
        let settled = self.stream.get_mut().settle();
        if !settled.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
            self.unsent = None;
        }
        settled.map(|()| n)
    }

    /// Waits after `WouldBlock` for what the library was short of.
    pub(in crate::net) fn wait(&self, at: Option<Instant>) -> Result<(), Stop> {
        self.stream.get_ref().wait(at)
    }

    /// Whether a read may find something without the socket, or has something to send before it waits.
    pub(in crate::net) fn has_buffered(&self) -> bool {
        let adapter = self.stream.get_ref();
        adapter.has_ahead() || adapter.owes() || pending(&self.stream) > 0
    }

    /// What to wait for after `WouldBlock`; nothing if the library was only interrupted.
    pub(in crate::net) fn wants(&self) -> Option<Interest> {
        self.stream.get_ref().wants()
    }

    /// Sends close_notify if the socket takes it at once; to be called again after `WouldBlock`.
    pub(in crate::net) fn goodbye(&mut self) -> io::Result<()> {
        self.stream.get_mut().begin();
        // A second time the library would read.
        if !self.said_goodbye {
            shutdown(&mut self.stream).map_err(|error| self.describe(error))?;
            self.said_goodbye = true;
        }
        self.stream.get_mut().settle()
    }

    pub(in crate::net) fn lower(&self) -> &Transport {
        self.stream.get_ref().lower()
    }

    pub(in crate::net) fn lower_mut(&mut self) -> &mut Transport {
        self.stream.get_mut().lower_mut()
    }

    fn describe(&self, error: io::Error) -> io::Error {
        match error.kind() {
            io::ErrorKind::WouldBlock => io::ErrorKind::WouldBlock.into(),
            _ if self.stream.get_ref().has_ended() => truncated(Some(error)),
            // The socket's own errors have a kind; the library's have only a text.
            io::ErrorKind::Other => {
                Error::new(Kind::Tls, reason(&error.to_string()).to_owned()).with_source(error).into()
            }
            _ => error,
        }
    }
}

fn truncated(cause: Option<io::Error>) -> io::Error {
    let error = Error::new(Kind::Incomplete, "TLS connection closed without close_notify");
    match cause {
        Some(cause) => error.with_source(cause).into(),
        None => error.into(),
    }
}

#[inline(never)]
fn read(stream: &mut TlsStream<Adapter>, buffer: &mut [u8]) -> io::Result<usize> {
    stream.read(buffer)
}

#[inline(never)]
fn write(stream: &mut TlsStream<Adapter>, bytes: &[u8]) -> io::Result<usize> {
    stream.write(bytes)
}

#[inline(never)]
fn pending(stream: &TlsStream<Adapter>) -> usize {
    stream.buffered_read_size().unwrap_or(0)
}

#[inline(never)]
fn shutdown(stream: &mut TlsStream<Adapter>) -> io::Result<()> {
    stream.shutdown()
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Session").field(self.stream.get_ref()).finish()
    }
}
