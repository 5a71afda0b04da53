//! A request in the hands of who sends it later, such as a queue: what it has set for itself, and the same once more.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::cookies::{cookie_line, own_cookies};
use super::decode::charset;
use super::http_client::HttpClient;
use super::request::RequestBuilder;
use super::response::Response;
use super::retry::Retry;
use crate::error::Result;
use crate::message::{Headers, Method, Request, Url};
use crate::rt::CancelToken;

/// A timeout that somebody else than the request, or its client, sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preset {
    /// For clients that have none.
    Default(Duration),
    /// Whatever the client has.
    Set(Option<Duration>),
}

impl Preset {
    fn apply(self, own: &mut Option<Duration>, clients: Option<Duration>) {
        match self {
            _ if *own != clients => {}
            Self::Default(limit) => *own = clients.or(Some(limit)),
            Self::Set(limit) => *own = limit,
        }
    }
}

impl RequestBuilder {
    /// The same request once more; none if it is wrong, or its body does not lie in memory.
    pub(crate) fn copied(&self) -> Option<Self> {
        let request = self.request.as_ref().ok()?;
        let mut copy = request.without_body();
        copy.body = request.body.copied()?;
        Some(Self {
            client: self.client.clone(),
            request: Ok(copy),
            options: self.options.clone(),
            set: self.set.clone(),
            local: self.local,
            way: self.way,
        })
    }

    /// Method and header lines of its own, unless the request is wrong.
    pub(crate) fn method_and_headers(&self) -> Option<(&Method, &Headers)> {
        self.request.as_ref().ok().map(|request| (&request.method, &request.headers))
    }

    /// Method, URL and body, unless the request is wrong or its body does not lie in memory.
    pub(crate) fn what(&self) -> Option<(&Method, &Url, &[u8])> {
        let request = self.request.as_ref().ok()?;
        Some((&request.method, &request.url, request.body.as_bytes()?))
    }

    /// Sets total and connect timeout, as far as the request has none of its own.
    pub(crate) fn preset_timeouts(&mut self, total: Preset, connect: Option<Preset>) {
        let (own, clients) = (&mut self.options.timeouts, &self.client.0.timeouts);
        total.apply(&mut own.total, clients.total);
        if let Some(connect) = connect {
            connect.apply(&mut own.connect, clients.connect);
        }
    }

    /// Ends it with this token too.
    pub(crate) fn cancel_also(&mut self, token: &CancelToken) {
        self.options.token = Some(match &self.options.token {
            Some(own) => CancelToken::child_of([own, token]),
            None => token.clone(),
        });
    }

    /// Whether it is tried again without anybody else's doing.
    pub(crate) fn has_retry(&self) -> bool {
        self.options.policy.retry.is_on()
    }

    /// Leaves trying again to whoever sends it.
    pub(crate) fn leave_retry(self) -> Self {
        if self.has_retry() { self.retry(Retry::none()) } else { self }
    }

    /// Whether its body has a cap already.
    pub(crate) fn has_max_body(&self) -> bool {
        self.options.policy.bounds.has_max_body()
    }

    /// Whether its answer would do for any other request of `client` with the same method, URL and header lines: it has no
    /// other options of its own but timeouts.
    pub(crate) fn is_common(&self, client: &HttpClient) -> bool {
        let version = client.0.version;
        let is_usual = |request: &Request| request.is_usual() && request.body.is_empty() && request.version == version;
        let is_usual = self.request.as_ref().is_ok_and(is_usual);
        is_usual
            && self.options.on_interim.is_none()
            && Arc::ptr_eq(&self.client.0, &client.0)
            && Arc::ptr_eq(&self.options.policy, &client.0.policy)
    }

    /// The cookies that it goes out with, to its first URL, in one line.
    pub(crate) fn cookie_line(&self) -> Option<Vec<u8>> {
        let (request, policy) = (self.request.as_ref().ok()?, &self.options.policy);
        let defaults = &self.client.0.defaults;
        let lines = if request.headers.contains("Cookie") { &request.headers } else { defaults };
        let own = if request.is_removed("Cookie") { None } else { own_cookies(lines) };
        let jar = policy.jar.as_ref().and_then(|jar| jar.header_for(&request.url));
        cookie_line(own.as_deref(), &policy.cookies, jar)
    }
}

impl Response {
    /// The text of a body of this content type; see [`text`](Self::text). The error is the charset that it is not in.
    pub(crate) fn text_of<'a>(bytes: &'a [u8], content_type: Option<&[u8]>) -> Result<Cow<'a, str>, &'static str> {
        charset::text_in(bytes, content_type)
    }
}
