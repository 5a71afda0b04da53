//! What came of a request.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use super::code;
use super::meta::Meta;
use super::parameters;
use crate::client::{Cookie, Timings, Visited};
use crate::error::{Error, Kind, Result};
use crate::message::{Headers, Method, Url, Version};
use crate::queue::seen::Fingerprint;

/// What came of a request: the whole answer, or why there is none. Each request of a batch has exactly one.
///
/// ```
/// # use maypole::client::{Inbound, Outbound, Transport};
/// # struct Site;
/// # impl Transport for Site {
/// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
/// #         Inbound::new(200, [("Content-Type", "text/plain; charset=latin1")], b"caf\xe9".to_vec())
/// #     }
/// # }
/// # let client = maypole::HttpClient::builder().transport(Site).build()?;
/// use maypole::queue::batch::{Batch, NullLogger};
/// let batch = Batch::builder().client(client).logger(NullLogger).build()?;
/// batch.get("http://127.0.0.1:8080/menu").on_response(|outcome, _batch| {
///     assert_eq!((outcome.req_id(), outcome.status(), outcome.error().is_none()), (0, 200, true));
///     assert_eq!((outcome.bytes(), outcome.text().as_str()), (&b"caf\xe9"[..], "café"));
///     assert_eq!(outcome.resolve("next").unwrap().as_str(), "http://127.0.0.1:8080/next");
/// }).queue()?;
/// assert_eq!(batch.fetch_all().failed(), 0);
/// # Ok::<(), maypole::Error>(())
/// ```
pub struct Outcome {
    pub(super) meta: Meta,
    /// As it was queued.
    pub(super) asked: Box<str>,
    pub(super) answer: Option<Box<Answer>>,
    pub(super) error: Option<Error>,
    /// aquests' number, where the error alone does not tell it.
    pub(super) code: Option<u16>,
    pub(super) sent: Headers,
    pub(super) received: u64,
    pub(super) elapsed: Duration,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) reason: Box<str>,
    pub(super) version: Version,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: Headers,
    pub(super) cookies: Vec<Cookie>,
    pub(super) history: Vec<Visited>,
    pub(super) timings: Timings,
    pub(super) body: Bytes,
}

impl Outcome {
    /// What the request carried along, its number and its method.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The number of the request: from 0, over all runs of the batch.
    pub fn req_id(&self) -> u64 {
        self.meta.req_id().unwrap_or_default()
    }

    /// The URL as it was queued.
    pub fn requested_url(&self) -> &str {
        &self.asked
    }

    /// The URL that answered, after redirects; none if nobody did.
    pub fn url(&self) -> Option<&Url> {
        self.answer.as_ref().map(|answer| &answer.url)
    }

    /// The method that was answered: a redirect may have made it `GET`.
    pub fn method(&self) -> Option<&Method> {
        self.answer.as_ref().map(|answer| &answer.method).or(self.meta.req_method())
    }

    /// The status; 0 if no answer came. A failure never passes for one: see [`compat_code`](Self::compat_code).
    #[doc(alias = "status_code")]
    #[doc(alias = "code")]
    pub fn status(&self) -> u16 {
        self.answer.as_ref().map_or(0, |answer| answer.status)
    }

    /// The server's phrase for the status.
    #[doc(alias = "msg")]
    pub fn reason(&self) -> &str {
        self.answer.as_ref().map_or("", |answer| &answer.reason)
    }

    /// The version of the answer; none if none came.
    pub fn version(&self) -> Option<Version> {
        self.answer.as_ref().map(|answer| answer.version)
    }

    /// The lines of the answer; none if none came.
    pub fn headers(&self) -> &Headers {
        const NONE: &Headers = &Headers::new();
        self.answer.as_ref().map_or(NONE, |answer| &answer.headers)
    }

    /// The first value of a header, if it is text.
    #[doc(alias = "get_header")]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name)
    }

    /// The first value of a header, and the parameters behind it with their names in lower case.
    #[doc(alias = "get_header_with_attr")]
    pub fn header_params(&self, name: &str) -> Option<(String, Vec<(String, String)>)> {
        parameters::of(self.headers(), name)
    }

    /// The redirects that were followed, in order.
    pub fn history(&self) -> &[Visited] {
        self.answer.as_ref().map_or(&[], |answer| &answer.history)
    }

    /// The cookies that the answer sets.
    pub fn cookies(&self) -> &[Cookie] {
        self.answer.as_ref().map_or(&[], |answer| &answer.cookies)
    }

    /// The lines that were sent last, the client's and the cookies included; empty if nothing was sent. `Debug` hides the
    /// secret ones.
    pub fn request_headers(&self) -> &Headers {
        &self.sent
    }

    /// The bytes of the request's body; none if they were not counted before it was sent, in chunks.
    #[doc(alias = "payload")]
    pub fn request_size(&self) -> Option<u64> {
        match self.sent.get("Content-Length") {
            Some(length) => length.parse().ok(),
            None => (!self.sent.contains("Transfer-Encoding")).then_some(0),
        }
    }

    /// Bytes of the answer's body as they came over the wire, before decoding.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// How long each phase took; zeros if no answer came.
    pub fn timings(&self) -> Timings {
        self.answer.as_ref().map(|answer| answer.timings).unwrap_or_default()
    }

    /// From the request's turn to its end.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Why there is no answer, or why it was refused.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// aquests' number for a failure, 700 to 722; none if it was none.
    pub fn compat_code(&self) -> Option<u16> {
        self.error.as_ref().map(|error| self.code.unwrap_or_else(|| code::of(error)))
    }

    /// The outcome, if an answer came with a status below 300.
    ///
    /// # Errors
    /// Why no answer came; [`Kind::Status`] for a status of 300 and above.
    #[doc(alias = "raise_for_status")]
    #[doc(alias = "reraise")]
    pub fn error_for_status(self) -> Result<Self> {
        match (self.error, &self.answer) {
            (Some(error), _) => Err(error),
            (None, Some(answer)) if answer.status >= 300 => {
                let what = format!("status {} {}", answer.status, answer.reason);
                Err(Error::new(Kind::Status, what.trim_end().to_owned()).with_url(answer.url.without_userinfo()))
            }
            (None, _) => Ok(Self { error: None, ..self }),
        }
    }

    /// A reference resolved against the URL that answered, or else against the one that was asked.
    ///
    /// # Errors
    /// Those of [`Url::join`].
    pub fn resolve(&self, reference: &str) -> Result<Url> {
        match self.url() {
            Some(url) => url.join(reference),
            None => Url::parse(&self.asked)?.join(reference),
        }
    }

    /// The same for the same method and URL, in whatever order its query stands and whatever its fragment says: what
    /// [`Seen`](crate::queue::Seen) knows a request without a body by, with
    /// [`sorted_query`](crate::queue::Seen::sorted_query). Body and header lines do not count.
    #[doc(alias = "uuid")]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of_page(self.meta.req_method().map_or("", |method| method.as_str()), &self.asked)
    }

    /// The URL without a password, for messages.
    pub(super) fn shown_url(&self) -> String {
        let url = self.url().cloned().or_else(|| Url::parse(&self.asked).ok());
        url.map_or_else(String::new, |url| url.without_userinfo().to_string())
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcome")
            .field("meta", &self.meta)
            .field("url", &self.shown_url())
            .field("status", &self.status())
            .field("error", &self.error)
            .field("elapsed", &self.elapsed)
            .finish_non_exhaustive()
    }
}
