//! The pool's end of a socket pair.

use std::io::{self, IoSlice};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::time::Instant;

use super::frame::{FrameHead, HEAD, LONGEST, Tag, frames};
use crate::rt::{CancelGuard, CancelToken, Interest, Socket, Stop};

/// A worker's socket, on which coroutines wait without holding a thread.
pub(super) struct Link {
    socket: Socket,
    /// Received, of which `start..end` has not been taken.
    input: Vec<u8>,
    start: usize,
    end: usize,
}

/// Why nothing more came or went.
#[derive(Debug)]
pub(super) enum Broken {
    /// The other end is closed: the worker has ended.
    Ended,
    /// A deadline, or a cancel.
    Stopped(Stop),
    /// It did not speak as a worker does.
    Garbled(&'static str),
    Io(io::Error),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => Self::Ended,
            _ => Self::Io(error),
        }
    }
}

impl Link {
    pub(super) fn new(stream: UnixStream) -> io::Result<Self> {
        let socket = Socket::new(OwnedFd::from(stream).into())?;
        Ok(Self { socket, input: vec![0; 4 << 10], start: 0, end: 0 })
    }

    /// Ends waits when `token` is fired.
    pub(super) fn cancel_with(&self, token: &CancelToken) -> CancelGuard {
        self.socket.cancel_with(token)
    }

    /// Sends a message, until `at` at most.
    pub(super) fn send(&self, tag: Tag, message: &[u8], at: Option<Instant>) -> Result<(), Broken> {
        for (head, piece) in frames(tag, message) {
            self.write(&head.bytes(), piece, at)?;
        }
        Ok(())
    }

    fn write(&self, head: &[u8], piece: &[u8], at: Option<Instant>) -> Result<(), Broken> {
        let (mut gone, all) = (0, head.len() + piece.len());
        while gone < all {
            let pieces = [IoSlice::new(&head[gone.min(HEAD)..]), IoSlice::new(&piece[gone.saturating_sub(HEAD)..])];
            match self.socket.try_write_vectored(&pieces) {
                Ok(n) => gone += n,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.socket.wait(Interest::Write, at).map_err(Broken::Stopped)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.socket.take_turns();
        Ok(())
    }

    /// The next frame, waiting for it until `at` at most.
    pub(super) fn next(&mut self, at: Option<Instant>) -> Result<(FrameHead, &[u8]), Broken> {
        self.fill(HEAD, at)?;
        let mut bytes = [0; HEAD];
        bytes.copy_from_slice(&self.input[self.start..][..HEAD]);
        let head = FrameHead::parse(bytes).ok_or(Broken::Garbled("what came is no frame"))?;
        self.fill(HEAD + head.len, at)?;
        let from = self.start + HEAD;
        self.start = from + head.len;
        Ok((head, &self.input[from..][..head.len]))
    }

    /// A whole message, of this tag and at most so long.
    pub(super) fn message(&mut self, tag: Tag, longest: usize, at: Option<Instant>) -> Result<Vec<u8>, Broken> {
        let mut message = Vec::new();
        loop {
            let (head, piece) = self.next(at)?;
            if head.tag != tag || message.len() + piece.len() > longest {
                return Err(Broken::Garbled("another message was due"));
            }
            message.extend_from_slice(piece);
            if !head.more {
                return Ok(message);
            }
        }
    }

    /// Whether more has come than has been taken.
    pub(super) fn has_more(&self) -> bool {
        self.start < self.end
    }

    /// Waits until so many bytes are there.
    fn fill(&mut self, wanted: usize, at: Option<Instant>) -> Result<(), Broken> {
        if self.end - self.start >= wanted {
            return Ok(());
        }
        self.input.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.input.len() < wanted {
            self.input.resize(LONGEST + HEAD, 0);
        }
        while self.end < wanted {
            self.socket.take_turns();
            match self.socket.try_read(&mut self.input[self.end..]) {
                Ok(0) => return Err(Broken::Ended),
                Ok(n) => self.end += n,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.socket.wait(Interest::Read, at).map_err(Broken::Stopped)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
