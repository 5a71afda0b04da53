//! A body that goes on after a break: a layer over the connection's bytes that asks for the rest.
//!
//! ```text
//!   reader ─▶ … decoded ─▶ Resuming ─▶ Incoming            breaks after n bytes
//!                             │
//!                             └─ Range: bytes=n- ─▶ 206, same version ─▶ Incoming goes on
//! ```

use std::time::{Duration, Instant, SystemTime};

use super::after::asked;
use super::part::{Known, Onward};
use super::rules::NOT_NOW;
use super::tries::status;
use crate::client::answer::Answer;
use crate::client::flow::{Fed, Flow};
use crate::error::{Error, Kind, Phase, Result};
use crate::exchange::Upgraded;
use crate::message::{Body, Method};

/// The way back to the server that the body came from.
pub(in crate::client) trait Asks: Send {
    /// Waits before try `times` as long as the back-off says, and as the server `asked`, if budget and deadline allow a
    /// further one; else why not.
    fn wait(&mut self, times: u32, asked: Duration) -> Result<()>;

    /// The same hop once more, with `Range` and `If-Range`.
    fn ask(&mut self, range: &str, condition: &str) -> Result<Box<Answer>>;
}

/// Bytes of one version, from as many answers as it takes.
pub(in crate::client) struct Resuming {
    flow: Box<dyn Flow>,
    known: Known,
    /// Gone while it is in use.
    asks: Option<Box<dyn Asks>>,
    left: u32,
    used: u32,
    taken: u64,
    /// How many bytes there will have been.
    length: Option<u64>,
    /// Bytes of `flow` that are known already.
    skip: u64,
    failed: Option<Error>,
    earlier: Vec<Error>,
}

/// `answer` with a body that resumes, if it is one that can.
pub(in crate::client) fn resuming(
    mut answer: Box<Answer>,
    method: &Method,
    times: u32,
    asks: impl FnOnce() -> Box<dyn Asks>,
) -> Box<Answer> {
    if !answer.flow.is_end()
        && let Some(known) = Known::of(method, &answer.head, SystemTime::now())
    {
        answer.flow.lay(|flow| {
            Box::new(Resuming {
                flow,
                length: known.length(),
                known,
                asks: Some(asks()),
                left: times,
                used: 0,
                taken: 0,
                skip: 0,
                failed: None,
                earlier: Vec::new(),
            })
        });
    }
    answer
}

impl Resuming {
    /// Waits until `flow` has something new, or the end.
    fn ready(&mut self) -> Result<()> {
        if let Some(error) = &self.failed {
            return Err(error.again());
        }
        loop {
            match self.look() {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => self.recover(error)?,
            }
        }
    }

    /// Whether something new is there, or the end; skips what is known.
    fn look(&mut self) -> Result<bool> {
        let there = self.flow.fill_buf()?.len() as u64;
        if self.skip > 0 && there > 0 {
            let n = there.min(self.skip);
            self.flow.consume(n as usize);
            self.skip -= n;
            return Ok(false);
        }
        match self.length {
            Some(length) if there == 0 && self.taken < length => {
                let what = format!("the body ended after {} of {length} bytes", self.taken);
                Err(Error::new(Kind::Incomplete, what).with_phase(Phase::Body))
            }
            Some(length) if self.taken + there > length => {
                let what = format!("the body goes on behind its {length} bytes");
                Err(Error::new(Kind::Protocol, what).with_phase(Phase::Body))
            }
            _ => Ok(true),
        }
    }

    /// Puts what comes next in place of a flow that broke; the error stays if that cannot be.
    #[inline(never)]
    fn recover(&mut self, error: Error) -> Result<()> {
        let sent = error.bytes_sent();
        let error = error.with_progress(sent, self.taken);
        let broke = matches!(error.kind(), Kind::Incomplete | Kind::ConnectionLost | Kind::Timeout | Kind::TooSlow);
        let before = self.earlier.len();
        // A wait that unwinds, in a caller that catches that, leaves an error behind, and not the end of an empty flow.
        self.failed = Some(Error::cancelled(Phase::Body).with_progress(sent, self.taken));
        let outcome = if broke { self.go_on() } else { Err(None) };
        match outcome {
            Ok(()) => {
                self.failed = None;
                self.earlier.insert(before, error);
                Ok(())
            }
            Err(why) => {
                let error = match why {
                    Some(why) => error.because(format_args!("not resumed: {why}")),
                    None => error,
                };
                let error = error.with_earlier(std::mem::take(&mut self.earlier));
                self.failed = Some(error.again());
                Err(error)
            }
        }
    }

    /// Asks until an answer goes on; else what the last one was.
    fn go_on(&mut self) -> Result<(), Option<String>> {
        let Some((range, condition)) = self.known.ask(self.taken) else { return Err(None) };
        let condition = condition.to_owned();
        let mut told = Duration::ZERO;
        let mut last = (self.left == 0).then(|| format!("it has gone on {} times", self.used));
        while self.left > 0 {
            // What it still holds, such as a place among the requests in flight, the next one needs.
            self.flow = Box::new(Fed::new(Body::empty()));
            self.left -= 1;
            self.used += 1;
            let Some(mut asks) = self.asks.take() else { return Err(last) };
            let (times, wait, range, condition) = (self.used, told, range.clone(), condition.clone());
            // Connecting wants more of a stack than a reader deep in a parser may have left.
            let asked_for = crate::rt::roomy(move || {
                let answer = asks.wait(times, wait).map_err(|error| (error, true));
                let answer = answer.and_then(|()| asks.ask(&range, &condition).map_err(|error| (error, false)));
                (asks, answer)
            });
            let (asks, answer) = asked_for.map_err(|error| Some(error.to_string()))?;
            self.asks = Some(asks);
            let (error, is_final) = match answer {
                Ok(answer) if NOT_NOW.contains(&answer.head.status) => {
                    told = asked(&answer.head.headers, SystemTime::now()).unwrap_or_default();
                    (status(&answer.head).with_address(answer.info.peer_text()), false)
                }
                Ok(answer) => return self.take_over(answer).map_err(|why| Some(why.to_owned())),
                Err(failed) => failed,
            };
            last = Some(error.to_string());
            self.earlier.push(error);
            if is_final {
                break;
            }
        }
        Err(last)
    }

    fn take_over(&mut self, answer: Box<Answer>) -> Result<(), &'static str> {
        match self.known.goes_on(&answer.head, self.taken)? {
            Onward::Here(length) => (self.skip, self.length) = (0, Some(self.taken + length)),
            Onward::Behind(received) => self.skip = received,
        }
        self.flow = answer.flow.boxed();
        Ok(())
    }
}

impl Flow for Resuming {
    fn below(&self) -> Option<&dyn Flow> {
        Some(&*self.flow)
    }

    fn fill_buf(&mut self) -> Result<&[u8]> {
        self.ready()?;
        self.flow.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.flow.consume(n);
        self.taken += n as u64;
    }

    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        // Straight into the caller's memory as long as nothing is to be skipped or counted.
        let most = self.length.map_or(0, |length| length.saturating_sub(self.taken));
        if self.failed.is_none() && self.skip == 0 && most > 0 {
            let most = usize::try_from(most).unwrap_or(usize::MAX).min(out.len());
            match self.flow.read(&mut out[..most]) {
                Ok(0) => {}
                Ok(n) => {
                    self.taken += n as u64;
                    return Ok(n);
                }
                Err(error) => self.recover(error)?,
            }
        }
        let there = self.fill_buf()?;
        let n = there.len().min(out.len());
        out[..n].copy_from_slice(&there[..n]);
        self.consume(n);
        Ok(n)
    }

    fn is_ready(&mut self) -> Result<bool> {
        if let Some(error) = &self.failed {
            return Err(error.again());
        }
        // A break is for the next read, which then waits for the rest.
        Ok(self.flow.is_ready().unwrap_or(true))
    }

    fn is_end(&self) -> bool {
        self.failed.is_none()
            && self.flow.is_end()
            && self.skip == 0
            && self.length.is_none_or(|length| self.taken >= length)
    }

    fn received(&self) -> u64 {
        self.taken
    }

    fn ended_at(&self) -> Option<Instant> {
        self.flow.ended_at().filter(|_| self.is_end())
    }

    fn into_upgraded(self: Box<Self>) -> Option<Upgraded> {
        self.flow.into_upgraded()
    }
}

#[cfg(test)]
mod tests;
