//! What is to be done for one future, on a worker or right here.

use std::sync::Arc;
use std::time::Instant;

use super::control::Requested;
use super::hooks::{Hook, Hooks};
use super::session::FuturesSession;
use crate::client::{RequestBuilder, Response};
use crate::error::Result;
use crate::queue::limiter::{Observation, Permit};

/// Makes a result of the response.
pub(super) type Finish<T> = Box<dyn FnOnce(&FuturesSession, Response) -> Result<T> + Send>;

/// The way of a request that goes out in the background: what becomes of its response there.
pub struct InBackground<T = Response> {
    /// Does not keep it open.
    pub(super) session: FuturesSession,
    pub(super) hooks: Vec<Arc<Hook>>,
    /// Whether the session's hooks are called first.
    pub(super) with_sessions_hooks: bool,
    pub(super) stream: bool,
    pub(super) finish: Finish<T>,
}

pub(super) struct Plan<T> {
    request: RequestBuilder,
    way: InBackground<T>,
}

impl<T> Plan<T> {
    pub(super) fn new(request: RequestBuilder, way: InBackground<T>) -> Self {
        Self { request, way }
    }

    pub(super) fn requested(&self) -> Requested {
        Requested { method: self.request.method().cloned(), url: self.request.url().cloned() }
    }

    /// All of it: the request, hooks, the body, and what is made of it. The permits are released before that.
    pub(super) fn run(
        self,
        mut permits: Vec<Permit>,
        send: &mut dyn FnMut(RequestBuilder) -> Result<Response>,
    ) -> Result<T> {
        let Self { request, way: InBackground { session, hooks, with_sessions_hooks, stream, finish } } = self;
        let sessions = if with_sessions_hooks { &session.shared.hooks[..] } else { &[] };
        let hooks = Hooks::new(sessions.iter().chain(&hooks).cloned().collect());
        let request = hooks.watch(request.default_headers(&session.shared.headers));
        // A rate counts from here.
        permits.iter_mut().for_each(Permit::begin);
        let response = observed(&session, request, send)?;
        let mut response = hooks.last(response)?;
        if !stream {
            response.buffer()?;
        }
        drop(permits);
        finish(&session, response)
    }
}

/// Sends it, and tells the limiters how it went.
fn observed(
    session: &FuturesSession,
    request: RequestBuilder,
    send: &mut dyn FnMut(RequestBuilder) -> Result<Response>,
) -> Result<Response> {
    let limiters = &session.shared.limiters;
    let url = request.url().filter(|_| !limiters.is_empty()).cloned();
    let sent = Instant::now();
    let result = send(request);
    if let Some(url) = url {
        let seen = Observation::of(&url, &result, sent);
        limiters.iter().for_each(|limiter| limiter.observe(&seen));
    }
    result
}
