//! `br` (RFC 7932): one stream, without a checksum.

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

use super::step::{CUT_OFF, EMPTY, GARBAGE, set_up};
use crate::client::decode::codec::{Codec, Fault, Step};
use crate::error::Result;
use crate::rt;

/// Output of one step that is done on another stack, where it has to be copied from.
const ASIDE: usize = 64 << 10;

type State = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

/// Strict: the "large window" of some encoders, up to 1 GiB, is not part of RFC 7932, whose own is 16 MiB at most.
#[derive(Default)]
pub(super) struct Brotli {
    state: Option<Box<State>>,
    begun: bool,
    complete: bool,
}

impl Codec for Brotli {
    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        let mut step = Step::default();
        if self.complete {
            return if input.is_empty() { step } else { step.with(GARBAGE) };
        }
        let state = match self.state.take() {
            Some(state) => state,
            None if self.begun => return step.with("the stream is broken"),
            None => match set_up(fresh) {
                Ok(state) => state,
                Err(error) => return step.with(error),
            },
        };
        self.begun |= !input.is_empty();
        let (state, moved) = match here_or_aside(state, input, out) {
            Ok(done) => done,
            Err(error) => return step.with(error),
        };
        (step.taken, step.made) = (moved.taken, moved.made);
        match moved.result {
            BrotliResult::ResultFailure => step.with("the stream is broken or has a window above 16 MiB"),
            BrotliResult::ResultSuccess => {
                self.complete = true;
                if step.taken < input.len() { step.with(GARBAGE) } else { step }
            }
            BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {
                self.state = Some(state);
                step
            }
        }
    }

    fn finish(&self) -> Result<(), Fault> {
        match (self.complete, self.begun) {
            (true, _) => Ok(()),
            (false, true) => Err(CUT_OFF.into()),
            (false, false) => Err(EMPTY.into()),
        }
    }
}

fn fresh() -> Box<State> {
    let alloc = StandardAlloc::default;
    Box::new(BrotliState::new_strict(alloc(), alloc(), alloc()))
}

struct Moved {
    taken: usize,
    made: usize,
    result: BrotliResult,
}

/// A step takes up to 17 KiB of stack, half of what a caller's coroutine may have.
fn here_or_aside(mut state: Box<State>, input: &[u8], out: &mut [u8]) -> Result<(Box<State>, Moved)> {
    if rt::is_roomy() {
        let moved = decompress(&mut state, input, out);
        return Ok((state, moved));
    }
    let (input, room) = (input.to_vec(), out.len().min(ASIDE));
    let (state, moved, made) = rt::roomy(move || {
        let mut made = vec![0; room];
        let moved = decompress(&mut state, &input, &mut made);
        (state, moved, made)
    })?;
    out[..moved.made].copy_from_slice(&made[..moved.made]);
    Ok((state, moved))
}

// Outlined: its frames must not lie under those who only pass by.
#[inline(never)]
fn decompress(state: &mut State, input: &[u8], out: &mut [u8]) -> Moved {
    let (mut left, mut taken) = (input.len(), 0);
    let (mut room, mut made, mut total) = (out.len(), 0, 0);
    let result = BrotliDecompressStream(&mut left, &mut taken, input, &mut room, &mut made, out, &mut total, state);
    Moved { taken, made, result }
}
