//! A job on its way through the engine.

use std::sync::Arc;

use super::process::{Order, Reply};
use super::shared::Shared;
use crate::error::{Error, Kind, Phase, Result};
use crate::queue::engine::{Next, Refused, Task, Turn};
use crate::queue::futures;
use crate::rt::CancelToken;

/// Gets what came of it, once.
pub(super) type Done = Box<dyn FnOnce(Result<Reply>) + Send>;

pub(super) struct Job {
    pub(super) shared: Arc<Shared>,
    pub(super) work: Work,
}

pub(super) enum Work {
    Order(Order, Done),
    /// A request of a futures session, which has its own way to tell what came of it.
    Request(futures::Job),
}

impl Task for Job {
    type Grant = std::convert::Infallible;

    fn run(self, turn: Turn<'_, Self>) -> Next<Self> {
        let Self { shared, work } = self;
        let mut retired = None;
        match work {
            Work::Order(order, done) => {
                let (outcome, process) = shared.run(&order, turn.token);
                done(outcome);
                retired = process;
            }
            Work::Request(job) => job.run_by(&mut |request, token| {
                let (outcome, process) = shared.fetch(request, &CancelToken::child_of([token, turn.token]));
                retired = process;
                outcome
            }),
        }
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
        let error = |label: &str| Error::new(Kind::Cancelled, format!("{label}: {why}")).with_phase(Phase::Checkout);
        match self.work {
            Work::Order(order, done) => done(Err(error(&format!("the job `{}`", order.label)))),
            Work::Request(job) => job.fail(error("the request")),
        }
    }
}
