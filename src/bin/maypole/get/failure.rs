//! What ends a transfer: curl's code, a line of text, and its causes.

use std::fmt;
use std::path::Path;

use maypole::error::{Error, Kind};

use super::exit::Code;
use crate::say;

/// A failed transfer, or a failed preparation of one.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) causes: Vec<String>,
    /// Nobody listens there.
    pub(super) is_refused: bool,
}

impl Failure {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), causes: Vec::new(), is_refused: false }
    }

    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::USAGE, message)
    }

    /// Nothing more can be written there.
    pub(super) fn write(to: &Path, error: &std::io::Error) -> Self {
        Self::new(Code::WRITE, format!("cannot write to {}: {error}", to.display()))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = Code::of(&error);
        let is_refused = error.kind() == Kind::Connect && error.to_string().contains("refused");
        Self { code, message: error.to_string(), causes: say::causes(&error), is_refused }
    }
}

/// `(7) connect: connection refused (127.0.0.1:9)`, as curl numbers its errors.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}) {}", self.code.0, self.message)
    }
}
