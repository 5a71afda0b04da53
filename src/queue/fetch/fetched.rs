//! What came of a fetch.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::answer::{Answer, Outcome};
use super::cookies;
use super::profile::Profile;
use crate::client::{Response, Timings, Visited};
use crate::error::{Error, Kind, Phase, Result};
use crate::message::{Headers, Url, Version};

static NO_HEADERS: Headers = Headers::new();

/// The whole answer, body included, or why there is none: octopus's response.
///
/// Clones share the answer, as all do who get it from the cache or from an equal fetch: nothing is copied.
///
/// ```
/// use maypole::queue::Fetched;
/// let answer = Fetched::builder("http://127.0.0.1:8080/a").status(404).body("not here").build()?;
/// assert_eq!((answer.status(), &*answer.text()?), (404, "not here"));
/// assert_eq!(answer.error_message().as_deref(), Some("status 404"));
/// assert!(answer.error().is_none()); // an answer came
/// # Ok::<(), maypole::Error>(())
/// ```
#[doc(alias = "Response")]
#[doc(alias = "ResponseError")]
#[derive(Clone)]
pub struct Fetched {
    pub(super) requested: Arc<str>,
    pub(super) outcome: Outcome,
    pub(super) elapsed: Duration,
    pub(super) attempts: u32,
    pub(super) shared: bool,
}

impl Fetched {
    /// One that was fetched for this URL.
    pub(super) fn new(requested: Arc<str>, outcome: Outcome, elapsed: Duration, attempts: u32) -> Self {
        Self { requested, outcome, elapsed, attempts, shared: false }
    }

    /// One that was there already.
    pub(super) fn shared(requested: Arc<str>, outcome: Outcome) -> Self {
        Self { requested, outcome, elapsed: Duration::ZERO, attempts: 0, shared: true }
    }

    fn answer(&self) -> Option<&Answer> {
        self.outcome.as_deref().ok()
    }

    /// The URL exactly as it was enqueued.
    pub fn requested_url(&self) -> &str {
        &self.requested
    }

    /// The status; 0 if no answer came. Failures never have one of their own: see [`compat_code`](Self::compat_code).
    #[doc(alias = "status_code")]
    pub fn status(&self) -> u16 {
        self.answer().map_or(0, |answer| answer.status)
    }

    /// Whether an answer came with a status below 400.
    pub fn is_ok(&self) -> bool {
        matches!(self.status(), 1..400)
    }

    /// The server's phrase for the status, if it sent one.
    pub fn reason(&self) -> Option<&str> {
        self.answer()?.reason.as_deref()
    }

    /// HTTP version of the answer, if one came.
    pub fn version(&self) -> Option<Version> {
        self.answer().map(|answer| answer.version)
    }

    /// The URL that answered, after redirects; none if no answer came.
    pub fn url(&self) -> Option<&Url> {
        self.answer().map(|answer| &answer.url)
    }

    /// The URL that answered, after redirects, as text; the requested one if no answer came.
    pub fn effective_url(&self) -> &str {
        self.url().map_or(&self.requested, Url::as_str)
    }

    /// The answer's header lines, in order, with their case, repeated ones one by one; empty if no answer came.
    pub fn headers(&self) -> &Headers {
        self.answer().map_or(&NO_HEADERS, |answer| &answer.headers)
    }

    /// The first value of a header, in whatever case its name is given, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name)
    }

    /// The cookies that the answer sets, values by name, the last of a name; empty if there are none. Attributes are in
    /// [`headers`](Self::headers).
    ///
    /// ```
    /// use maypole::queue::Fetched;
    /// let answer = Fetched::builder("http://h/").cookie("session", "5f3a=").build()?;
    /// assert_eq!(answer.cookies()["session"], "5f3a=");
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn cookies(&self) -> BTreeMap<&str, &str> {
        cookies::set_by(self.headers())
    }

    /// The cookies that the request went out with to its first URL, values by name; empty if there were none.
    pub fn request_cookies(&self) -> BTreeMap<&str, &str> {
        let line = self.answer().and_then(|answer| answer.request_cookies.as_deref());
        cookies::in_line(line.unwrap_or_default())
    }

    /// The body, decoded; empty if no answer came, or its pieces went elsewhere ([`Fetch::on_chunk`](super::Fetch::on_chunk)).
    pub fn bytes(&self) -> &[u8] {
        self.answer().map_or(&[], |answer| &answer.body)
    }

    /// The body, decoded, without copying it.
    pub fn into_bytes(self) -> Bytes {
        self.answer().map_or_else(Bytes::new, |answer| answer.body.clone())
    }

    /// The body as text, by the rules of [`Response::text`]: byte order mark, `charset`, UTF-8, windows-1252; no character
    /// is altered. UTF-8 is borrowed.
    ///
    /// # Errors
    /// The one for which no answer came; [`Kind::Decode`] if it is not valid in the charset that it declares.
    pub fn text(&self) -> Result<Cow<'_, str>> {
        let answer = self.outcome.as_ref().map_err(|error| error.again())?;
        Response::text_of(&answer.body, answer.headers.get_bytes("Content-Type"))
            .map_err(|charset| self.undecoded(format!("the body is not the {charset} that it declares to be")))
    }

    /// Why no answer came.
    pub fn error(&self) -> Option<&Error> {
        self.outcome.as_ref().err().map(|error| &**error)
    }

    /// What went wrong, in words: the error for which no answer came, or the status if that is above 399.
    pub fn error_message(&self) -> Option<String> {
        match &self.outcome {
            Err(error) => Some(error.to_string()),
            Ok(answer) if answer.status > 399 => {
                let reason = answer.reason.as_deref().map(|reason| format!(" {reason}")).unwrap_or_default();
                Some(format!("status {}{reason}", answer.status))
            }
            Ok(_) => None,
        }
    }

    /// The status as octopus gives it, also for failures: 599, or 500 for a timeout with [`Profile::Threaded`].
    #[doc(alias = "status_code")]
    pub fn compat_code(&self, profile: Profile) -> u16 {
        self.error().map_or(self.status(), |error| profile.compat_code(error))
    }

    /// From the sending to the last byte of the body, of the last try; zero for what was not fetched for this URL.
    #[doc(alias = "request_time")]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// How long each phase of the last try took.
    pub fn timings(&self) -> Option<Timings> {
        self.answer().map(|answer| answer.timings)
    }

    /// How many times the request went out for this URL, over all tries: 0 for what came from the cache, or was cancelled
    /// before it began.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Whether the answer was not fetched for this URL: it came from the cache, the queue's or the client's, or with an
    /// equal fetch that was under way.
    pub fn is_from_cache(&self) -> bool {
        self.shared || self.answer().is_some_and(|answer| answer.from_client_cache)
    }

    /// The redirects that were followed, in order.
    pub fn history(&self) -> &[Visited] {
        self.answer().map_or(&[], |answer| &answer.history)
    }

    pub(super) fn undecoded(&self, what: String) -> Error {
        let error = Error::new(Kind::Decode, what).with_phase(Phase::Decode);
        match self.url() {
            Some(url) => error.with_url(url.without_userinfo()),
            None => error,
        }
    }
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetched")
            .field("requested_url", &Url::parse(&self.requested).ok())
            .field("status", &self.status())
            .field("error", &self.error())
            .field("bytes", &self.bytes().len())
            .field("elapsed", &self.elapsed)
            .field("attempts", &self.attempts)
            .field("is_from_cache", &self.is_from_cache())
            .finish_non_exhaustive()
    }
}
