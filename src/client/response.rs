//! A response: its head, and its body as it comes.

use std::fmt;
use std::io::{self, BufRead, Read};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use super::answer::Answer;
use super::cache::CacheStatus;
use super::decode::Switch;
use super::extensions::Extensions;
use super::redirect::Visited;
use super::timings::Timings;
use crate::error::{Error, Kind, Phase};
use crate::exchange::{Upgraded, is_tunnel};
use crate::message::{Headers, Method, Request, Url, Version};
use crate::net::ConnectionInfo;

/// A response whose body is read as it arrives: it is a [`Read`] and a [`BufRead`], so that code written for files and
/// sockets runs on it unchanged.
///
/// Reads return what is there and wait only when nothing is. It holds its connection until the last byte has been
/// taken, which then serves the next request. Dropping it earlier is safe and cheap: the connection is closed, unless
/// what remains has arrived already and is small.
///
/// An error stays: every later read returns it again, so that a part never passes for the whole.
///
/// ```
/// # use maypole::client::{Inbound, Outbound, Transport};
/// # struct Site;
/// # impl Transport for Site {
/// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
/// #         Inbound::new(200, [], "one\ntwo\nthree\n")
/// #     }
/// # }
/// # let client = maypole::HttpClient::builder().transport(Site).build()?;
/// let response = client.get("http://127.0.0.1:8080/lines/3").send()?;
/// let mut longest = 0;
/// for line in response.lines() {
///     longest = longest.max(line?.len());
/// }
/// assert_eq!(longest, 5);
/// # Ok::<(), maypole::Error>(())
/// ```
#[doc(alias = "HTTPResponse")]
#[doc(alias = "HTTPSocketPoolResponse")]
#[doc(alias = "CompatResponse")]
pub struct Response {
    pub(super) answer: Box<Answer>,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) limits: crate::limits::Limits,
    pub(super) started: Instant,
    pub(super) history: Vec<Visited>,
    /// Of the layers that decode the body, if there are any.
    pub(super) decoding: Option<Switch>,
    pub(super) extensions: Extensions,
}

impl Response {
    pub(super) fn new(
        request: &Request,
        answer: Box<Answer>,
        history: Vec<Visited>,
        started: Instant,
        limits: crate::limits::Limits,
    ) -> Self {
        let (method, url) = (request.method.clone(), request.url.clone());
        Self { answer, method, url, limits, started, history, decoding: None, extensions: Extensions::default() }
    }

    /// The status code, 200 to 999, or 101 for a request that asked for another protocol.
    #[doc(alias = "status_code")]
    pub fn status(&self) -> u16 {
        self.answer.head.status
    }

    /// Whether the status is 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status())
    }

    /// Whether it is a redirect that could be followed: 301, 302, 303, 307 or 308 with a `Location`. Seen where redirects
    /// are not followed, or stopped.
    pub fn is_redirect(&self) -> bool {
        matches!(self.status(), 301 | 302 | 303 | 307 | 308) && self.header("location").is_some()
    }

    /// Whether the status is below 400: what [`error_for_status`](Self::error_for_status) lets pass.
    pub fn is_ok(&self) -> bool {
        self.status() < 400
    }

    /// The server's phrase for the status, if it sent one.
    pub fn reason(&self) -> Option<&str> {
        self.answer.head.reason()
    }

    /// HTTP version of the response.
    pub fn version(&self) -> Version {
        self.answer.head.version
    }

    /// The header lines, in order and with their case.
    pub fn headers(&self) -> &Headers {
        &self.answer.head.headers
    }

    /// The first value of a header, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.answer.head.headers.get(name)
    }

    /// The declared length; none when the body is chunked or ends with the connection. The answer to a `HEAD` request
    /// declares one and has no body. None also where the body is decoded: what `Content-Length` counts is the coded
    /// bytes.
    pub fn content_length(&self) -> Option<u64> {
        if self.is_decoded() || self.answer.head.headers.contains("transfer-encoding") {
            return None;
        }
        crate::wire::h1::content_length(&self.answer.head.headers).ok().flatten()
    }

    /// Whether the body is read decoded: it has a content coding, and neither an option nor the caller's own
    /// `Accept-Encoding` nor [`raw`](Self::raw) asks for the coded bytes. `Content-Encoding` stays among the headers.
    pub fn is_decoded(&self) -> bool {
        self.decoding.as_ref().is_some_and(|decoding| !decoding.is_raw())
    }

    /// The response with its body as the server has coded it, for a file or for whoever else decodes.
    ///
    /// ```
    /// # use maypole::client::{Inbound, Outbound, Transport};
    /// # struct Site;
    /// # impl Transport for Site {
    /// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
    /// #         Inbound::new(200, [("Content-Encoding", "gzip")], b"\x1f\x8b\x08".to_vec())
    /// #     }
    /// # }
    /// # let client = maypole::HttpClient::builder().transport(Site).build()?;
    /// let coded = client.get("http://127.0.0.1:8080/").send()?.raw()?.bytes()?;
    /// assert_eq!(coded[..2], [0x1f, 0x8b]);
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Kind::Decode`](crate::error::Kind::Decode) if some of it has been read decoded.
    pub fn raw(self) -> Result<Self, Error> {
        if self.decoding.as_ref().is_none_or(Switch::turn_off) {
            return Ok(self);
        }
        let what = "the coded bytes cannot be had any more: decoding has begun with the first read";
        Err(Error::new(Kind::Decode, what).with_phase(Phase::Decode).with_url(self.url.without_userinfo()))
    }

    /// Lines behind a chunked body; empty before its end. They are kept apart from the headers.
    pub fn trailers(&self) -> &Headers {
        self.answer.flow.trailers()
    }

    /// Whether the server lets the connection serve another request once this response has been read: not after
    /// `Connection: close`, a body that ends with the connection, or a `101` (RFC 9112 §9.3).
    ///
    /// That is what its head says. The pool closes the connection all the same if the response is dropped half-read, the
    /// request itself said `close`, or the connection has grown old.
    #[doc(alias = "should_keep_alive")]
    #[doc(alias = "should_close")]
    #[doc(alias = "will_close")]
    pub fn keep_alive(&self) -> bool {
        let framing = crate::wire::h1::response_framing(self.method.as_str(), &self.answer.head);
        framing.is_ok_and(|framing| crate::wire::h1::keep_alive(&self.answer.head, framing, false))
    }

    /// Whether the body has been read to its end.
    #[doc(alias = "message_complete")]
    #[doc(alias = "isclosed")]
    pub fn is_complete(&self) -> bool {
        self.answer.flow.is_end()
    }

    /// Body bytes read so far, as they were read: decoded ones where the body is decoded.
    pub fn received(&self) -> u64 {
        self.answer.flow.received()
    }

    /// The URL that answered.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The method of the request.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// How long each phase took.
    pub fn timings(&self) -> Timings {
        let end = self.answer.flow.ended_at().unwrap_or_else(Instant::now);
        Timings { total: end.saturating_duration_since(self.started), ..self.answer.timings }
    }

    /// The server's address; none for a Unix socket.
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.answer.info.peer
    }

    /// The address of this end; none for a Unix socket.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.answer.info.local
    }

    /// What is known about the connection, TLS included.
    pub fn connection(&self) -> &ConnectionInfo {
        &self.answer.info
    }

    /// The same, for whoever keeps it longer than the response.
    pub fn shared_connection(&self) -> Arc<ConnectionInfo> {
        self.answer.info.clone()
    }

    /// Whether the connection had served another request before.
    pub fn is_reused(&self) -> bool {
        self.answer.reused
    }

    /// How many times the request went out to the URL that answered: 2 if a closed connection, a challenge or a retry
    /// made it go out again.
    pub fn attempts(&self) -> u32 {
        self.answer.attempts
    }

    /// What the cache had to do with it; `None` when no cache was asked.
    pub fn cache_status(&self) -> Option<CacheStatus> {
        self.answer.cache
    }

    /// The redirects that were followed, in order.
    pub fn history(&self) -> &[Visited] {
        &self.history
    }

    /// What callbacks have attached to it; nothing unless they do.
    ///
    /// ```
    /// # use maypole::client::{Inbound, Outbound, Transport};
    /// # struct Site;
    /// # impl Transport for Site {
    /// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
    /// #         Inbound::new(200, [], "1 2 3")
    /// #     }
    /// # }
    /// struct Words(usize);
    /// let client = maypole::HttpClient::builder().middleware(|request, next| {
    ///     let mut response = next.run(request)?;
    ///     let words = response.buffer()?.split(|byte| *byte == b' ').count();
    ///     response.extensions_mut().insert(Words(words));
    ///     Ok(response)
    /// });
    /// # let client = client.transport(Site);
    /// let response = client.build()?.get("http://127.0.0.1:8080/").send()?;
    /// assert_eq!(response.extensions().get::<Words>().unwrap().0, 3);
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// The same, to attach something.
    pub fn extensions_mut(&mut self) -> &mut Extensions {
        &mut self.extensions
    }

    /// The raw connection, after `101 Switching Protocols` or a `CONNECT` that succeeded; else the response again.
    pub fn into_upgraded(self) -> Result<Upgraded, Box<Self>> {
        if !is_tunnel(self.method.as_str(), self.answer.head.status) {
            return Err(Box::new(self));
        }
        Ok(self.answer.flow.into_upgraded().expect("a tunnel keeps its connection"))
    }
}

impl Read for Response {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        Ok(self.answer.flow.read(out)?)
    }
}

impl BufRead for Response {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self.answer.flow.fill_buf()?)
    }

    fn consume(&mut self, n: usize) {
        self.answer.flow.consume(n);
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.answer.head.status)
            .field("url", &self.url)
            .field("headers", &self.answer.head.headers)
            .field("received", &self.answer.flow.received())
            .finish_non_exhaustive()
    }
}
