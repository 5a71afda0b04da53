//! A job on its way through the engine.

use std::sync::Arc;

use super::crew::Crew;
use super::process::{Order, Reply};
use crate::error::{Error, Kind, Phase, Result};
use crate::queue::engine::{Next, Refused, Task, Turn};
use crate::rt::CancelToken;

/// Gets what came of it, once.
pub(super) type Done = Box<dyn FnOnce(Result<Reply>) + Send>;

pub(super) struct Job {
    pub(super) crew: Arc<Crew>,
    pub(super) order: Order,
    pub(super) done: Done,
}

impl Task for Job {
    type Grant = std::convert::Infallible;

    fn run(self, turn: Turn<'_, Self>) -> Next<Self> {
        let Self { crew, order, done } = self;
        let both = order.token.as_ref().map(|own| CancelToken::child_of([own, turn.token]));
        let (outcome, retired) = crew.run(&order, both.as_ref().unwrap_or(turn.token));
        done(outcome);
        // Waited for while the job still counts: its successor's memory comes after its own.
        if let Some(retired) = retired {
            retired.retire();
        }
        Next::Done
    }

    fn refuse(self, why: Refused) {
        let why = match why {
            Refused::Cancelled => "it was cancelled before it began",
            Refused::Stopped => "its pool was stopped before it began",
        };
        let error = Error::new(Kind::Cancelled, format!("the job `{}`: {why}", self.order.label));
        (self.done)(Err(error.with_phase(Phase::Checkout)));
    }
}
