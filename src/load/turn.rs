//! One iteration, seen from inside.

use std::time::{Duration, Instant};

use super::sample::Sample;
use crate::error::Result;

/// Which iteration this is, and the watch for its steps.
#[derive(Debug)]
pub struct Turn<'a> {
    user: usize,
    number: u64,
    started: Instant,
    steps: &'a mut Vec<Step>,
}

/// A named part of an iteration.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) time: Duration,
    pub(super) failed: bool,
}

impl<'a> Turn<'a> {
    pub(super) fn new(user: usize, number: u64, started: Instant, steps: &'a mut Vec<Step>) -> Self {
        Self { user, number, started, steps }
    }

    /// The user whose turn it is, from 0.
    pub fn user(&self) -> usize {
        self.user
    }

    /// The number of this iteration among all users', from 0.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// How long the iteration has taken so far.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Times a part of the iteration under a name of its own; steps of one name add up, see
    /// [`Stats::steps`](super::Stats::steps).
    ///
    /// # Errors
    /// What `f` returned.
    pub fn step(&mut self, name: &'static str, f: impl FnOnce() -> Result<Sample>) -> Result<Sample> {
        let start = Instant::now();
        let result = f();
        self.steps.push(Step { name, time: start.elapsed(), failed: result.is_err() });
        result
    }
}
