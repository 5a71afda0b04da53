//! A request on its way: what has been sent of it, what must still come, and the answer when it is early.

use crate::deadline::Until;
use crate::error::{Error as Cause, Result as Outcome};
use crate::exchange::{Asked, Ending, Hold, Incoming, Pace, Steps, readied};
use crate::limits::Limits;
use crate::message::{Body, Headers};
use crate::rt::scope;
use crate::wire::h1::{BodyDecoder, Framing, Head, Step, encode_chunk_end, encode_chunk_head, encode_last_chunk};

use super::draft::Draft;
use super::error::{Error, Kind, Result};
use super::place::{Flow, Held};

/// Bodies up to this size leave together with the head.
const TOGETHER: usize = 64 << 10;

#[derive(Debug)]
pub(super) struct Ongoing {
    pub(super) method: Box<str>,
    pub(super) target: Box<str>,
    held: Held,
    pace: Pace,
    limits: Limits,
    /// Walks through the body that is sent, whoever frames it: bytes behind its end would pass for the next request.
    body: BodyDecoder,
    /// The body still waits for `100 Continue`.
    expects: bool,
    upgrade: bool,
    close: bool,
    answered: Option<Head>,
    sent: u64,
}

impl Ongoing {
    pub(super) fn new(draft: Draft, framing: Framing, held: Held, pace: Pace, limits: Limits) -> Self {
        let (expects, upgrade, close) = (draft.expects(), draft.upgrades(), draft.closes());
        let Draft { method, target, .. } = draft;
        let body = BodyDecoder::new(framing);
        Self { method, target, held, pace, limits, body, expects, upgrade, close, answered: None, sent: 0 }
    }

    /// Sends the head, and the body or the part of it that is there; `chunks`: in chunks made here.
    pub(super) fn begin(&mut self, mut head: Vec<u8>, body: &mut Body, chunks: bool) -> Result<()> {
        if let (false, false, Some(bytes)) = (chunks, self.expects, body.as_bytes())
            && bytes.len() <= TOGETHER
        {
            self.account(bytes)?;
            head.extend_from_slice(bytes);
            return self.push(&head);
        }
        self.push(&head)?;
        readied(body)?;
        let mut frame = Vec::new();
        while self.answered.is_none()
            && let Some(piece) = body.next_piece()?
        {
            match chunks {
                // A chunk without bytes would be the last one.
                true if piece.is_empty() => {}
                true => {
                    frame.clear();
                    encode_chunk_head(&mut frame, piece.len() as u64);
                    frame.extend_from_slice(piece);
                    encode_chunk_end(&mut frame);
                    self.send(&frame)?;
                }
                false => self.send(piece)?,
            }
        }
        if chunks {
            frame.clear();
            encode_last_chunk(&mut frame, &Headers::new())
                .map_err(|rule| Error::new(Kind::InvalidRequest, rule.to_string()))?;
            self.send(&frame)?;
        }
        Ok(())
    }

    /// Sends a part of the body. Nothing is sent any more once the server has answered: nobody reads it.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<()> {
        if self.answered.is_some() || bytes.is_empty() {
            return Ok(());
        }
        self.account(bytes)?;
        if std::mem::take(&mut self.expects) {
            self.answered = self.step(|steps, held| steps.await_continue(held))?;
        }
        self.push(bytes)
    }

    fn push(&mut self, bytes: &[u8]) -> Result<()> {
        if self.answered.is_none() {
            self.answered = self.step(|steps, held| steps.send(held, bytes))?;
            self.sent += bytes.len() as u64;
        }
        Ok(())
    }

    /// Fails if these bytes are more than, or not of the form, that the head has announced.
    fn account(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let step = self.body.step(bytes, &self.limits);
            let step =
                step.map_err(|rule| Error::new(Kind::InvalidRequest, format!("the chunks that are sent: {rule}")))?;
            let n = match step {
                Step::Skip(n) => n,
                Step::Data(n) => {
                    let n = usize::try_from(n).unwrap_or(usize::MAX).min(bytes.len());
                    self.body.took(n as u64);
                    n
                }
                Step::More | Step::End => {
                    let what =
                        "the body has more bytes than its head has announced; they would pass for another request";
                    return Err(Error::new(Kind::InvalidRequest, what));
                }
            };
            bytes = &bytes[n..];
        }
        Ok(())
    }

    /// Whether the whole body was sent.
    pub(super) fn is_whole(&self) -> bool {
        self.body.is_end() && self.answered.is_none()
    }

    /// Whether a final answer has come before the end of the body.
    pub(super) fn is_answered(&self) -> bool {
        self.answered.is_some()
    }

    /// Waits for the head of the answer. After a timeout it can be waited for once more.
    pub(super) fn receive(&mut self) -> Result<Head> {
        let missing = !self.body.is_end();
        match self.answered.clone() {
            Some(head) => Ok(head),
            None => self.step(|steps, held| steps.receive(held)).map_err(|cause| match missing {
                true if cause.is_timeout() => cause.because("a part of the announced body was not sent").into(),
                _ => cause.into(),
            }),
        }
    }

    /// The body behind the head, and whether the connection ends with it.
    pub(super) fn respond(self, head: &Head) -> Result<(Flow, bool)> {
        let whole = self.is_whole();
        let guard = scope::current().token().map(|token| self.held.cancel_with(token));
        let asked = Asked { method: &self.method, close: self.close, whole, sent: self.sent };
        let mut held = self.held;
        let ending = Ending::of(&mut held, &asked, head);
        let ending = ending.map_err(|cause| cause.with_address(held.info().peer_text()))?;
        let mut body = Box::new(Incoming::new(held, ending, self.pace, self.limits));
        body.hold(guard);
        let closes = !body.is_again();
        body.settle();
        Ok((body, closes))
    }

    pub(super) fn info(&self) -> &std::sync::Arc<crate::net::ConnectionInfo> {
        self.held.info()
    }

    /// One step within the limits of the request and of the scope that surrounds this call.
    fn step<T>(&mut self, step: impl FnOnce(&Steps<'_>, &mut Held) -> Outcome<T>) -> Outcome<T, Cause> {
        let scope = scope::current();
        self.pace.total = self.pace.total.min(scope.until());
        let _guard = scope.token().map(|token| self.held.cancel_with(token));
        let steps = Steps { pace: &self.pace, limits: &self.limits, upgrade: self.upgrade };
        step(&steps, &mut self.held).map_err(|cause| {
            let (sent, received) = (self.sent + cause.bytes_sent(), cause.bytes_received());
            cause
                .with_progress(sent, received)
                .with_reused(self.held.is_reused())
                .with_address(self.held.info().peer_text())
        })
    }
}

/// When a request that starts now must have ended.
pub(super) fn pace(timeouts: crate::deadline::Timeouts) -> Pace {
    Pace { total: Until::after(std::time::Instant::now(), timeouts.total), timeouts }
}
