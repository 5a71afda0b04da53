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
    /// Kind and phase, as JSON has them: `Timeout in Head`; `Connect` alone where both say the same.
    pub fn what(&self) -> String {
        what(&format!("{:?}", self.kind), self.phase.map(|phase| format!("{phase:?}")).as_deref())
    }

    pub(super) fn new(error: &Error) -> Self {
        Self { kind: error.kind(), phase: error.phase(), count: 1, first: error.to_string() }
    }

    pub(super) fn is_like(&self, kind: Kind, phase: Option<Phase>) -> bool {
        self.kind == kind && self.phase == phase
    }
}

pub(super) fn what(kind: &str, phase: Option<&str>) -> String {
    phase.filter(|&phase| phase != kind).map_or_else(|| kind.to_owned(), |phase| format!("{kind} in {phase}"))
}
