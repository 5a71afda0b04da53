//! A worker's end of the socket pair, as far as it is written.

use std::io::{self, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

use serde::Serialize;

use super::frame::{FrameHead, LONGEST, Tag, frames};
use crate::error::{Error, Kind};

/// Answers to the pool. Blocks: the thread has nothing else to do, and the pool reads.
pub(super) struct Writer(UnixStream);

impl Writer {
    pub(super) fn new(stream: UnixStream) -> Self {
        Self(stream)
    }

    pub(super) fn tell<T: Serialize>(&mut self, tag: Tag, value: &T) -> io::Result<()> {
        self.send(tag, &serde_json::to_vec(value)?)
    }

    pub(super) fn send(&mut self, tag: Tag, message: &[u8]) -> io::Result<()> {
        frames(tag, message).try_for_each(|(head, piece)| self.frame(head, piece))
    }

    /// A piece of a message that goes on.
    pub(super) fn piece(&mut self, tag: Tag, piece: &[u8]) -> io::Result<()> {
        piece.chunks(LONGEST).try_for_each(|piece| self.frame(FrameHead { tag, more: true, len: piece.len() }, piece))
    }

    /// Nothing more is said or heard: the main thread ends the worker then, and the pool is told.
    pub(super) fn close(&mut self) {
        self.0.shutdown(Shutdown::Both).ok();
    }

    fn frame(&mut self, head: FrameHead, piece: &[u8]) -> io::Result<()> {
        self.0.write_all(&head.bytes())?;
        self.0.write_all(piece)
    }
}

/// What a worker says instead of a result over the cap.
pub(super) fn too_large(longest: u64) -> Error {
    Error::new(Kind::TooLarge, format!("the result is longer than {longest} bytes; see max_result"))
}
