//! A request as the engine sees it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::draft::Draft;
use super::fetch::{self, PANICKED};
use super::handle::{Handle, Once};
use super::outcome::Outcome;
use crate::error::{Error, Kind, Phase, Result, defuse};
use crate::queue::engine::{Next, Refused, Task, Turn};
use crate::queue::fetch::{Held, Leave};
use crate::queue::limiter::Permit;

/// aquests' number for what was queued when the batch was shut down.
const SHUT_DOWN: u16 = 705;

pub(super) struct Job {
    handle: Handle,
    draft: Draft,
    callback: Option<Once>,
    /// None before its first turn, and without limiters.
    held: Option<Box<Held>>,
}

impl Job {
    pub(super) fn new(handle: Handle, draft: Draft, callback: Option<Once>) -> Self {
        Self { handle, draft, callback, held: None }
    }

    fn ask(&mut self, turn: &mut Turn<'_, Self>) -> Result<Leave> {
        let shared = self.handle.shared();
        if shared.limiters.is_empty() {
            return Ok(Leave::Go);
        }
        let held = self.held.get_or_insert_default();
        // What is wrong with a request is for the fetch to say.
        let request = shared.client.get(self.draft.url());
        let Some(url) = request.url() else { return Ok(Leave::Go) };
        let leave = held.ask(&shared.limiters, url, turn)?;
        if matches!(leave, Leave::Go) {
            // A rate counts from here; what has not begun would take nothing.
            held.permits.iter_mut().for_each(Permit::begin);
        }
        Ok(leave)
    }

    fn fail(self, error: Error, code: Option<u16>) {
        let outcome = fetch::unsent(self.draft, error, code);
        deliver(&self.handle, outcome, self.callback);
    }
}

impl Task for Job {
    type Grant = Result<Permit>;

    fn run(mut self, mut turn: Turn<'_, Self>) -> Next<Self> {
        match catch_unwind(AssertUnwindSafe(|| self.ask(&mut turn))) {
            Ok(Ok(Leave::Go)) => {
                let Self { handle, draft, callback, held } = self;
                let outcome = fetch::fetch(handle.shared(), draft, turn.token);
                // Back before the callback, which may take its time.
                if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(held))) {
                    handle.shared().panicked(outcome.req_id(), &*panic);
                    defuse(panic);
                }
                deliver(&handle, outcome, callback);
            }
            Ok(Ok(Leave::Until(at))) => return Next::Later(self, at),
            Ok(Ok(Leave::Granted)) => return Next::Blocked(self),
            Ok(Err(error)) => self.fail(error, None),
            Err(panic) => self.fail(fetch::panicked(&*panic), Some(PANICKED)),
        }
        Next::Done
    }

    fn refuse(self, _why: Refused) {
        let error = Error::new(Kind::Cancelled, "the batch was shut down before the request began");
        self.fail(error.with_phase(Phase::Checkout), Some(SHUT_DOWN));
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
