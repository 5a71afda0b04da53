//! Answers made by hand: for the tests of a program's handlers, and to fill a cache.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::answer::Answer;
use super::fetched::Fetched;
use crate::client::Timings;
use crate::error::{Error, Kind, Phase, Result};
use crate::message::{Headers, Url, Version};

/// Makes a [`Fetched`] without a fetch, for tests of handlers.
///
/// ```
/// use maypole::queue::Fetched;
/// use std::time::Duration;
/// let answer = Fetched::builder("http://127.0.0.1:8080/old")
///     .status(200)
///     .header("Content-Type", "text/plain")
///     .body("hello")
///     .effective_url("http://127.0.0.1:8080/new")
///     .elapsed(Duration::from_millis(12))
///     .build()?;
/// assert_eq!(answer.effective_url(), "http://127.0.0.1:8080/new");
/// # Ok::<(), maypole::Error>(())
/// ```
#[doc(alias = "ResponseError")]
#[must_use = "nothing is made before `build` or `failed`"]
pub struct FetchedBuilder {
    requested: Arc<str>,
    effective: Option<String>,
    status: u16,
    reason: Option<Box<str>>,
    lines: Vec<(String, Vec<u8>)>,
    body: Bytes,
    request_cookies: Option<String>,
    elapsed: Duration,
    attempts: u32,
    from_cache: bool,
}

impl Fetched {
    /// An answer of one's own to `url`.
    pub fn builder(url: impl AsRef<str>) -> FetchedBuilder {
        FetchedBuilder {
            requested: url.as_ref().into(),
            effective: None,
            status: 200,
            reason: None,
            lines: Vec::new(),
            body: Bytes::new(),
            request_cookies: None,
            elapsed: Duration::ZERO,
            attempts: 1,
            from_cache: false,
        }
    }
}

impl FetchedBuilder {
    /// The status. Default 200.
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The phrase for the status. Default none.
    pub fn reason(mut self, reason: impl AsRef<str>) -> Self {
        self.reason = Some(reason.as_ref().into());
        self
    }

    /// Adds a header line. Default none.
    ///
    /// # Errors
    /// [`build`](Self::build) refuses what is not legal on the wire.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.lines.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Adds a cookie that the answer sets. Default none.
    pub fn cookie(self, name: &str, value: &str) -> Self {
        self.header("Set-Cookie", format!("{name}={value}"))
    }

    /// Adds a cookie that the request went out with. Default none.
    pub fn request_cookie(mut self, name: &str, value: &str) -> Self {
        let line = self.request_cookies.get_or_insert_default();
        if !line.is_empty() {
            line.push_str("; ");
        }
        line.extend([name, "=", value]);
        self
    }

    /// The body. Default empty.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The URL that answered. Default the requested one.
    pub fn effective_url(mut self, url: impl AsRef<str>) -> Self {
        self.effective = Some(url.as_ref().to_owned());
        self
    }

    /// How long it took. Default no time.
    pub fn elapsed(mut self, elapsed: Duration) -> Self {
        self.elapsed = elapsed;
        self
    }

    /// How many times the request went out. Default 1.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Whether it came from the cache. Default not.
    pub fn from_cache(mut self, from_cache: bool) -> Self {
        self.from_cache = from_cache;
        self
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Kind::InvalidUrl`]; [`Kind::InvalidConfig`] for a status that is not 200 to 999 or 101, or a header that is not
    /// legal on the wire.
    pub fn build(self) -> Result<Fetched> {
        let wrong = |what: String| Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build);
        if !matches!(self.status, 101 | 200..=999) {
            return Err(wrong(format!("{} is not the status of an answer", self.status)));
        }
        let headers = Headers::from_pairs(self.lines.iter().map(|(name, value)| (name, value)))
            .map_err(|broken| wrong(format!("a header of the answer: {}", broken.rule())))?;
        let answer = Answer {
            status: self.status,
            reason: self.reason,
            version: Version::Http11,
            url: Url::parse(self.effective.as_deref().unwrap_or(&self.requested))?,
            headers,
            body: self.body,
            timings: Timings::default(),
            history: Box::default(),
            request_cookies: self.request_cookies.map(String::into_boxed_str),
            from_client_cache: false,
        };
        let (outcome, shared) = (Ok(Arc::new(answer)), self.from_cache);
        Ok(Fetched { requested: self.requested, outcome, elapsed: self.elapsed, attempts: self.attempts, shared })
    }

    /// A failure: no answer, but this error. Status, headers and body do not count.
    pub fn failed(self, error: Error) -> Fetched {
        Fetched::new(self.requested, Err(Arc::new(error)), self.elapsed, self.attempts)
    }
}
