//! What every coding offers: a step from bytes to bytes.

use std::borrow::Cow;

use crate::error::Error;

/// The state of one coding in the middle of a body.
pub(super) trait Codec: Send {
    /// Decodes until the input is used up, the output is full, or something is wrong. Never waits for input.
    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step;

    /// What is wrong if the coded bytes end here.
    fn finish(&self) -> Result<(), Fault>;
}

/// How far a step came.
#[derive(Default)]
pub(super) struct Step {
    /// Input bytes that were used.
    pub(super) taken: usize,
    /// Output bytes that were written.
    pub(super) made: usize,
    /// Members or frames that were begun: work that shows in no number of bytes.
    pub(super) begun: usize,
    /// What went wrong after that.
    pub(super) fault: Option<Fault>,
}

/// What is wrong with a coded stream.
pub(super) enum Fault {
    /// The bytes themselves.
    Bytes(Cow<'static, str>),
    /// Decoding could not be done here.
    Other(Error),
}

impl From<&'static str> for Fault {
    fn from(what: &'static str) -> Self {
        Self::Bytes(what.into())
    }
}

impl From<String> for Fault {
    fn from(what: String) -> Self {
        Self::Bytes(what.into())
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}
