//! Iterations that failed in the same way.

use crate::error::{Error, Kind, Phase};

/// How many iterations failed with one kind of error in one phase.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// What failed.
    pub kind: Kind,
    /// Where.
    pub phase: Option<Phase>,
    /// How often.
    pub count: u64,
    /// The message of the first one.
    pub first: String,
}

impl Failure {
    pub(super) fn new(error: &Error) -> Self {
        Self { kind: error.kind(), phase: error.phase(), count: 1, first: error.to_string() }
    }

    pub(super) fn is_like(&self, kind: Kind, phase: Option<Phase>) -> bool {
        self.kind == kind && self.phase == phase
    }
}
