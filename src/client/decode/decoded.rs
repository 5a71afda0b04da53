//! A flow of what comes out of one coding.

use std::time::Instant;

use super::codec::{Codec, Fault, Step};
use super::coding::Coding;
use super::gauge::Gauge;
use super::switch::Switch;
use crate::client::flow::Flow;
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase, Result};
use crate::exchange::Upgraded;
use crate::rt;

/// Reads of at least this size are decoded straight into the caller's memory. Not as small as those of a bare body:
/// decoders are slow at the edges of their output.
const DIRECT: usize = 16 << 10;
/// The buffer at first: most bodies are small.
const BUFFER: usize = 8 << 10;
/// … and once a stream fills it.
const FULL_BUFFER: usize = 64 << 10;
/// Coded bytes of one step: what no output shows must end in time as well.
const STEP_IN: usize = 64 << 10;
/// Output after which the worker's other coroutines have a turn. A small body that becomes a large one never touches
/// the socket, which is where turns are taken otherwise.
const TURN: usize = 256 << 10;
/// What the beginning of a member or frame counts in that: setting a decoder up takes as long as so many bytes.
const BEGUN: usize = 4 << 10;

/// One stage of decoding.
pub(super) struct Decoded {
    below: Box<dyn Flow>,
    coding: &'static str,
    gauge: Gauge,
    state: State,
    switch: Switch,
    /// Whether it has been read from.
    begun: bool,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Coded bytes that were taken.
    taken: u64,
    /// Decoded bytes that were handed out.
    handed: u64,
    /// The last step filled its output: there may be more without further input.
    more: bool,
    /// `below` shows bytes that have not been taken.
    left: bool,
    since_turn: usize,
    /// The end of the whole request. Nothing else would end what never has to wait.
    until: Until,
}

enum State {
    Open(Box<dyn Codec>),
    Done,
    Failed(Error),
    /// Coded bytes were asked for.
    Raw,
}

impl Decoded {
    pub(super) fn new(
        below: Box<dyn Flow>,
        coding: Coding,
        codec: Box<dyn Codec>,
        gauge: Gauge,
        switch: Switch,
    ) -> Self {
        Self::in_state(below, coding.name(), gauge, switch, State::Open(codec))
    }

    /// A body that cannot be decoded: every read says why.
    pub(super) fn refused(below: Box<dyn Flow>, error: Error, switch: Switch) -> Self {
        Self::in_state(below, "", Gauge::lowest(None), switch, State::Failed(error))
    }

    fn in_state(below: Box<dyn Flow>, coding: &'static str, gauge: Gauge, switch: Switch, state: State) -> Self {
        Self {
            below,
            coding,
            gauge,
            state,
            switch,
            begun: false,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            taken: 0,
            handed: 0,
            more: false,
            left: false,
            since_turn: 0,
            until: Until::never(),
        }
    }

    pub(super) fn until(self, until: Until) -> Self {
        Self { until, ..self }
    }

    /// Whether the bytes go through as they came, which the first read settles.
    fn is_raw(&mut self) -> bool {
        if !self.begun {
            self.begun = true;
            if !self.switch.begin() {
                self.state = State::Raw;
            }
        }
        matches!(self.state, State::Raw)
    }

    /// One step into `out`, waiting for input if there is none and none is needed before; how many bytes came out.
    fn advance(&mut self, out: &mut [u8]) -> Result<usize> {
        let State::Open(codec) = &mut self.state else { return self.over().map(|()| 0) };
        let input = if self.more && !self.left { &[][..] } else { self.below.fill_buf()? };
        if input.is_empty() && !self.more {
            self.finish();
            return self.over().map(|()| 0);
        }
        let room = out.len().min(TURN);
        let (shown, input) = (input.len(), &input[..input.len().min(STEP_IN)]);
        let step = codec.step(input, &mut out[..room]);
        let stuck = step.taken == 0 && step.made == 0 && !input.is_empty() && step.fault.is_none();
        self.more = step.made == room;
        self.left = step.taken < shown;
        self.below.consume(step.taken);
        self.taken += step.taken as u64;
        let made = step.made;
        self.judge(step, stuck);
        if made == 0 {
            self.over()?;
        }
        self.give_way(made);
        Ok(made)
    }

    /// What a step says about the stream. Bytes that came out before a fault are handed out first.
    fn judge(&mut self, step: Step, stuck: bool) {
        let counted = self.gauge.count(step.taken, step.made);
        self.since_turn += step.begun * BEGUN;
        match (step.fault, counted) {
            (Some(fault), _) => self.fail(fault),
            (None, Err(what)) => {
                let what = format!("{}: {what}", self.coding);
                self.state = State::Failed(Error::new(Kind::TooLarge, what).with_phase(Phase::Decode));
            }
            (None, Ok(())) if stuck => self.fail("the stream does not go on".into()),
            // Known at once, so that a reader who stops at the last byte sees the end.
            (None, Ok(())) if !self.more && !self.left && self.below.is_end() => self.finish(),
            (None, Ok(())) => {}
        }
    }

    fn finish(&mut self) {
        let State::Open(codec) = &self.state else { return };
        match codec.finish() {
            Ok(()) => self.state = State::Done,
            Err(fault) => self.fail(fault),
        }
    }

    fn fail(&mut self, fault: Fault) {
        let error = match fault {
            Fault::Bytes(what) => {
                let what = format!("{}: {what} (at byte {} of the coded body)", self.coding, self.taken);
                Error::new(Kind::Decode, what).with_progress(0, self.below.received())
            }
            Fault::Other(error) => error,
        };
        self.state = State::Failed(error.with_phase(Phase::Decode));
    }

    /// The end, or the error that stays.
    fn over(&mut self) -> Result<()> {
        match &self.state {
            State::Failed(error) => Err(error.again()),
            _ => Ok(()),
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    /// One step into the buffer, which is empty.
    fn advance_buffer(&mut self) -> Result<()> {
        if self.more && self.buffer.len() < FULL_BUFFER {
            self.buffer = vec![0; FULL_BUFFER];
        } else if self.buffer.is_empty() {
            self.buffer = vec![0; BUFFER];
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        let made = self.advance(&mut buffer);
        self.buffer = buffer;
        (self.start, self.end) = (0, 0);
        self.end = made?;
        Ok(())
    }

    fn give_way(&mut self, made: usize) {
        self.since_turn += made;
        if self.since_turn >= TURN {
            self.since_turn = 0;
            rt::yield_io();
            if self.is_open() && self.until.is_over(Instant::now()) {
                self.state = State::Failed(Error::timeout(Phase::Decode, self.until.limit()));
            }
        }
    }

    fn take_buffered(&mut self, out: &mut [u8]) -> usize {
        let n = out.len().min(self.end - self.start);
        out[..n].copy_from_slice(&self.buffer[self.start..self.start + n]);
        self.consume(n);
        n
    }
}

impl Flow for Decoded {
    fn below(&self) -> Option<&dyn Flow> {
        Some(&*self.below)
    }

    fn fill_buf(&mut self) -> Result<&[u8]> {
        if self.is_raw() {
            return self.below.fill_buf();
        }
        while self.start == self.end {
            self.over()?;
            if !self.is_open() {
                self.buffer = Vec::new();
                (self.start, self.end) = (0, 0);
                break;
            }
            self.advance_buffer()?;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, n: usize) {
        if matches!(self.state, State::Raw) {
            return self.below.consume(n);
        }
        self.start = (self.start + n).min(self.end);
        self.handed += n as u64;
    }

    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        if self.is_raw() {
            return self.below.read(out);
        }
        if out.is_empty() {
            return Ok(0);
        }
        if out.len() < DIRECT || self.start < self.end {
            self.fill_buf()?;
            return Ok(self.take_buffered(out));
        }
        loop {
            let made = self.advance(out)?;
            if made > 0 || !self.is_open() {
                self.handed += made as u64;
                return Ok(made);
            }
        }
    }

    fn is_ready(&mut self) -> Result<bool> {
        if self.is_raw() {
            return self.below.is_ready();
        }
        while self.start == self.end && self.is_open() {
            if !self.more && !self.left && !self.below.is_ready()? {
                return Ok(false);
            }
            self.advance_buffer()?;
        }
        if self.start == self.end {
            self.over()?;
        }
        Ok(true)
    }

    fn is_end(&self) -> bool {
        match self.state {
            _ if self.switch.is_raw() => self.below.is_end(),
            State::Done => self.start == self.end,
            _ => false,
        }
    }

    fn received(&self) -> u64 {
        if self.switch.is_raw() { self.below.received() } else { self.handed }
    }

    fn into_upgraded(self: Box<Self>) -> Option<Upgraded> {
        self.below.into_upgraded()
    }
}
