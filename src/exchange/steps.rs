//! An exchange by hand: its steps one by one, for who decides between them.

use std::time::Instant;

use super::connection::Connection;
use super::hold::Hold;
use super::pace::Pace;
use super::receive::{Found, Heads, broken};
use super::send::{Sending, Sent, prepare};
use crate::error::{Error, Phase, Result};
use crate::limits::Limits;
use crate::message::Body;
use crate::wire::h1::{Framing, Head, keep_alive, response_framing};

/// The steps of one exchange, each on the connection that it is given.
pub(crate) struct Steps<'a> {
    pub(crate) pace: &'a Pace,
    pub(crate) limits: &'a Limits,
    /// The request asks for another protocol, so that `101` is an answer.
    pub(crate) upgrade: bool,
}

impl Steps<'_> {
    /// Writes all of `bytes`, unless the server answers before that: then the head of its answer. The error says how many
    /// of these bytes had gone.
    pub(crate) fn send(&self, connection: &mut Connection, bytes: &[u8]) -> Result<Option<Head>> {
        let mut heads = self.heads();
        let mut sending = Sending { connection, heads: &mut heads, pace: self.pace, sent: 0, speed: None };
        let outcome = sending.push(bytes);
        let sent = sending.sent;
        match outcome {
            Ok(Sent::All) => Ok(None),
            Ok(Sent::Answered(head)) => Ok(Some(head)),
            Err(error) => Err(error.with_progress(sent, heads.received)),
        }
    }

    /// Waits for `100 Continue`, or a final head, or the end of patience.
    pub(crate) fn await_continue(&self, connection: &mut Connection) -> Result<Option<Head>> {
        let until = self.pace.until_continue(Instant::now());
        match self.heads().await_continue(connection, until)? {
            Found::Final(head) => Ok(Some(head)),
            Found::Continue | Found::Nothing => Ok(None),
        }
    }

    /// Waits for the final head. After a timeout it can be waited for once more: nothing that has come is lost.
    pub(crate) fn receive(&self, connection: &mut Connection) -> Result<Head> {
        let mut heads = self.heads();
        let until = self.pace.until(Phase::Head, Instant::now());
        heads.receive(connection, until).map_err(|error| error.with_progress(0, heads.received))
    }

    fn heads(&self) -> Heads<'_> {
        Heads::new(self.limits, None, self.upgrade)
    }
}

/// Sets up what the first piece of a body would need more stack for than there may be.
pub(crate) fn readied(body: &mut Body) -> Result<()> {
    if body.needs_room() { prepare(body) } else { Ok(()) }
}

/// What decides about the end of a response and the life of its connection, besides the response's own head.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    /// The request said that the connection ends with it.
    pub(crate) close: bool,
    /// All of the request was sent.
    pub(crate) whole: bool,
    /// Bytes of the request.
    pub(crate) sent: u64,
}

/// How a response ends, and what its errors say about its request.
pub(crate) struct Ending {
    pub(super) framing: Framing,
    /// The connection can be used once more after it.
    pub(super) again: bool,
    /// Bytes of the request, and whether the connection had been used before it.
    pub(super) request: (u64, bool),
}

impl Ending {
    pub(crate) fn of<H: Hold>(held: &mut H, asked: &Asked<'_>, head: &Head) -> Result<Self, Error> {
        let framing = response_framing(asked.method, head).map_err(|violation| broken(violation, Phase::Head))?;
        let (lasts, reused) = (held.note_served(head), held.is_reused());
        let persists = lasts && keep_alive(head, framing, asked.close);
        let again = asked.whole && persists && !is_tunnel(asked.method, head.status);
        Ok(Self { framing, again, request: (asked.sent, reused) })
    }
}

/// Whether the connection speaks another protocol after this answer, or somebody else's (RFC 9110 §9.3.6, §15.2.2).
pub(crate) fn is_tunnel(method: &str, status: u16) -> bool {
    status == 101 || (method == "CONNECT" && (200..300).contains(&status))
}
