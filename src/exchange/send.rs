//! Sending: head and small body in one write, larger bodies piece by piece with an eye on an early answer.

use std::io::{self, IoSlice};
use std::time::Instant;

use super::connection::Connection;
use super::pace::{Pace, failed};
use super::receive::{Found, Heads};
use super::speed::Speed;
use crate::error::{Error, Kind, Phase};
use crate::message::{Body, Transfer};
use crate::rt::{self, Interest};
use crate::wire::Violation;
use crate::wire::h1::{Head, encode_chunk_end, encode_chunk_head, encode_last_chunk};

/// Bodies up to this size leave together with the head.
const TOGETHER: usize = 64 << 10;

/// How far sending got.
pub(super) enum Sent {
    All,
    /// The server answered before the end of the body: the rest stays here, and the connection cannot go on.
    Answered(Head),
}

/// One request on its way.
pub(super) struct Sending<'a, 'b> {
    pub(super) connection: &'a mut Connection,
    pub(super) heads: &'a mut Heads<'b>,
    pub(super) pace: &'a Pace,
    pub(super) sent: u64,
    /// Watched while the body goes out.
    pub(super) speed: Option<Speed>,
}

impl Sending<'_, '_> {
    pub(super) fn send(
        &mut self,
        head: &[u8],
        body: &mut Body,
        transfer: Transfer,
        expect: bool,
    ) -> Result<Sent, Error> {
        if let (false, Transfer::None | Transfer::Length(_), Some(bytes)) = (expect, transfer, body.as_bytes())
            && bytes.len() <= TOGETHER
        {
            return self.together(head, bytes);
        }
        if let Sent::Answered(head) = self.push(head)? {
            return Ok(Sent::Answered(head));
        }
        if expect {
            let until = self.pace.until_continue(Instant::now());
            if let Found::Final(head) = self.heads.await_continue(self.connection, until)? {
                return Ok(Sent::Answered(head));
            }
        }
        self.push_body(body, transfer)
    }

    fn together(&mut self, head: &[u8], body: &[u8]) -> Result<Sent, Error> {
        if body.is_empty() {
            return self.push(head);
        }
        let stream = &mut self.connection.stream;
        if stream.wants_joined(head.len() + body.len()) {
            return self.push(&[head, body].concat());
        }
        // Nearly always the first write takes all of it; the clock is read only when one has to wait.
        let first = match stream.try_write_vectored(&[IoSlice::new(head), IoSlice::new(body)]) {
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => return self.after_broken_write(error).map(Sent::Answered),
        };
        self.sent += first as u64;
        for rest in [&head[first.min(head.len())..], &body[first.saturating_sub(head.len())..]] {
            if let Sent::Answered(head) = self.push(rest)? {
                return Ok(Sent::Answered(head));
            }
        }
        Ok(Sent::All)
    }

    fn push_body(&mut self, body: &mut Body, transfer: Transfer) -> Result<Sent, Error> {
        if body.needs_room() {
            prepare(body)?;
        }
        self.speed = Speed::of(self.pace, Phase::Send);
        let mut frame = Vec::new();
        while let Some(piece) = body.next_piece()? {
            if transfer == Transfer::Chunked {
                // A piece of no bytes would be the last chunk.
                if piece.is_empty() {
                    continue;
                }
                frame.clear();
                encode_chunk_head(&mut frame, piece.len() as u64);
                frame.extend_from_slice(piece);
                encode_chunk_end(&mut frame);
            }
            let bytes = if transfer == Transfer::Chunked { &frame } else { piece };
            if let Sent::Answered(head) = self.push(bytes)? {
                return Ok(Sent::Answered(head));
            }
        }
        if transfer == Transfer::Chunked {
            frame.clear();
            encode_last_chunk(&mut frame, &body.trailers().unwrap_or_default()).map_err(refused)?;
            return self.push(&frame);
        }
        Ok(Sent::All)
    }

    /// Writes everything, unless the server answers before the end of it.
    pub(super) fn push(&mut self, mut bytes: &[u8]) -> Result<Sent, Error> {
        while !bytes.is_empty() {
            self.pace.check_total(Phase::Send)?;
            if self.connection.stream.may_have_data()
                && let Found::Final(head) = self.heads.glance(self.connection)?
            {
                return Ok(Sent::Answered(head));
            }
            match self.connection.stream.try_write(bytes) {
                Ok(n) => {
                    self.sent += n as u64;
                    bytes = &bytes[n..];
                    if let Some(speed) = &mut self.speed {
                        speed.count(n);
                    }
                    self.connection.stream.take_turns();
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let connection = &self.connection;
                    Speed::timed(&mut self.speed, self.pace, |pace| {
                        let until = pace.until(Phase::Send, Instant::now());
                        connection.wait(Interest::Both, Phase::Send, until.at(), until.limit()).map(|()| 0)
                    })?;
                }
                Err(error) => return self.after_broken_write(error).map(Sent::Answered),
            }
        }
        Ok(Sent::All)
    }

    /// A server that refuses an upload answers and closes; the answer may lie in the socket behind the broken pipe.
    fn after_broken_write(&mut self, error: io::Error) -> Result<Head, Error> {
        let until = self.pace.until(Phase::Head, Instant::now());
        self.heads.receive(self.connection, until).map_err(|_| failed(error, Phase::Send, None))
    }
}

/// A line that must not stand behind a body.
fn refused(broken: Violation) -> Error {
    Error::new(Kind::InvalidRequest, format!("trailer: {broken}")).with_phase(Phase::Send).with_source(broken)
}

/// Sets up what the first piece would need more stack for than there may be.
#[inline(never)]
pub(super) fn prepare(body: &mut Body) -> Result<(), Error> {
    let mut taken = std::mem::take(body);
    *body = rt::aside(move || {
        taken.prepare();
        taken
    })?;
    Ok(())
}
