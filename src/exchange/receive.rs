//! Response heads: interim ones are passed by, the final one is the answer.

use std::time::Instant;

use super::connection::Connection;
use super::pace::failed;
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase};
use crate::limits::Limits;
use crate::rt::Interest;
use crate::wire::Violation;
use crate::wire::h1::{Head, HeadParser};

/// Called with every interim (1xx) response.
pub type OnInterim = dyn Fn(&Head) + Send + Sync;

/// Reads heads of one exchange until the final one.
pub(super) struct Heads<'a> {
    pub(super) limits: &'a Limits,
    pub(super) on_interim: Option<&'a OnInterim>,
    pub(super) asked_upgrade: bool,
    parser: HeadParser,
    interim: usize,
    interim_bytes: usize,
    /// Bytes of the response that have come, heads only.
    pub(super) received: u64,
}

/// What a look at the input has brought.
pub(super) enum Found {
    Nothing,
    Continue,
    Final(Head),
}

impl<'a> Heads<'a> {
    pub(super) fn new(limits: &'a Limits, on_interim: Option<&'a OnInterim>, asked_upgrade: bool) -> Self {
        let parser = HeadParser::new();
        Self { limits, on_interim, asked_upgrade, parser, interim: 0, interim_bytes: 0, received: 0 }
    }

    /// Waits for the final head.
    pub(super) fn receive(&mut self, connection: &mut Connection, until: Until) -> Result<Head, Error> {
        loop {
            match self.parse(connection)? {
                Found::Final(head) => return Ok(head),
                Found::Continue => continue,
                Found::Nothing => self.fill(connection, until)?,
            }
        }
    }

    /// Waits for `100 Continue`, or a final head that says not to send the body, or the end of patience.
    pub(super) fn await_continue(&mut self, connection: &mut Connection, until: Until) -> Result<Found, Error> {
        loop {
            match self.parse(connection)? {
                Found::Nothing => match self.fill(connection, until) {
                    Ok(()) => {}
                    Err(error) if error.is_timeout() && until.is_over(Instant::now()) => return Ok(Found::Nothing),
                    Err(error) => return Err(error),
                },
                found => return Ok(found),
            }
        }
    }

    /// Takes what has come while a body is being sent, without waiting.
    pub(super) fn glance(&mut self, connection: &mut Connection) -> Result<Found, Error> {
        match connection.stream.try_read(connection.buffer.room()) {
            Ok(0) => return Err(self.ended(connection)),
            Ok(n) => {
                self.received += n as u64;
                connection.buffer.added(n);
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(failed(error, Phase::Send, None)),
        }
        loop {
            match self.parse(connection)? {
                Found::Continue => {}
                found => return Ok(found),
            }
        }
    }

    fn fill(&mut self, connection: &mut Connection, until: Until) -> Result<(), Error> {
        if !connection.stream.may_have_data() {
            connection.wait(Interest::Read, Phase::Head, until.at(), until.limit())?;
        }
        let read = connection.stream.read(connection.buffer.room(), until.at());
        match read.map_err(|error| failed(error, Phase::Head, until.limit())) {
            Ok(0) => Err(self.ended(connection)),
            Ok(n) => {
                self.received += n as u64;
                connection.buffer.added(n);
                Ok(())
            }
            // A close without close_notify before any answer is a close.
            Err(error) if error.kind() == Kind::Incomplete => Err(self.ended(connection)),
            Err(error) => Err(error),
        }
    }

    fn parse(&mut self, connection: &mut Connection) -> Result<Found, Error> {
        if connection.buffer.is_empty() {
            return Ok(Found::Nothing);
        }
        let parsed = self.parser.parse(connection.buffer.filled(), self.limits);
        let Some((head, length)) = parsed.map_err(|violation| broken(violation, Phase::Head))? else {
            return Ok(Found::Nothing);
        };
        connection.buffer.consume(length);
        match head.status {
            101 if !self.asked_upgrade => {
                Err(Error::new(Kind::Protocol, "101 Switching Protocols, which nobody asked for")
                    .with_phase(Phase::Head))
            }
            100 | 102..=199 => self.pass_by(head, length),
            _ => Ok(Found::Final(head)),
        }
    }

    fn pass_by(&mut self, head: Head, length: usize) -> Result<Found, Error> {
        self.interim += 1;
        self.interim_bytes += length;
        if self.interim > self.limits.interim_responses || self.interim_bytes > self.limits.head_bytes {
            let what = format!("more than {} interim responses", self.limits.interim_responses);
            return Err(Error::new(Kind::TooLarge, what).with_phase(Phase::Head));
        }
        if let Some(on_interim) = self.on_interim {
            on_interim(&head);
        }
        Ok(Found::Continue)
    }

    fn ended(&self, connection: &Connection) -> Error {
        let error = if self.received == 0 && connection.buffer.is_empty() {
            Error::new(Kind::ClosedBeforeResponse, "the server closed the connection before it answered")
        } else {
            Error::new(Kind::Incomplete, "the connection ended inside the response head")
        };
        error.with_phase(Phase::Head)
    }
}

/// A broken rule of the wire, as an error.
pub(super) fn broken(violation: Violation, phase: Phase) -> Error {
    let kind = match &violation {
        violation if violation.is_limit() => Kind::TooLarge,
        violation if violation.is_incomplete() => Kind::Incomplete,
        _ => Kind::Protocol,
    };
    Error::new(kind, violation.to_string()).with_phase(phase).with_source(violation)
}
