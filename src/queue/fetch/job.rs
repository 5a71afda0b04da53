//! One fetch on a worker.
//!
//! ```text
//!   landed, or there ─────────────────────────────────────────────┐
//!   board ─▶ Follow: Blocked                                      ▼
//!     └ Lead ─▶ permits ─▶ not yet: Later, Blocked              end: the flight lands, permits go back, handler
//!                  └ Go ─▶ try ─┬─ worth another: Later           ▲
//!                               └─ answer, error ─────────────────┘
//! ```

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::answer::{Answer, Outcome};
use super::cache::{Boarding, Landing, Leader};
use super::event::FetchEvent;
use super::exchange::{Came, Origin, Try};
use super::fetched::Fetched;
use super::flight::{Grant, Waiting};
use super::handler::Handler;
use super::permits::{self, Leave};
use super::phases::Phases;
use super::shared::{Shared, failed};
use super::target::Target;
use crate::client::{RequestBuilder, Response};
use crate::error::{Error, Kind, Phase, panic_text};
use crate::queue::engine::{Next, Refused, Task, Turn};
use crate::queue::limiter::Permit;
use crate::rt::CancelToken;

pub(super) struct Job {
    pub(super) shared: Arc<Shared>,
    pub(super) target: Target,
    pub(super) handler: Handler,
    pub(super) phases: Option<Box<Phases>>,
    /// Of one that has had its turn; most of a million have not.
    progress: Option<Box<Progress>>,
}

#[derive(Default)]
struct Progress {
    /// What is there already.
    hit: Option<Outcome>,
    leader: Option<Leader>,
    /// One of each limiter asked so far.
    permits: Vec<Permit>,
    /// Where limiters find it: their turns are good for as long as it is there.
    seat: Option<Arc<Waiting>>,
    has_missed: bool,
    /// Whether it was looked for among those seen.
    is_checked: bool,
    /// How many times the queue has sent it, and how many times it went out with all that the client did.
    tries: u32,
    attempts: u32,
    last: Option<Error>,
}

/// How a turn ended.
enum Step {
    Later(Instant),
    Blocked,
    Ended(Fetched),
    Streaming(Box<Response>),
}

impl Job {
    pub(super) fn new(shared: Arc<Shared>, target: Target, phases: Option<Box<Phases>>, handler: Handler) -> Self {
        Self { shared, target, handler, phases, progress: None }
    }

    /// One whose answer is there already.
    pub(super) fn hit(mut self, outcome: Outcome) -> Self {
        self.progress().hit = Some(outcome);
        self
    }

    fn progress(&mut self) -> &mut Progress {
        self.progress.get_or_insert_default()
    }

    fn step(&mut self, turn: &mut Turn<'_, Self>) -> Step {
        match turn.grant.take() {
            Some(Grant::Landed(Landing::Answer(outcome))) => return self.has_come(outcome),
            Some(Grant::Permit(Err(error))) => return self.failed(error),
            Some(Grant::Permit(Ok(permit))) => self.progress().permits.push(permit),
            Some(Grant::Landed(Landing::Again)) | None => {}
        }
        if let Some(outcome) = self.progress.as_mut().and_then(|progress| progress.hit.take()) {
            return self.has_come(outcome);
        }
        if self.is_duplicate() {
            self.shared.counted.duplicates.fetch_add(1, Relaxed);
            return self.failed(Error::new(Kind::Duplicate, "the same was fetched before").with_phase(Phase::Checkout));
        }
        if let Some(step) = self.board(turn) {
            return step;
        }
        if let Some(step) = self.ask(turn) {
            return step;
        }
        self.fetch(turn.token)
    }

    /// At its first turn, not when it is enqueued: what a full queue refuses has not been seen.
    fn is_duplicate(&mut self) -> bool {
        if self.shared.seen.is_none() || std::mem::replace(&mut self.progress().is_checked, true) {
            return false;
        }
        self.shared.is_duplicate(&self.target)
    }

    /// `None`: nobody has it, and this job is the one that fetches it.
    fn board(&mut self, turn: &Turn<'_, Self>) -> Option<Step> {
        let shared = self.shared.clone();
        let cache = shared.cache.as_ref()?;
        let has_own = self.handler.is_streaming() || self.phases.as_ref().is_some_and(|phases| phases.watch_answer());
        if has_own || self.progress.as_ref().is_some_and(|progress| progress.leader.is_some()) {
            return None;
        }
        let key = shared.key(&self.target)?;
        let waiting = || Waiting { id: turn.id, granting: turn.granting.clone() };
        let follow = || -> Box<dyn FnOnce(Landing) + Send> {
            let waiting = waiting();
            Box::new(move |landing| waiting.landed(landing))
        };
        match cache.board(key, follow) {
            Boarding::Hit(outcome) => Some(self.has_come(outcome)),
            Boarding::Follow => Some(Step::Blocked),
            Boarding::Lead(leader) => {
                self.progress().leader = Some(leader);
                None
            }
        }
    }

    /// `None`: it may go.
    fn ask(&mut self, turn: &Turn<'_, Self>) -> Option<Step> {
        let shared = self.shared.clone();
        if shared.limiters.is_empty() {
            return None;
        }
        // A wrong URL is the request's to tell.
        let url = shared.url(&self.target)?;
        let waiting = || Arc::new(Waiting { id: turn.id, granting: turn.granting.clone() });
        let progress = self.progress();
        let seat = progress.seat.get_or_insert_with(waiting);
        let leave = permits::ask(&shared.limiters, &mut progress.permits, &url, seat, turn.priority);
        let step = match leave {
            Ok(Leave::Go) => return None,
            Ok(Leave::Until(at)) => Step::Later(at),
            Ok(Leave::Granted) => Step::Blocked,
            Err(error) => return Some(self.failed(error)),
        };
        if !std::mem::replace(&mut progress.has_missed, true) {
            shared.tell(self.target.url(), FetchEvent::LimiterMiss);
        }
        Some(step)
    }

    fn fetch(&mut self, token: &CancelToken) -> Step {
        let shared = self.shared.clone();
        let (request, origin) = self.request(token);
        shared.tell(self.target.url(), FetchEvent::Fetching);
        if let Some(on_send) = self.phases.as_mut().and_then(|phases| phases.send.as_mut()) {
            on_send(self.target.url());
        }
        let before = self.progress.as_ref().map_or(0, |progress| progress.tries);
        if origin.is_some() && before == 0 {
            shared.repeats.began();
        }
        let cookies = request.cookie_line().map(|line| String::from_utf8_lossy(&line).into());
        let cap = if request.has_max_body() { None } else { shared.config.max_body };
        // After the watcher, which may take its time: a rate counts from here.
        self.progress.iter_mut().flat_map(|progress| &mut progress.permits).for_each(Permit::begin);
        let (started, is_streaming) = (Instant::now(), self.handler.is_streaming());
        let phases = self.phases.as_deref_mut();
        let came = Try { shared: &shared, phases, origin, before, started, cap, is_streaming }.go(request);
        let elapsed = started.elapsed();
        match came {
            // Whatever a rule of the program's says to it.
            Came::Again(_, error) if token.is_cancelled() => {
                let error = error.unwrap_or_else(|| Error::cancelled(Phase::Head));
                self.came(Came::Failed(error), elapsed, cookies)
            }
            came => self.came(came, elapsed, cookies),
        }
    }

    fn came(&mut self, came: Came, elapsed: Duration, cookies: Option<Box<str>>) -> Step {
        match came {
            Came::Again(wait, error) => self.again(wait, error),
            Came::Answer(response, _) if self.handler.is_streaming() => {
                self.shared.tell(self.target.url(), FetchEvent::Answered { status: response.status() });
                Step::Streaming(response)
            }
            Came::Answer(response, body) => {
                self.shared.tell(self.target.url(), FetchEvent::Answered { status: response.status() });
                let attempts = self.attempts(response.attempts());
                let answer = Answer::of(&response, body, cookies);
                Step::Ended(Fetched::new(self.target.url().clone(), Ok(Arc::new(answer)), elapsed, attempts))
            }
            Came::Failed(error) => {
                self.shared.tell(self.target.url(), FetchEvent::Failed { error: &error });
                // A redirect that is not followed is the end of a request that has gone out.
                let attempts = self.attempts(error.attempts().max(u32::from(error.kind() == Kind::Redirect)));
                Step::Ended(Fetched::new(self.target.url().clone(), failed(error), elapsed, attempts))
            }
        }
    }

    /// Back in line: others go meanwhile, with the permits that this one held.
    fn again(&mut self, wait: Duration, error: Option<Error>) -> Step {
        let Some(at) = Instant::now().checked_add(wait) else {
            return self.failed(error.unwrap_or_else(|| Error::new(Kind::Timeout, "the next try would never come")));
        };
        self.shared.counted.retried.fetch_add(1, Relaxed);
        self.shared.tell(self.target.url(), FetchEvent::Retrying { after: wait });
        let progress = self.progress();
        progress.permits = Vec::new();
        progress.has_missed = false;
        progress.tries += 1;
        progress.attempts += error.as_ref().map_or(1, Error::attempts).max(1);
        progress.last = error;
        Step::Later(at)
    }

    /// The request for this try, and what is to be known of it to send it again.
    fn request(&mut self, token: &CancelToken) -> (RequestBuilder, Option<Origin>) {
        let shared = &self.shared;
        let url = self.target.url().clone();
        let target = std::mem::replace(&mut self.target, Target::Url(url));
        // A request with rules of its own goes by those.
        let is_repeated = shared.repeats.is_on() && !target.has_own_retry();
        let timeout = target.timeout();
        let (request, rest) = target.request(&shared.client, !is_repeated);
        let mut request = shared.preset(request, timeout);
        request.cancel_also(token);
        let mut origin = None;
        if let Some(rest) = rest {
            self.target = rest;
            if is_repeated {
                request = request.leave_retry();
                origin = Origin::of(&request);
            }
        }
        (request, origin)
    }

    fn attempts(&self, last: u32) -> u32 {
        self.progress.as_ref().map_or(0, |progress| progress.attempts) + last
    }

    fn has_come(&mut self, outcome: Outcome) -> Step {
        Step::Ended(self.shared.hit(self.target.url(), outcome))
    }

    fn failed(&mut self, error: Error) -> Step {
        self.shared.tell(self.target.url(), FetchEvent::Failed { error: &error });
        let attempts = self.attempts(0);
        Step::Ended(Fetched::new(self.target.url().clone(), failed(error), Duration::ZERO, attempts))
    }

    /// Who waits for the same gets it, and who waits for a permit; then the handler.
    fn end(self, fetched: Fetched) {
        let Self { shared, handler, progress, .. } = self;
        if let Some(progress) = progress {
            let Progress { leader, permits, .. } = *progress;
            if let Some(leader) = leader {
                leader.land(&fetched);
            }
            if !permits.is_empty() {
                shared.guarded(|| drop(permits));
            }
        }
        shared.deliver(handler, fetched);
    }

    /// The permits are held until the handler has read what it wants: the request is on its way as long.
    fn stream(self, response: Box<Response>) {
        let Self { shared, target, handler, progress, .. } = self;
        if let Handler::Streaming(handler) = handler {
            let url = target.url().clone();
            shared.call(&url, || handler(&url, Ok(*response)));
        }
        drop(progress);
    }
}

impl Task for Job {
    type Grant = Grant;

    fn run(mut self, mut turn: Turn<'_, Self>) -> Next<Self> {
        // What a limiter, a watcher or a middleware of the program's panics with is this fetch's failure.
        let step = catch_unwind(AssertUnwindSafe(|| self.step(&mut turn)));
        let step = step.unwrap_or_else(|panic| {
            self.shared.counted.panics.fetch_add(1, Relaxed);
            let what = format!("a function called for this fetch panicked: {}", panic_text(&*panic));
            self.failed(Error::new(Kind::Panicked, what))
        });
        match step {
            Step::Later(at) => return Next::Later(self, at),
            Step::Blocked => return Next::Blocked(self),
            Step::Ended(fetched) => self.end(fetched),
            Step::Streaming(response) => self.stream(response),
        }
        Next::Done
    }

    fn refuse(mut self, why: Refused) {
        let what = match why {
            Refused::Cancelled => "the fetch was cancelled before it was done",
            Refused::Stopped => "the queue was stopped before the fetch was done",
        };
        let mut error = Error::new(Kind::Cancelled, what).with_phase(Phase::Checkout);
        if let Some(last) = self.progress.as_mut().and_then(|progress| progress.last.take()) {
            error = error.with_source(last);
        }
        self.shared.tell(self.target.url(), FetchEvent::Cancelled);
        let attempts = self.attempts(0);
        let fetched = Fetched::new(self.target.url().clone(), failed(error), Duration::ZERO, attempts);
        self.end(fetched);
    }
}
