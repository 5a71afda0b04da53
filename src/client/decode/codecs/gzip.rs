//! `gzip` (RFC 1952): members in a row, each with its checksum and length.

use flate2::{Decompress, FlushDecompress, Status};

use super::step::{CUT_OFF, EMPTY, GARBAGE, set_up};
use crate::client::decode::codec::{Codec, Fault, Step};
use crate::error::Result;

/// Windows are of 32 KiB at most (RFC 1951 §3.2.5).
const WINDOW_BITS: u8 = 15;

/// Bytes that tell a member from anything else.
const MAGIC: u64 = 2;

/// Header, checksum and length are the library's to check. What follows a member must be another one (§2.2).
#[derive(Default)]
pub(super) struct Gzip {
    member: Option<Decompress>,
    complete: u64,
}

impl Codec for Gzip {
    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        let mut step = Step::default();
        loop {
            let member = match &mut self.member {
                Some(member) => member,
                None if step.taken == input.len() => return step,
                None => match set_up(|| Decompress::new_gzip(WINDOW_BITS)) {
                    Ok(member) => {
                        step.begun += 1;
                        self.member.insert(member)
                    }
                    Err(error) => return step.with(error),
                },
            };
            match inflate(member, input, out, &mut step) {
                Ok(Status::StreamEnd) => {
                    self.member = None;
                    self.complete += 1;
                }
                Ok(_) if step.taken == input.len() || step.made == out.len() => return step,
                Ok(_) => return step.with("the stream does not go on"),
                Err(_) if self.complete > 0 && member.total_in() <= MAGIC => return step.with(GARBAGE),
                Err(what) => return step.with(what),
            }
        }
    }

    fn finish(&self) -> Result<(), Fault> {
        match (&self.member, self.complete) {
            (Some(_), _) => Err(CUT_OFF.into()),
            (None, 0) => Err(EMPTY.into()),
            (None, _) => Ok(()),
        }
    }
}

/// As far as input and output reach; what came of it is added to `step`.
pub(super) fn inflate(stream: &mut Decompress, input: &[u8], out: &mut [u8], step: &mut Step) -> Result<Status, Fault> {
    let before = (stream.total_in(), stream.total_out());
    let result = stream.decompress(&input[step.taken..], &mut out[step.made..], FlushDecompress::None);
    step.taken += (stream.total_in() - before.0) as usize;
    step.made += (stream.total_out() - before.1) as usize;
    result.map_err(|error| match error.message() {
        Some(what) => what.to_owned().into(),
        None => "the stream is broken".into(),
    })
}
