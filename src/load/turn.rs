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
    steps: &'a mut Steps,
}

/// The steps of one iteration after the other. Their names stand in one text whose room is kept: a step costs no
/// allocation, whatever it is called.
#[derive(Debug, Default)]
pub(super) struct Steps {
    names: String,
    done: Vec<(usize, Step)>,
}

/// A named part of an iteration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) time: Duration,
    /// `None` if it failed.
    pub(super) sample: Option<Sample>,
}

impl Steps {
    fn push(&mut self, name: &str, step: Step) {
        self.done.push((self.names.len(), step));
        self.names.push_str(name);
    }

    /// Those of this iteration, each with its name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Step)> {
        let ends = self.done.iter().skip(1).map(|(from, _)| *from).chain([self.names.len()]);
        self.done.iter().zip(ends).map(|((from, step), end)| (&self.names[*from..end], step))
    }

    pub(super) fn clear(&mut self) {
        self.names.clear();
        self.done.clear();
    }
}

impl Turn<'_> {
    /// So many names of [steps](Self::step) are told apart in a run.
    pub const MOST_STEPS: usize = 64;
    /// What steps of further names are called.
    pub const OTHER_STEPS: &'static str = "(others)";
}

impl<'a> Turn<'a> {
    pub(super) fn new(user: usize, number: u64, started: Instant, steps: &'a mut Steps) -> Self {
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

    /// Times a part of the iteration under a name of its own; steps of one name add up in
    /// [`Stats::steps`](super::Stats::steps).
    ///
    /// ```
    /// use maypole::load::{Load, Sample, Turn};
    /// let stats = Load::new().users(2).iterations(6).run(|turn: &mut Turn<'_>| {
    ///     let name = if turn.number() % 3 == 0 { "write" } else { "read" };
    ///     turn.step(name, || Ok(Sample::new().status(200).bytes(10)))
    /// })?;
    /// assert_eq!((stats.steps["write"].time.count(), stats.steps["read"].bytes), (2, 40));
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// The name may be put together as it goes: it is copied into room that is kept. Each name takes some 10 KiB for its
    /// histogram, or more where times differ much, so [64](Self::MOST_STEPS) of them are told apart; further ones count
    /// together under [`(others)`](Self::OTHER_STEPS). A step whose `f` panics is none.
    ///
    /// # Errors
    /// What `f` returned.
    pub fn step(&mut self, name: &str, f: impl FnOnce() -> Result<Sample>) -> Result<Sample> {
        let start = Instant::now();
        let result = f();
        self.steps.push(name, Step { time: start.elapsed(), sample: result.as_ref().ok().copied() });
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_keep_their_names_apart_and_their_room() {
        let mut steps = Steps::default();
        for _ in 0..2 {
            for name in ["a", "", "bc"] {
                steps.push(name, Step { time: Duration::ZERO, sample: None });
            }
            assert!(steps.iter().map(|(name, _)| name).eq(["a", "", "bc"]));
            let room = (steps.names.capacity(), steps.done.capacity());
            steps.clear();
            assert_eq!(steps.iter().count(), 0);
            assert_eq!(room, (steps.names.capacity(), steps.done.capacity()));
        }
    }
}
