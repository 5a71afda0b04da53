//! A connection with its read buffer, and whether it can be used once more.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::buffer::Buffer;
use super::pace::{Pace, failed};
use crate::error::{Error, Phase};
use crate::net::{ConnectionInfo, Stream};
use crate::pool::Pooled;
use crate::rt::{CancelGuard, CancelToken, Interest};
use crate::wire::h1::{Head, KeepAlive};

/// One connection and what has been read from it.
#[derive(Debug)]
pub struct Connection {
    pub(super) stream: Stream,
    pub(super) buffer: Buffer,
    served: u64,
    expires: Option<Instant>,
}

impl Connection {
    /// A connection that has served nothing yet.
    pub fn new(stream: Stream) -> Self {
        Self { stream, buffer: Buffer::default(), served: 0, expires: None }
    }

    /// What is known about it.
    pub fn info(&self) -> &Arc<ConnectionInfo> {
        self.stream.info()
    }

    /// Makes waits fail as cancelled once `token` is fired, as long as the guard lives.
    pub fn cancel_with(&self, token: &CancelToken) -> CancelGuard {
        self.stream.cancel_with(token)
    }

    /// How many requests it has been used for.
    pub fn served(&self) -> u64 {
        self.served
    }

    /// The stream, with what has been read from it and not been taken.
    pub(super) fn into_parts(self) -> (Stream, Vec<u8>) {
        let ahead = self.buffer.filled().to_vec();
        (self.stream, ahead)
    }

    /// Counts a request and notes what the server says about how long it keeps the connection. `false`: not again.
    pub(super) fn note_served(&mut self, head: &Head) -> bool {
        self.served += 1;
        if !head.headers.contains("keep-alive") {
            return true;
        }
        let promise = KeepAlive::of(&head.headers);
        // The server's clock started when it wrote, ours now: a margin, so that the last moment is not tried.
        let margin = |timeout: Duration| timeout.saturating_sub((timeout / 2).min(Duration::from_secs(1)));
        self.expires = promise.timeout.and_then(|timeout| Instant::now().checked_add(margin(timeout)));
        promise.max.is_none_or(|most| self.served < most)
    }

    /// Reads into `out`, past the buffer. `Ok(0)` is the peer's end.
    pub(super) fn read_into(&mut self, out: &mut [u8], pace: &Pace) -> Result<usize, Error> {
        read(&mut self.stream, out, pace)
    }

    /// Reads what is there into the buffer. `Ok(0)` is the peer's end.
    pub(super) fn fill(&mut self, pace: &Pace) -> Result<usize, Error> {
        // Without data there is nothing to have a buffer for yet.
        if !self.stream.may_have_data() {
            let until = pace.until(Phase::Body, Instant::now());
            self.wait(Interest::Read, Phase::Body, until.at(), until.limit())?;
        }
        let n = read(&mut self.stream, self.buffer.room(), pace)?;
        self.buffer.added(n);
        Ok(n)
    }

    /// Reads what is there into the buffer; `None` when that is nothing yet.
    pub(super) fn fill_now(&mut self) -> Result<Option<usize>, Error> {
        match self.stream.try_read(self.buffer.room()) {
            Ok(n) => {
                self.buffer.added(n);
                Ok(Some(n))
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(failed(error, Phase::Body, None)),
        }
    }

    pub(super) fn wait(
        &self,
        what: Interest,
        phase: Phase,
        at: Option<Instant>,
        limit: Option<Duration>,
    ) -> Result<(), Error> {
        self.stream.wait(what, at).map_err(|error| failed(error, phase, limit))
    }
}

fn read(stream: &mut Stream, out: &mut [u8], pace: &Pace) -> Result<usize, Error> {
    // Without a total timeout the clock is read only when a wait is due: a stream that always has more costs none.
    pace.check_total(Phase::Body)?;
    if stream.may_have_data() {
        match stream.try_read(out) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            result => {
                stream.take_turns();
                return result.map_err(|error| failed(error, Phase::Body, None));
            }
        }
    }
    let until = pace.until(Phase::Body, Instant::now());
    stream.read(out, until.at()).map_err(|error| failed(error, Phase::Body, until.limit()))
}

impl Pooled for Connection {
    fn is_alive(&mut self, _idle: Duration) -> bool {
        self.buffer.is_empty() && self.stream.is_quiet()
    }

    fn expires(&self) -> Option<Instant> {
        self.expires
    }
}
