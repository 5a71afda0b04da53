//! `zstd` (RFC 8878): frames in a row, skippable ones among them.

use zstd::zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer, get_error_name};

use super::step::{CUT_OFF, EMPTY, GARBAGE, set_up};
use crate::client::decode::codec::{Codec, Fault, Step};
use crate::error::Result;

/// RFC 9659: as a content coding, zstd has windows of 8 MiB at most. The library's own cap is 128 MiB.
const WINDOW_LOG: u32 = 23;

#[derive(Default)]
pub(super) struct Zstd {
    context: Option<DCtx<'static>>,
    inside: bool,
    complete: u64,
}

impl Zstd {
    fn context(&mut self) -> Result<&mut DCtx<'static>, Fault> {
        if self.context.is_none() {
            let made = set_up(|| {
                let mut context = DCtx::try_create().ok_or("no memory for a decoder")?;
                context.set_parameter(DParameter::WindowLogMax(WINDOW_LOG)).map_err(get_error_name)?;
                Ok::<_, &'static str>(context)
            })?;
            self.context = Some(made?);
        }
        Ok(self.context.as_mut().expect("set up"))
    }
}

impl Codec for Zstd {
    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        let mut step = Step::default();
        // An empty call between two frames would begin one.
        while step.taken < input.len() || (self.inside && input.is_empty()) {
            let context = match self.context() {
                Ok(context) => context,
                Err(fault) => return step.with(fault),
            };
            let mut from = InBuffer { src: input, pos: step.taken };
            let mut into = OutBuffer::around_pos(&mut *out, step.made);
            let left = context.decompress_stream(&mut into, &mut from);
            let moved = from.pos() > step.taken || into.pos() > step.made;
            (step.taken, step.made) = (from.pos(), into.pos());
            match left {
                Ok(0) => {
                    self.inside = false;
                    self.complete += 1;
                    step.begun += 1;
                }
                Ok(_) => self.inside = true,
                Err(code) => return step.with(self.named(code)),
            }
            if step.made == out.len() || !moved {
                break;
            }
        }
        step
    }

    fn finish(&self) -> Result<(), Fault> {
        match (self.inside, self.complete) {
            (true, _) => Err(CUT_OFF.into()),
            (false, 0) => Err(EMPTY.into()),
            (false, _) => Ok(()),
        }
    }
}

impl Zstd {
    fn named(&self, code: usize) -> Fault {
        match get_error_name(code) {
            "Unknown frame descriptor" if self.complete > 0 => GARBAGE.into(),
            "Frame requires too much memory for decoding" => {
                "the frame's window is larger than 8 MiB (RFC 9659)".into()
            }
            name => name.into(),
        }
    }
}
