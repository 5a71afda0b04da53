//! What to fetch.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::phases::Phases;
use super::target::{Plain, Target};
use crate::client::{RequestBuilder, Response};
use crate::message::Url;

/// Longer is never.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);

/// A request for a queue, and its place in line: a URL, a [`request`](Self::request) of values, or a [`RequestBuilder`]
/// with every option there is.
///
/// ```
/// use maypole::queue::Fetch;
/// # let client = maypole::HttpClient::new()?;
/// let plain = Fetch::from("http://127.0.0.1:8080/").priority(5);
/// let values = Fetch::request("PUT", "http://127.0.0.1:8080/items/7").header("X-Trace", "7").body("hello");
/// let full = Fetch::from(client.post("http://127.0.0.1:8080/items").json(&[1, 2]));
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// While it waits, one of a URL alone takes less than 300 bytes beside the URL, one of values a little more. A
/// `RequestBuilder` takes about a kilobyte: for millions take one of the others.
///
/// What is wrong with it is told to its handler, before anything is sent.
#[must_use = "a fetch does nothing until it is enqueued"]
pub struct Fetch {
    pub(super) target: Target,
    pub(super) phases: Option<Box<Phases>>,
    pub(super) priority: i32,
    pub(super) at: Option<Instant>,
}

impl Fetch {
    fn new(target: Target) -> Self {
        Self { target, phases: None, priority: 0, at: None }
    }

    /// A request of method, URL, header lines and a body in memory. It stays small while it waits, and can be sent again.
    pub fn request(method: impl AsRef<str>, url: impl AsRef<str>) -> Self {
        let (method, url) = (method.as_ref().into(), url.as_ref().into());
        Self::new(Target::Plain(Box::new(Plain { url, method, headers: Vec::new(), body: None, timeout: None })))
    }

    /// Adds a header line. Lines of one name add up. Default none but the client's.
    pub fn header(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.change(
            |plain| plain.headers.push((name.into(), value.as_ref().into())),
            |request| request.header(name, value.as_ref()),
        )
    }

    /// The body, `application/octet-stream` unless a header says otherwise. Default none.
    pub fn body(self, body: impl Into<Bytes>) -> Self {
        let body: Bytes = body.into();
        self.change(|plain| plain.body = Some(body.clone()), |request| request.body(body.clone()))
    }

    /// From the sending to the last byte of the body. Default the queue's.
    pub fn timeout(self, limit: Duration) -> Self {
        self.change(|plain| plain.timeout = Some(limit), |request| request.timeout(limit))
    }

    /// Higher ones get their turn before lower ones. Default 0.
    pub fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    /// Not before that time. Default at once.
    pub fn not_before(mut self, at: Instant) -> Self {
        self.at = Some(at);
        self
    }

    /// Not before this time has passed; what the clock cannot count is a hundred years. Default at once.
    pub fn delay(self, delay: Duration) -> Self {
        let now = Instant::now();
        self.not_before(now.checked_add(delay).unwrap_or_else(|| now + LONGEST))
    }

    /// Calls `f` with the URL just before the request goes out, once for each try of the queue. Not called for an answer
    /// that is there already. Default none.
    pub fn on_send(self, f: impl FnMut(&str) + Send + 'static) -> Self {
        self.watch(|phases| phases.send = Some(Box::new(f)))
    }

    /// Calls `f` when the head of the answer has come, behind all redirects. With [`ControlFlow::Break`] the body is not
    /// read, the connection is closed, and the handler gets an error of kind
    /// [`Cancelled`](crate::error::Kind::Cancelled). The answer is not taken from the cache. Default none.
    ///
    /// ```
    /// use maypole::queue::Fetch;
    /// use std::ops::ControlFlow;
    /// let page = Fetch::from("http://127.0.0.1:8080/").on_headers(|head| match head.header("Content-Type") {
    ///     Some(kind) if kind.starts_with("text/html") => ControlFlow::Continue(()),
    ///     _ => ControlFlow::Break(()),
    /// });
    /// ```
    #[doc(alias = "header_callback")]
    pub fn on_headers(self, f: impl FnMut(&Response) -> ControlFlow<()> + Send + 'static) -> Self {
        self.watch(|phases| phases.headers = Some(Box::new(f)))
    }

    /// Hands the body to `f`, decoded, piece by piece as it arrives, in place of the handler, who sees an empty one.
    /// [`max_body`](super::FetchQueueBuilder::max_body) does not count then, and once a piece has come nothing is tried
    /// again. The answer is not taken from the cache. Default none.
    #[doc(alias = "streaming_callback")]
    pub fn on_chunk(self, f: impl FnMut(&[u8]) + Send + 'static) -> Self {
        self.watch(|phases| phases.chunk = Some(Box::new(f)))
    }

    /// The URL as it was given.
    pub fn url(&self) -> &str {
        self.target.url()
    }

    /// The method; empty for a [`RequestBuilder`] that is wrong.
    pub fn method(&self) -> &str {
        self.target.method()
    }

    /// Whether it is made of values alone, which [`method`](Self::method), [`url`](Self::url),
    /// [`header_lines`](Self::header_lines) and [`body_bytes`](Self::body_bytes) give back; a [`RequestBuilder`] is not.
    pub fn is_plain(&self) -> bool {
        !matches!(self.target, Target::Request(_))
    }

    /// Its own header lines, unless it is a [`RequestBuilder`].
    pub fn header_lines(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let lines = match &self.target {
            Target::Plain(plain) => &plain.headers[..],
            Target::Url(_) | Target::Request(_) => &[],
        };
        lines.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Its body, unless it has none or is a [`RequestBuilder`].
    pub fn body_bytes(&self) -> Option<&Bytes> {
        match &self.target {
            Target::Plain(plain) => plain.body.as_ref(),
            Target::Url(_) | Target::Request(_) => None,
        }
    }

    /// Its own timeout, unless it has none or is a [`RequestBuilder`].
    pub fn timeout_limit(&self) -> Option<Duration> {
        match &self.target {
            Target::Plain(plain) => plain.timeout,
            Target::Url(_) | Target::Request(_) => None,
        }
    }

    /// Its priority.
    pub fn priority_value(&self) -> i32 {
        self.priority
    }

    fn change(
        mut self,
        plain: impl FnOnce(&mut Plain),
        request: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Self {
        match self.target.plain() {
            Some(values) => plain(values),
            None => {
                if let Target::Request(built) = self.target {
                    self.target = Target::Request(Box::new((request(built.0), built.1)));
                }
            }
        }
        self
    }

    fn watch(mut self, set: impl FnOnce(&mut Phases)) -> Self {
        set(self.phases.get_or_insert_default());
        self
    }
}

impl From<&str> for Fetch {
    fn from(url: &str) -> Self {
        Self::new(Target::Url(url.into()))
    }
}

impl From<String> for Fetch {
    fn from(url: String) -> Self {
        Self::new(Target::Url(url.into()))
    }
}

impl From<&String> for Fetch {
    fn from(url: &String) -> Self {
        Self::from(url.as_str())
    }
}

impl From<Arc<str>> for Fetch {
    fn from(url: Arc<str>) -> Self {
        Self::new(Target::Url(url))
    }
}

impl From<&Url> for Fetch {
    fn from(url: &Url) -> Self {
        Self::from(url.as_str())
    }
}

impl From<Url> for Fetch {
    fn from(url: Url) -> Self {
        Self::from(&url)
    }
}

impl From<RequestBuilder> for Fetch {
    fn from(request: RequestBuilder) -> Self {
        let url = request.url().map_or("", Url::as_str).into();
        Self::new(Target::Request(Box::new((request, url))))
    }
}

impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetch")
            .field("method", &self.method())
            .field("url", &Url::parse(self.url()).ok())
            .field("priority", &self.priority)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}
