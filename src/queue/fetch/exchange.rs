//! One try: the request out, the answer in, limiters and watchers told.

use std::io::BufRead;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::phases::Phases;
use super::shared::Shared;
use crate::client::{Repeated, RequestBuilder, Response};
use crate::error::{Error, Kind, Phase, Result};
use crate::message::{Headers, Method, Url};
use crate::queue::limiter::Observation;

/// Set aside for a declared length; a length is a promise of the peer's, not a reason to allocate.
const FIRST: u64 = 64 << 10;

/// What a try came to.
pub(super) enum Came {
    /// The head, and the body if it was to be read.
    Answer(Box<Response>, Vec<u8>),
    Failed(Error),
    /// Worth another try after so long, for what it came to.
    Again(Duration, Option<Error>),
}

/// One request that may be repeated.
pub(super) struct Origin {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: Headers,
}

impl Origin {
    pub(super) fn of(request: &RequestBuilder) -> Option<Self> {
        let (method, headers) = request.method_and_headers()?;
        Some(Self { method: method.clone(), url: request.url()?.clone(), headers: headers.clone() })
    }
}

pub(super) struct Try<'a> {
    pub(super) shared: &'a Shared,
    pub(super) phases: Option<&'a mut Phases>,
    /// Of a request that can be sent again.
    pub(super) origin: Option<Origin>,
    /// How many times it has gone out before.
    pub(super) before: u32,
    pub(super) started: Instant,
    pub(super) cap: Option<u64>,
    /// Whether the body is left to somebody else.
    pub(super) is_streaming: bool,
}

impl Try<'_> {
    pub(super) fn go(mut self, request: RequestBuilder) -> Came {
        let mut response = match self.send(request) {
            Ok(response) => Box::new(response),
            Err(error) => return self.failed(error),
        };
        if let Some(wait) = self.again(Ok(&response), false) {
            return Came::Again(wait, None);
        }
        if let Some(on_headers) = self.phases.as_mut().and_then(|phases| phases.headers.as_mut())
            && on_headers(&response) == ControlFlow::Break(())
        {
            let error = Error::new(Kind::Cancelled, "`on_headers` wanted no more of it").with_phase(Phase::Body);
            return Came::Failed(of_body(&response, error));
        }
        if self.is_streaming {
            return Came::Answer(response, Vec::new());
        }
        let (result, has_given) = self.read(&mut response);
        match result {
            Ok(body) => {
                let is_empty = body.is_empty() && !has_given && self.could_have_body(&response);
                match is_empty.then(|| self.again(Ok(&response), true)).flatten() {
                    Some(wait) => Came::Again(wait, None),
                    None => Came::Answer(response, body),
                }
            }
            Err(error) => {
                let error = of_body(&response, error);
                // Half a body has gone out: another one behind it would be nobody's.
                if has_given { Came::Failed(error) } else { self.failed(error) }
            }
        }
    }

    fn send(&self, request: RequestBuilder) -> Result<Response> {
        let limiters = &self.shared.limiters;
        let url = if limiters.is_empty() { None } else { request.url().cloned() };
        let result = request.send();
        if let Some(url) = url {
            let seen = Observation::of(&url, &result, self.started);
            limiters.iter().for_each(|limiter| limiter.observe(&seen));
        }
        result
    }

    fn failed(&self, error: Error) -> Came {
        match self.again(Err(&error), false) {
            Some(wait) => Came::Again(wait, Some(error)),
            None => Came::Failed(error),
        }
    }

    fn again(&self, came: Result<&Response, &Error>, is_empty: bool) -> Option<Duration> {
        let origin = self.origin.as_ref()?;
        let repeated = Repeated {
            method: &origin.method,
            url: &origin.url,
            headers: &origin.headers,
            rewinds: true,
            started: self.started,
            tries: self.before + 1,
        };
        self.shared.repeats.again(&repeated, came, is_empty)
    }

    /// RFC 9110 §9.3.2, §15.3.5 and §15.3.6: some answers never have one.
    fn could_have_body(&self, response: &Response) -> bool {
        let has_body = matches!(response.status(), 200..=203 | 206..=299) && *response.method() != Method::HEAD;
        has_body && self.shared.repeats.watches_empty()
    }

    /// The body, and whether some of it has gone to who takes it piece by piece.
    fn read(&mut self, response: &mut Response) -> (Result<Vec<u8>>, bool) {
        match self.phases.as_mut().and_then(|phases| phases.chunk.as_mut()) {
            Some(on_chunk) => {
                let mut has_given = false;
                let result = pieces(response, |piece| {
                    has_given = true;
                    on_chunk(piece);
                    Ok(())
                });
                (result.map(|()| Vec::new()), has_given)
            }
            None => (whole(response, self.cap.unwrap_or(u64::MAX)), false),
        }
    }
}

/// What went wrong behind a head that has come.
fn of_body(response: &Response, error: Error) -> Error {
    error.with_url(response.url().without_userinfo()).with_attempts(response.attempts())
}

fn whole(response: &mut Response, cap: u64) -> Result<Vec<u8>> {
    let declared = response.content_length().unwrap_or(0);
    if declared > cap && !response.is_complete() {
        return Err(too_large(cap));
    }
    let mut body = Vec::with_capacity(declared.min(FIRST) as usize);
    pieces(response, |piece| {
        if (body.len() + piece.len()) as u64 > cap {
            return Err(too_large(cap));
        }
        body.extend_from_slice(piece);
        Ok(())
    })?;
    Ok(body)
}

fn pieces(response: &mut Response, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    loop {
        let there = response.fill_buf().map_err(Error::from_io)?;
        if there.is_empty() {
            return Ok(());
        }
        take(there)?;
        let taken = there.len();
        response.consume(taken);
    }
}

fn too_large(cap: u64) -> Error {
    let what = format!("the body is longer than {cap} bytes; see `max_body`, or stream it");
    Error::new(Kind::TooLarge, what).with_phase(Phase::Body)
}
