//! A response that another process has received, put together again here.

use std::time::Instant;

use super::answer::Answer;
use super::decode::Switch;
use super::flow::Fed;
use super::redirect::Visited;
use super::response::Response;
use super::timings::Timings;
use crate::limits::Limits;
use crate::message::{Body, Headers, Method, Request, Url, Version};
use crate::wire::h1::Head;

/// What came there.
pub(crate) struct Parts {
    pub(crate) method: Method,
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) version: Version,
    pub(crate) url: Url,
    pub(crate) headers: Headers,
    pub(crate) history: Vec<Visited>,
    pub(crate) attempts: u32,
    pub(crate) reused: bool,
    /// Whether the body had a content coding, which is undone.
    pub(crate) decoded: bool,
    pub(crate) timings: Timings,
    pub(crate) body: Vec<u8>,
}

/// The response; nothing is known here of the connection that it came over.
pub(crate) fn remade(parts: Parts) -> Response {
    let Parts { method, status, reason, version, url, headers, history, .. } = parts;
    // It is all there, whatever its head announces.
    let limits = Limits { whole_body: u64::MAX, ..Limits::default() };
    let head = Head { version, ..Head::new(status, &reason, &headers) };
    let mut answer = Answer::made_up(head, Fed::new(Body::from(parts.body)));
    (answer.timings, answer.reused, answer.attempts) = (parts.timings, parts.reused, parts.attempts);
    let now = Instant::now();
    let started = now.checked_sub(parts.timings.total).unwrap_or(now);
    let mut response = Response::new(&Request::new(method, url), answer, history, started, limits);
    response.decoding = parts.decoded.then(|| {
        let switch = Switch::default();
        switch.begin();
        switch
    });
    response
}
