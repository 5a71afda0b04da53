//! The stream that the library sees: it never waits, and remembers what to wait for.

use std::io::{self, IoSliceMut, Read, Write};
use std::time::Instant;

use crate::net::transport::Transport;
use crate::rt::{Interest, Stop};

/// The library reads a record's head of 5 bytes and then its body. Reading ahead makes one system call of the two, and
/// a short read tells that the socket is drained. Not more than this, since every byte of it is copied twice.
const AHEAD: usize = 4 << 10;

/// A record's head. The body of a large record is read together with the head of the next one: a download is one system
/// call for each 16 KiB instead of two, and nothing else is copied twice.
const HEAD: usize = 5;

/// How much one call of the library may read. It goes on by itself through messages that carry no data, for ever if a
/// peer floods it with tickets or key updates; a record of data has 16 KiB, so that no honest call comes near.
const TURN: usize = 64 << 10;

/// How much waits for the socket at most, besides a record that came last: answers to a flood of key updates by a peer
/// that reads none of them.
const BEHIND: usize = 32 << 10;

#[derive(Debug)]
pub(super) struct Adapter {
    lower: Transport,
    // Empty, without memory, unless something was read that the library has not taken yet.
    ahead: Vec<u8>,
    taken: usize,
    // What the library has written and the socket has not taken. The library must not hold such a rest itself: when it
    // reads a key update then, it cannot answer and fails the read ("bad length", seen with OpenSSL 3.0).
    behind: Vec<u8>,
    // A writer waits until all of it is gone, and sends it.
    held: bool,
    wants: Interest,
    ended: bool,
    turn: usize,
}

impl Adapter {
    pub(super) fn new(lower: Transport) -> Self {
        let (ahead, behind) = (Vec::new(), Vec::new());
        Self { lower, ahead, taken: 0, behind, held: false, wants: Interest::Read, ended: false, turn: TURN }
    }

    pub(super) fn lower(&self) -> &Transport {
        &self.lower
    }

    pub(super) fn lower_mut(&mut self) -> &mut Transport {
        &mut self.lower
    }

    /// Waits after `WouldBlock` for what the library was short of: it may have to write before it can read.
    pub(super) fn wait(&self, at: Option<Instant>) -> Result<(), Stop> {
        if !self.is_interrupted() {
            return self.lower.wait(self.wants, at);
        }
        self.lower.take_turns();
        if at.is_some_and(|at| at <= Instant::now()) { Err(Stop::TimedOut) } else { Ok(()) }
    }

    /// What to wait for after `WouldBlock`; nothing if the library was only interrupted.
    pub(super) fn wants(&self) -> Option<Interest> {
        if self.is_interrupted() { None } else { self.lower.wants(self.wants) }
    }

    /// Begins a call of the library.
    pub(super) fn begin(&mut self) {
        self.turn = TURN;
    }

    /// Whether `WouldBlock` only interrupted the library: there is nothing to wait for.
    fn is_interrupted(&self) -> bool {
        self.turn == 0
    }

    /// Whether the peer has closed the transport. Before its close_notify that is a truncation.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    pub(super) fn has_ahead(&self) -> bool {
        !self.ahead.is_empty()
    }

    /// Whether something waits for the socket that no writer sends.
    pub(super) fn owes(&self) -> bool {
        !self.held && !self.behind.is_empty()
    }

    /// Sends what the socket has not taken, for a writer that waits until it is gone.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        let result = self.send_behind();
        self.held = result.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        result
    }

    fn send_behind(&mut self) -> io::Result<()> {
        while !self.behind.is_empty() {
            match self.lower.try_write(&self.behind) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) if n == self.behind.len() => self.behind = Vec::new(),
                Ok(n) => drop(self.behind.drain(..n)),
                Err(error) => {
                    self.wants = Interest::Write;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, buffer: &mut [u8]) -> usize {
        let n = buffer.len().min(self.ahead.len() - self.taken);
        buffer[..n].copy_from_slice(&self.ahead[self.taken..self.taken + n]);
        self.taken += n;
        if self.taken == self.ahead.len() {
            (self.ahead, self.taken) = (Vec::new(), 0);
        }
        n
    }

    fn read_lower(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.len() >= AHEAD {
            let (room, mut head) = (buffer.len(), [0; HEAD]);
            let n = match &mut self.lower {
                Transport::Socket(socket) => {
                    socket.try_read_vectored(&mut [IoSliceMut::new(buffer), IoSliceMut::new(&mut head)])?
                }
                Transport::Tls(session) => session.try_read(buffer)?,
            };
            self.ahead.extend_from_slice(&head[..n.saturating_sub(room)]);
            return Ok(n.min(room));
        }
        let mut ahead = vec![0; AHEAD];
        let n = self.lower.try_read(&mut ahead)?;
        ahead.truncate(n);
        self.ahead = ahead;
        Ok(self.take(buffer))
    }
}

impl Read for Adapter {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_interrupted() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        if self.owes() && self.send_behind().is_err_and(|error| error.kind() != io::ErrorKind::WouldBlock) {
            // The peer takes nothing more; what it has sent before can still be read.
            self.behind = Vec::new();
        }
        let result = if self.has_ahead() { Ok(self.take(buffer)) } else { self.read_lower(buffer) };
        self.turn = self.turn.saturating_sub(*result.as_ref().unwrap_or(&0));
        match &result {
            Ok(0) if !buffer.is_empty() => self.ended = true,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.wants = if self.owes() { Interest::Both } else { Interest::Read };
            }
            _ => {}
        }
        result
    }
}

impl Write for Adapter {
    /// Takes everything; what the socket does not take goes behind.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.behind.len() >= BEHIND {
            self.send_behind()?;
        }
        let taken = if self.behind.is_empty() { self.lower.try_write(bytes) } else { Ok(0) };
        match taken {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.behind.extend_from_slice(bytes),
            taken => self.behind.extend_from_slice(&bytes[taken?..]),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
