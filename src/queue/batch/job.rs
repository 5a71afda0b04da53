//! A request as the engine sees it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::draft::Draft;
use super::fetch;
use super::handle::{Handle, Once};
use super::outcome::Outcome;
use crate::queue::engine::{Next, Refused, Task, Turn};

/// aquests' number for what was queued when the batch was shut down.
const SHUT_DOWN: u16 = 705;

pub(super) struct Job {
    pub(super) handle: Handle,
    pub(super) draft: Draft,
    pub(super) callback: Option<Once>,
}

impl Task for Job {
    type Grant = std::convert::Infallible;

    fn run(self, turn: Turn<'_, Self>) -> Next<Self> {
        let Self { handle, draft, callback } = self;
        let outcome = fetch::fetch(handle.shared(), draft, turn.token);
        deliver(&handle, outcome, callback);
        Next::Done
    }

    fn refuse(self, _why: Refused) {
        let Self { handle, draft, callback } = self;
        let outcome = fetch::refused(draft, "the batch was shut down before the request began", SHUT_DOWN);
        deliver(&handle, outcome, callback);
    }
}

/// Counted first: a callback that looks finds itself counted.
fn deliver(handle: &Handle, outcome: Outcome, callback: Option<Once>) {
    let (shared, id) = (handle.shared(), outcome.req_id());
    shared.tally.count(&outcome);
    let told = catch_unwind(AssertUnwindSafe(|| match callback {
        Some(callback) => callback(outcome, handle),
        None => (handle.ends.callback)(outcome, handle),
    }));
    if let Err(panic) = told {
        shared.panicked(id, &*panic);
    }
}
