//! One request, from its turn to its outcome.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::draft::Draft;
use super::outcome::{Answer, Outcome};
use super::seen::Seen;
use super::shared::Shared;
use super::validators::{self, UNACCEPTABLE};
use crate::client::{RequestBuilder, Response};
use crate::error::{Error, Kind, defuse, panic_text};
use crate::message::Headers;
use crate::queue::limiter::Observation;
use crate::rt::CancelToken;

/// A panic while a request is made: in a caller's body, middleware, or option.
pub(super) const PANICKED: u16 = 703;

/// What came, and aquests' number where the error does not tell it.
#[derive(Default)]
struct Come {
    answer: Option<Box<Answer>>,
    error: Option<Error>,
    code: Option<u16>,
}

impl From<Error> for Come {
    fn from(error: Error) -> Self {
        Self { error: Some(error), ..Self::default() }
    }
}

/// Never fails: what fails is the outcome.
pub(super) fn fetch(shared: &Shared, mut draft: Draft, token: &CancelToken) -> Outcome {
    let start = Instant::now();
    let asked: Box<str> = draft.url().into();
    let seen = Seen::new(&shared.tally);
    let jar = shared.jars.as_ref().map(|jars| jars.take());
    let come = catch_unwind(AssertUnwindSafe(|| {
        let (request, expected) = draft.build(&shared.client)?;
        let mut request = listened(request, &seen);
        request.cancel_also(token);
        let request = match &jar {
            Some(jar) => request.cookie_jar(jar.clone()),
            None => request,
        };
        Ok::<Come, Error>(answered(shared, request, &expected, &seen, start))
    }));
    if let (Some(jars), Some(jar)) = (&shared.jars, jar) {
        jars.put_back(jar);
    }
    let come = match come {
        Ok(Ok(come)) => come,
        Ok(Err(error)) => error.into(),
        Err(panic) => {
            let error = panicked(&*panic);
            defuse(panic);
            Come { code: Some(PANICKED), ..error.into() }
        }
    };
    let Come { answer, error, code } = come;
    let (sent, received) = seen.end();
    Outcome { meta: draft.meta, asked, answer, error, code, sent, received, elapsed: start.elapsed() }
}

fn listened(request: RequestBuilder, seen: &Arc<Seen>) -> RequestBuilder {
    let seen = seen.clone();
    request.on_event(move |event| seen.note(event))
}

fn answered(shared: &Shared, request: RequestBuilder, expected: &[Box<str>], seen: &Seen, start: Instant) -> Come {
    let url = if shared.limiters.is_empty() { None } else { request.url().cloned() };
    let came = request.send();
    if let Some(url) = url {
        let seen = Observation::of(&url, &came, start);
        shared.limiters.iter().for_each(|limiter| limiter.observe(&seen));
    }
    let response = match came {
        Ok(response) => response,
        Err(error) => return error.into(),
    };
    let answer = Box::new(head(&response));
    let accept = shared.checks_accept.then(|| seen.accept()).flatten();
    if let Err(error) = validators::check(&answer.headers, expected, accept.as_deref()) {
        let error = error.with_url(answer.url.without_userinfo());
        return Come { answer: Some(answer), error: Some(error), code: Some(UNACCEPTABLE) };
    }
    with_body(answer, response, start)
}

fn with_body(mut answer: Box<Answer>, response: Response, start: Instant) -> Come {
    match response.bytes() {
        Ok(body) => {
            answer.body = body;
            answer.timings.total = start.elapsed();
            Come { answer: Some(answer), ..Come::default() }
        }
        Err(error) => Come { answer: Some(answer), error: Some(error), code: None },
    }
}

fn head(response: &Response) -> Answer {
    Answer {
        status: response.status(),
        reason: response.reason().unwrap_or_default().into(),
        version: response.version(),
        method: response.method().clone(),
        url: response.url().clone(),
        headers: response.headers().clone(),
        cookies: response.cookies().collect(),
        history: response.history().to_vec(),
        timings: response.timings(),
        body: Bytes::new(),
    }
}

/// The outcome of a request that was never sent.
pub(super) fn unsent(draft: Draft, error: Error, code: Option<u16>) -> Outcome {
    let asked = draft.url().into();
    let (sent, elapsed) = (Headers::new(), Duration::ZERO);
    Outcome { meta: draft.meta, asked, answer: None, error: Some(error), code, sent, received: 0, elapsed }
}

pub(super) fn panicked(panic: &(dyn Any + Send)) -> Error {
    Error::new(Kind::Panicked, format!("a function called for this request panicked: {}", panic_text(panic)))
}
