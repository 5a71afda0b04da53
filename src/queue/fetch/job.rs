//! One fetch on a worker.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use super::fetched::Fetched;
use super::queue::Shared;
use super::request::Fetch;
use crate::client::{RequestBuilder, Response};
use crate::error::{Error, Kind, Phase, Result};
use crate::message::Url;
use crate::queue::engine::{Granting, JobId, Next, Refused, Task, Turn};
use crate::queue::limiter::{self, Acquire, Observation, Permit, Seat};
use crate::rt::CancelToken;

pub(super) type Handler = Box<dyn FnOnce(&str, Fetched) + Send>;

pub(super) struct Job {
    pub(super) shared: Arc<Shared>,
    pub(super) fetch: Fetch,
    pub(super) handler: Option<Handler>,
    /// One of each limiter asked so far.
    permits: Vec<Permit>,
    /// Where limiters find it while it waits.
    place: Option<Arc<Place>>,
}

impl Job {
    pub(super) fn new(shared: Arc<Shared>, fetch: Fetch, handler: Option<Handler>) -> Self {
        Self { shared, fetch, handler, permits: Vec::new(), place: None }
    }

    fn fail(self, error: Error) {
        let Self { shared, fetch, handler, permits, .. } = self;
        drop(permits);
        let url: Box<str> = fetch.url().into();
        deliver(&shared, handler, Fetched::new(url, Err(error), std::time::Duration::ZERO));
    }
}

impl Task for Job {
    type Grant = Result<Permit>;

    fn run(mut self, mut turn: Turn<'_, Self>) -> Next<Self> {
        if !self.shared.limiters.is_empty() {
            match permits(&mut self, &mut turn) {
                Ok(None) => {}
                Ok(Some(Wait::Until(at))) => return Next::Later(self, at),
                Ok(Some(Wait::Granted)) => return Next::Blocked(self),
                Err(error) => {
                    self.fail(error);
                    return Next::Done;
                }
            }
        }
        let Self { shared, fetch, handler, mut permits, .. } = self;
        let requested: Box<str> = fetch.url().into();
        let request = shared.prepare(fetch, turn.token);
        permits.iter_mut().for_each(Permit::begin);
        let start = Instant::now();
        let response = send(&shared, request, start);
        let fetched = Fetched::new(requested, response, start.elapsed());
        drop(permits);
        deliver(&shared, handler, fetched);
        Next::Done
    }

    fn refuse(self, why: Refused) {
        let what = match why {
            Refused::Cancelled => "the fetch was cancelled before it began",
            Refused::Stopped => "the queue was stopped before the fetch began",
        };
        let error = Error::new(Kind::Cancelled, what).with_phase(Phase::Checkout);
        self.fail(error);
    }
}

enum Wait {
    Until(Instant),
    Granted,
}

/// Asks the limiters that have not been asked; `None`: all have granted.
fn permits(job: &mut Job, turn: &mut Turn<'_, Job>) -> Result<Option<Wait>> {
    if let Some(granted) = turn.grant.take() {
        job.permits.push(granted?);
    }
    let url = Url::parse(job.fetch.url())?;
    let place = job.place.get_or_insert_with(|| Arc::new(Place { id: turn.id, granting: turn.granting.clone() }));
    let seat = limiter::Turn::new(place);
    while let Some(limiter) = job.shared.limiters.get(job.permits.len()) {
        match limiter.try_acquire(&url, &seat) {
            Acquire::Granted(permit) => job.permits.push(permit),
            Acquire::Later(at) => return Ok(Some(Wait::Until(at))),
            Acquire::Queued => return Ok(Some(Wait::Granted)),
            Acquire::Refused(error) => return Err(error),
        }
    }
    Ok(None)
}

/// A job that waits in a limiter's line.
struct Place {
    id: JobId,
    granting: Arc<dyn Granting<Result<Permit>>>,
}

impl Seat for Place {
    fn give(&self, grant: Result<Permit>) {
        self.granting.clone().grant(self.id, grant);
    }
}

fn send(shared: &Shared, request: RequestBuilder, start: Instant) -> Result<Response> {
    let url = match shared.limiters.is_empty() {
        true => None,
        false => request.url().cloned(),
    };
    let result = request.send();
    if let Some(url) = url {
        let answer = result.as_ref().ok();
        let seen = Observation {
            url: &url,
            status: answer.map(Response::status),
            headers: answer.map(Response::headers),
            failed: result.as_ref().err().map(Error::kind),
            latency: start.elapsed(),
        };
        shared.limiters.iter().for_each(|limiter| limiter.observe(&seen));
    }
    result
}

fn deliver(shared: &Shared, handler: Option<Handler>, fetched: Fetched) {
    let Some(handler) = handler else { return };
    let url: Box<str> = fetched.requested_url().into();
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| handler(&url, fetched))) {
        shared.panicked(&url, &*panic);
    }
}

impl Shared {
    /// The request with the queue's options, as far as it has none of its own.
    fn prepare(&self, fetch: Fetch, token: &CancelToken) -> RequestBuilder {
        fetch.into_request(&self.client).cancel(token)
    }
}
