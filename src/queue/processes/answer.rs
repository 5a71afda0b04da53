//! What came of a request in a worker.

use std::fmt;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::process::Reply;
use super::record::{self, AnswerHead};
use crate::client::{Parts, Response, Timings, Visited, remade};
use crate::error::{Error, Kind, Phase, Result};
use crate::message::{Headers, Method, Url, Version};
use crate::rt;

/// A whole answer from a worker: the body, and what hooks have left.
pub struct Answer {
    method: Method,
    status: u16,
    reason: Option<String>,
    version: Version,
    url: Url,
    headers: Headers,
    history: Vec<Visited>,
    attempts: u32,
    reused: bool,
    decoded: bool,
    timings: Timings,
    body: Vec<u8>,
    attached: Attached,
    pid: u32,
}

/// What hooks in a worker have left of their work, beside the answer. The [`Response`] of a futures session has it among
/// its [extensions](Response::extensions).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attached {
    data: Map<String, Value>,
    replacement: Option<Value>,
}

impl Attached {
    /// What hooks have attached under this name; `None` if nothing.
    ///
    /// # Errors
    /// [`Kind::Decode`] if it is of another type.
    pub fn data<T: DeserializeOwned + Send + 'static>(&self, name: &str) -> Result<Option<T>> {
        self.data.get(name).cloned().map(|value| typed(value, name)).transpose()
    }

    /// The value that a hook has put in the place of the answer; `None` if none has.
    ///
    /// # Errors
    /// [`Kind::Decode`] if it is of another type.
    pub fn replacement<T: DeserializeOwned + Send + 'static>(&self) -> Result<Option<T>> {
        self.replacement.clone().map(|value| typed(value, "the replacement")).transpose()
    }
}

impl Answer {
    pub(super) fn read(reply: Reply) -> Result<Self> {
        let Reply { pid, head, body, tail } = reply;
        if let Some(failure) = tail.error {
            return Err(failure.into_error());
        }
        let head: AnswerHead = serde_json::from_slice(&head).map_err(|error| record::garbled().with_source(error))?;
        let hop = |hop: record::HopRecord| {
            let (url, headers) = (record::url(&hop.url)?, record::headers(&hop.headers)?);
            Ok(Visited { status: hop.status, url, headers, timings: record::timings(hop.timings) })
        };
        Ok(Self {
            method: Method::new(&head.method)?,
            status: head.status,
            reason: head.reason,
            version: if head.http10 { Version::Http10 } else { Version::Http11 },
            url: record::url(&head.url)?,
            headers: record::headers(&head.headers)?,
            history: head.history.into_iter().map(hop).collect::<Result<_>>()?,
            attempts: head.attempts,
            reused: head.reused,
            decoded: head.decoded,
            timings: tail.timings.map(record::timings).unwrap_or_default(),
            body,
            attached: Attached { data: tail.data, replacement: tail.replacement },
            pid,
        })
    }

    /// The status. None is an error.
    #[doc(alias = "status_code")]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The server's phrase for it, if it sent one.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The URL that answered, after redirects.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The header lines.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The redirects that were followed, in order.
    pub fn history(&self) -> &[Visited] {
        &self.history
    }

    /// The body, decoded, or what a hook has left of it.
    #[doc(alias = "content")]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// From the sending to the last byte of the body, in the worker.
    pub fn elapsed(&self) -> Duration {
        self.timings.total
    }

    /// The number of the process that made the request.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// What hooks have attached under this name; `None` if nothing.
    ///
    /// # Errors
    /// [`Kind::Decode`] if it is of another type.
    pub fn data<T: DeserializeOwned + Send + 'static>(&self, name: &str) -> Result<Option<T>> {
        self.attached.data(name)
    }

    /// The value that a hook has put in the place of the answer; `None` if none has.
    ///
    /// # Errors
    /// [`Kind::Decode`] if it is of another type.
    pub fn replacement<T: DeserializeOwned + Send + 'static>(&self) -> Result<Option<T>> {
        self.attached.replacement()
    }

    /// The answer as a [`Response`], for code that takes one: [`text`](Response::text), `json`,
    /// [`error_for_status`](Response::error_for_status). What hooks have attached is among its
    /// [extensions](Response::extensions), as [`Attached`].
    pub fn into_response(self) -> Response {
        let Self { method, status, reason, version, url, headers, history, attempts, reused, decoded, .. } = self;
        let (reason, timings, body) = (reason.unwrap_or_default(), self.timings, self.body);
        let mut response = remade(Parts {
            method,
            status,
            reason,
            version,
            url,
            headers,
            history,
            attempts,
            reused,
            decoded,
            timings,
            body,
        });
        response.extensions_mut().insert(self.attached);
        response
    }
}

fn typed<T: DeserializeOwned + Send + 'static>(value: Value, name: &str) -> Result<T> {
    // Nested values recurse, and the caller's stack may be small.
    rt::roomy(move || serde_json::from_value(value))?.map_err(|error| {
        let what = format!("{name}: not of the type that was asked for");
        Error::new(Kind::Decode, what).because(&error).with_phase(Phase::Decode).with_source(error)
    })
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("url", &self.url)
            .field("headers", &self.headers)
            .field("body", &self.body.len())
            .field("attached", &self.attached.data.len())
            .field("pid", &self.pid)
            .finish_non_exhaustive()
    }
}
