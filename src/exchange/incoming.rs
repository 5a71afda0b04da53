//! The body of a response, read as it comes.

use std::time::Instant;

use super::connection::Connection;
use super::hold::{Hold, Leased};
use super::pace::Pace;
use super::receive::broken;
use super::speed::Speed;
use super::steps::Ending;
use super::upgraded::Upgraded;
use crate::error::{Error, Kind, Phase, Result};
use crate::limits::Limits;
use crate::rt::CancelGuard;
use crate::wire::Headers;
use crate::wire::h1::{BodyDecoder, Step};

/// Reads of at least this size go straight into the caller's memory; smaller ones through the connection's buffer, so
/// that reading byte by byte is not a system call each.
const DIRECT: usize = 4 << 10;

/// The body, and the connection under it until the body ends.
///
/// The connection goes back into the pool the moment the last byte has been taken, if nothing speaks against using it
/// again. Dropped before the end, it is closed, unless what remains has come already and is small. An error stays: every
/// later read returns it again, so that a part can never pass for the whole.
#[derive(Debug)]
pub struct Incoming<H: Hold = Leased> {
    lease: Option<H>,
    decoder: BodyDecoder,
    again: bool,
    pace: Pace,
    speed: Option<Speed>,
    limits: Limits,
    received: u64,
    request: (u64, bool),
    failed: Option<Error>,
    ended_at: Option<Instant>,
    guard: Option<CancelGuard>,
    /// Framing that has been read and not handed out yet, where it is part of what is read.
    framing: Option<Vec<u8>>,
}

impl<H: Hold> Incoming<H> {
    pub(crate) fn new(lease: H, ending: Ending, pace: Pace, limits: Limits) -> Self {
        Self {
            lease: Some(lease),
            decoder: BodyDecoder::new(ending.framing),
            again: ending.again,
            pace,
            speed: Speed::of(&pace, Phase::Body),
            limits,
            received: 0,
            request: ending.request,
            failed: None,
            guard: None,
            framing: None,
            ended_at: None,
        }
    }

    /// Gives the connection back at once if there is no body. Not done by itself, since a tunnel has none either.
    pub(crate) fn settle(&mut self) {
        if self.decoder.is_end() {
            self.finish();
        }
    }

    /// Hands out chunk sizes and trailer lines together with the data, as they came.
    pub(crate) fn keep_framing(&mut self) {
        self.framing = Some(Vec::new());
    }

    /// Keeps the cancel token watched until the body ends.
    pub(crate) fn hold(&mut self, guard: Option<CancelGuard>) {
        self.guard = guard;
    }

    /// Whether the connection can be used once more after the body.
    pub(crate) fn is_again(&self) -> bool {
        self.again
    }

    /// Whether the connection is another one's by now, or gone.
    pub(crate) fn is_over(&self) -> bool {
        self.lease.is_none()
    }

    /// How many bytes are still to come, where the framing tells.
    pub(crate) fn remaining(&self) -> Option<u64> {
        self.decoder.remaining()
    }

    /// Body bytes that have been taken.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// When the last byte was taken.
    pub fn ended_at(&self) -> Option<Instant> {
        self.ended_at
    }

    /// Whether all of it has been taken.
    pub fn is_end(&self) -> bool {
        self.decoder.is_end() && self.kept().is_empty()
    }

    /// The trailer section; empty before the end.
    pub fn trailers(&self) -> &Headers {
        self.decoder.trailers()
    }

    /// Reads what is there, waiting for one byte at least; 0 is the end.
    pub fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let data = if self.kept().is_empty() { self.next_data()? } else { None };
        if !self.kept().is_empty() {
            let n = self.kept().len().min(out.len());
            out[..n].copy_from_slice(&self.kept()[..n]);
            self.consume(n);
            return Ok(n);
        }
        let Some(data) = data else { return Ok(0) };
        let most = usize::try_from(data).unwrap_or(usize::MAX).min(out.len());
        let connection = self.lease.as_mut().expect("held until the end");
        let result = if !connection.buffer.is_empty() {
            Ok(take_buffered(connection, &mut out[..most]))
        } else if most >= DIRECT {
            Speed::timed(&mut self.speed, &self.pace, |pace| connection.read_into(&mut out[..most], pace))
        } else {
            fill(connection, &mut self.speed, &self.pace)
                .map(|n| if n == 0 { 0 } else { take_buffered(connection, &mut out[..most]) })
        };
        match result {
            Ok(0) => self.ended().map(|()| 0),
            Ok(n) => {
                self.took(n);
                Ok(n)
            }
            Err(error) => Err(self.fail(error)),
        }
    }

    /// Bytes that are there, waiting for one at least; empty at the end.
    pub fn fill_buf(&mut self) -> Result<&[u8]> {
        let data = if self.kept().is_empty() { self.next_data()? } else { None };
        if !self.kept().is_empty() {
            return Ok(self.kept());
        }
        let Some(data) = data else { return Ok(&[]) };
        if self.lease.as_ref().is_some_and(|lease| lease.buffer.is_empty()) {
            let connection = self.lease.as_mut().expect("held until the end");
            match fill(connection, &mut self.speed, &self.pace) {
                Ok(0) => {
                    self.ended()?;
                    return Ok(&[]);
                }
                Ok(_) => {}
                Err(error) => return Err(self.fail(error)),
            }
        }
        let filled = self.lease.as_ref().map_or(&[][..], |lease| lease.buffer.filled());
        Ok(&filled[..filled.len().min(usize::try_from(data).unwrap_or(usize::MAX))])
    }

    /// Takes `n` of the bytes that [`fill_buf`](Self::fill_buf) has shown.
    pub fn consume(&mut self, n: usize) {
        if let Some(framing) = self.framing.as_mut().filter(|framing| !framing.is_empty()) {
            framing.drain(..n.min(framing.len()));
        } else if n > 0
            && let Some(lease) = &mut self.lease
        {
            lease.buffer.consume(n);
            self.took(n);
        }
    }

    /// Reads what has come into the buffer, without waiting; whether something is there, or the end.
    pub fn is_ready(&mut self) -> Result<bool> {
        if let Some(error) = &self.failed {
            return Err(error.again());
        }
        if !self.kept().is_empty() {
            return Ok(true);
        }
        loop {
            let Some(connection) = &mut self.lease else { return Ok(true) };
            match self.decoder.step(connection.buffer.filled(), &self.limits) {
                Ok(Step::Skip(n)) => pass(connection, n, &mut self.framing),
                Ok(Step::Data(_)) if !connection.buffer.is_empty() => return Ok(true),
                Ok(Step::End) => self.finish(),
                Ok(Step::Data(_) | Step::More) => match connection.fill_now() {
                    Ok(Some(0)) => self.ended()?,
                    Ok(Some(_)) => {}
                    Ok(None) => return Ok(false),
                    Err(error) => return Err(self.fail(error)),
                },
                Err(violation) => return Err(self.fail(broken(violation, Phase::Body))),
            }
        }
    }

    /// Takes the connection out, for what comes after `101` or a tunnel's `200`.
    pub(crate) fn into_upgraded(mut self) -> Option<Upgraded<H>> {
        let lease = self.lease.take()?;
        Some(Upgraded::new(lease, self.pace, self.guard.take()))
    }

    /// How many body bytes come next, passing by the framing before them; `None` at the end.
    fn next_data(&mut self) -> Result<Option<u64>> {
        if let Some(error) = &self.failed {
            return Err(error.again());
        }
        if let (Some(data), Some(_)) = (self.decoder.in_data(), &self.lease) {
            return Ok(Some(data));
        }
        loop {
            let Some(connection) = &mut self.lease else { return Ok(None) };
            match self.decoder.step(connection.buffer.filled(), &self.limits) {
                Ok(Step::Data(n)) => return Ok(Some(n)),
                Ok(Step::Skip(n)) => pass(connection, n, &mut self.framing),
                Ok(Step::End) => self.finish(),
                Ok(Step::More) => match fill(connection, &mut self.speed, &self.pace) {
                    Ok(0) => self.ended()?,
                    Ok(_) => {}
                    Err(error) => return Err(self.fail(error)),
                },
                Err(violation) => return Err(self.fail(broken(violation, Phase::Body))),
            }
        }
    }

    fn kept(&self) -> &[u8] {
        self.framing.as_deref().unwrap_or_default()
    }

    fn took(&mut self, n: usize) {
        self.received += n as u64;
        self.decoder.took(n as u64);
        if self.decoder.in_data().is_none() {
            self.pass_framing();
        }
    }

    /// Passes by framing that has come already, so that a reader who stops at the last byte of a chunked body has
    /// released the connection. What is wrong with it is for the next read to tell.
    fn pass_framing(&mut self) {
        while let Some(connection) = &mut self.lease {
            match self.decoder.step(connection.buffer.filled(), &self.limits) {
                Ok(Step::Skip(n)) => pass(connection, n, &mut self.framing),
                Ok(Step::End) => self.finish(),
                _ => return,
            }
        }
    }

    /// The peer has ended.
    fn ended(&mut self) -> Result<()> {
        match self.decoder.eof() {
            Ok(()) => {
                self.again = false;
                self.finish();
                Ok(())
            }
            Err(violation) => Err(self.fail(broken(violation, Phase::Body))),
        }
    }

    fn fail(&mut self, error: Error) -> Error {
        // Dropped, not given back: whatever comes next on it belongs to this response.
        let address = self.lease.take().map(|lease| lease.info().peer_text());
        self.guard = None;
        let (sent, reused) = self.request;
        let error = error.with_progress(sent, self.received).with_reused(reused);
        let error = address.into_iter().fold(error, Error::with_address);
        let kept = error.again();
        self.failed = Some(kept);
        error
    }

    fn finish(&mut self) {
        let now = *self.ended_at.get_or_insert_with(Instant::now);
        self.guard = None;
        if let Some(mut lease) = self.lease.take() {
            // Bytes behind the end are nobody's: an answer to a request that was never sent.
            if self.again && lease.buffer.is_empty() {
                lease.buffer.rest();
                lease.give_back(now);
            }
        }
    }

    /// Takes what has come already; whether that was all of it. Never waits.
    fn drain(&mut self) -> bool {
        let Some(connection) = &mut self.lease else { return false };
        if connection.buffer.filled().len() > self.limits.drain_bytes {
            return false;
        }
        loop {
            let there = connection.buffer.filled().len();
            match self.decoder.step(connection.buffer.filled(), &self.limits) {
                Ok(Step::End) => return true,
                Ok(Step::Skip(n)) => connection.buffer.consume(n),
                Ok(Step::Data(n)) if there > 0 => {
                    let n = usize::try_from(n).unwrap_or(usize::MAX).min(there);
                    connection.buffer.consume(n);
                    self.decoder.took(n as u64);
                }
                _ => return false,
            }
        }
    }
}

impl<H: Hold> Drop for Incoming<H> {
    fn drop(&mut self) {
        if self.lease.is_some() && self.again && !std::thread::panicking() && self.drain() {
            self.finish();
        }
    }
}

fn fill(connection: &mut Connection, speed: &mut Option<Speed>, pace: &Pace) -> Result<usize> {
    Speed::timed(speed, pace, |pace| connection.fill(pace))
}

/// Passes `n` bytes of framing by.
fn pass(connection: &mut Connection, n: usize, kept: &mut Option<Vec<u8>>) {
    if let Some(kept) = kept {
        kept.extend_from_slice(&connection.buffer.filled()[..n]);
    }
    connection.buffer.consume(n);
}

fn take_buffered(connection: &mut Connection, out: &mut [u8]) -> usize {
    let n = connection.buffer.filled().len().min(out.len());
    out[..n].copy_from_slice(&connection.buffer.filled()[..n]);
    connection.buffer.consume(n);
    n
}

/// What a whole-body read may collect.
pub(crate) fn over_cap(cap: u64) -> Error {
    let what = format!("the body is longer than {cap} bytes; read it as a stream or raise Limits::whole_body");
    Error::new(Kind::TooLarge, what).with_phase(Phase::Body)
}
