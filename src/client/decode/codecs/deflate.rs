//! `deflate`: the zlib format (RFC 1950), as RFC 9110 §8.4.1.2 says, or bare deflate (RFC 1951), as some servers send.

use flate2::{Decompress, Status};

use super::gzip::inflate;
use super::step::{CUT_OFF, EMPTY, GARBAGE, set_up};
use crate::client::decode::codec::{Codec, Fault, Step};
use crate::error::Result;

/// The first two bytes tell the formats apart: as the start of bare deflate, zlib's would be a stored block with
/// padding that no encoder writes.
#[derive(Default)]
pub(super) struct Deflate {
    head: [u8; 2],
    held: usize,
    stream: Option<Decompress>,
    complete: bool,
}

impl Deflate {
    /// Takes the first two bytes and sets the decoder up that they ask for.
    fn begin(&mut self, input: &[u8], out: &mut [u8], step: &mut Step) -> Result<bool, Fault> {
        while self.held < self.head.len() {
            let Some(&byte) = input.get(step.taken) else { return Ok(false) };
            self.head[self.held] = byte;
            self.held += 1;
            step.taken += 1;
        }
        let zlib = is_zlib(self.head);
        let mut stream = set_up(move || Decompress::new(zlib))?;
        step.begun += 1;
        let mut fed = Step::default();
        let status = inflate(&mut stream, &self.head, out, &mut fed)?;
        step.made += fed.made;
        self.complete = status == Status::StreamEnd;
        self.stream = Some(stream);
        Ok(true)
    }
}

impl Codec for Deflate {
    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        let mut step = Step::default();
        if self.stream.is_none() {
            match self.begin(input, out, &mut step) {
                Ok(true) => {}
                Ok(false) => return step,
                Err(fault) => return step.with(fault),
            }
        }
        let stream = self.stream.as_mut().expect("begun");
        while !self.complete && (step.taken < input.len() || input.is_empty()) {
            match inflate(stream, input, out, &mut step) {
                Ok(Status::StreamEnd) => self.complete = true,
                Ok(_) if step.taken == input.len() || step.made == out.len() => return step,
                Ok(_) => return step.with("the stream does not go on"),
                Err(fault) => return step.with(fault),
            }
        }
        if step.taken < input.len() { step.with(GARBAGE) } else { step }
    }

    fn finish(&self) -> Result<(), Fault> {
        match (self.complete, self.held) {
            (true, _) => Ok(()),
            (false, 0) => Err(EMPTY.into()),
            (false, _) => Err(CUT_OFF.into()),
        }
    }
}

/// RFC 1950 §2.2: method 8, a window of 32 KiB at most, and a check of both bytes together.
fn is_zlib(head: [u8; 2]) -> bool {
    head[0] & 0x0f == 8 && head[0] >> 4 <= 7 && u16::from_be_bytes(head).is_multiple_of(31)
}
