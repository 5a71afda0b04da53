//! One request of a batch.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use super::body;
use super::credentials::IntoAuth;
use super::draft::Draft;
use super::handle::{Handle, Once};
use super::meta::Meta;
use super::outcome::Outcome;
use crate::client::{Proxies, RequestBuilder};
use crate::error::{Error, Kind, Phase, Result};
use crate::message::form::{Pair, Value};
use crate::message::multipart::Form;
use crate::message::{Body, Headers};

/// A request before it is queued.
///
/// What is wrong with it is its outcome: every request that is queued has exactly one, and nothing of a wrong one is sent.
///
/// ```
/// # use maypole::client::{Inbound, Outbound, Transport};
/// # struct Site;
/// # impl Transport for Site {
/// #     fn exchange(&self, request: Outbound<'_>) -> maypole::Result<Inbound> {
/// #         Inbound::new(200, [], request.url.request_target().to_owned())
/// #     }
/// # }
/// # let client = maypole::HttpClient::builder().transport(Site).build()?;
/// use maypole::queue::batch::{Batch, NullLogger};
/// let batch = Batch::builder().client(client).logger(NullLogger).build()?;
/// batch
///     .get("http://127.0.0.1:8080/search?a=1")
///     .query([("q", "x y")])
///     .header("X-Trace", "7")
///     .meta("depth", 2u32)
///     .on_response(|outcome, _batch| {
///         assert_eq!(outcome.text(), "/search?a=1&q=x%20y");
///         assert_eq!(outcome.meta().get("depth"), Some(&2u32));
///     })
///     .queue()?;
/// assert_eq!(batch.fetch_all().statuses[&200], 1);
/// # Ok::<(), maypole::Error>(())
/// ```
#[must_use = "nothing is fetched before `queue`"]
pub struct BatchRequest {
    handle: Handle,
    draft: Draft,
    callback: Option<Once>,
}

impl BatchRequest {
    fn new(handle: Handle, draft: Draft) -> Self {
        Self { handle, draft, callback: None }
    }

    /// Puts it in line and gives its number: from 0, counting on over all runs of the batch. Never waits. It is sent by
    /// the next [`fetch_all`](super::Batch::fetch_all), at once while one is running or with
    /// [`eager`](super::BatchBuilder::eager).
    ///
    /// # Errors
    /// [`Kind::Closed`]: the batch has been shut down or dropped. Everything else that is wrong is told to the callback.
    pub fn queue(self) -> Result<u64> {
        self.handle.enqueue(self.draft, self.callback)
    }

    /// Any option of a client's request, besides those that have a name here.
    ///
    /// ```
    /// # use maypole::queue::batch::Batch;
    /// # let batch = Batch::new()?;
    /// let request = batch.get("http://127.0.0.1:8080/").with(|request| request.cookie("theme", "dark"));
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn with(mut self, option: impl FnOnce(RequestBuilder) -> RequestBuilder + Send + 'static) -> Self {
        self.draft.extra().tunes.push(Box::new(option));
        self
    }

    /// Adds a header line; see [`RequestBuilder::header`]. `Accept-Content-Length: n` also caps the answer's body, as
    /// aquests does.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let (name, value) = (name.to_owned(), value.as_ref().to_owned());
        if name.eq_ignore_ascii_case("content-type") {
            self.draft.extra().content_type = Some(String::from_utf8_lossy(&value).into_owned());
        }
        if name.eq_ignore_ascii_case("accept-content-length") {
            let number = std::str::from_utf8(&value).ok().and_then(|text| text.trim().parse::<u64>().ok());
            self = match number {
                Some(most) => self.max_body(most),
                None => self.wrong("`Accept-Content-Length` is no number"),
            };
        }
        self.with(move |request| request.header(&name, value))
    }

    /// Adds header lines.
    pub fn headers(self, headers: &Headers) -> Self {
        headers.iter().fold(self, |this, (name, value)| this.header(name, value))
    }

    /// Adds pairs to the query, behind what the URL has, joined by `&`; a blank is sent as `%20`.
    #[doc(alias = "params")]
    pub fn query<P: Pair>(self, pairs: impl IntoIterator<Item = P>) -> Self {
        let pairs = owned(pairs);
        self.with(move |request| request.query(&pairs))
    }

    /// Sets the body: text, bytes, a file, any [`Body`].
    pub fn body(self, body: impl Into<Body>) -> Self {
        let body = body.into();
        self.with(move |request| request.body(body))
    }

    /// Sets pairs as the body, written as the `Content-Type` of this request says: a form, which is the default, a JSON
    /// object of texts, `text/namevalue`, or `multipart/form-data`, whose boundary is added.
    pub fn data<P: Pair>(mut self, pairs: impl IntoIterator<Item = P>) -> Self {
        self.draft.extra().data = Some(owned(pairs));
        self
    }

    /// Sets pairs as the body, as HTML forms send them.
    pub fn form<P: Pair>(self, pairs: impl IntoIterator<Item = P>) -> Self {
        self.body(Body::form(pairs))
    }

    /// Sets a document as the body, `text/xml`.
    pub fn xml(self, document: impl Into<Vec<u8>>) -> Self {
        self.body(body::xml(document))
    }

    /// Sets pairs as the body, `text/namevalue`: `name[length]=value` joined by `&`, with the length in bytes of UTF-8.
    pub fn nvp<P: Pair>(self, pairs: impl IntoIterator<Item = P>) -> Self {
        self.body(body::nvp(pairs))
    }

    /// Sets fields and files as the body, `multipart/form-data`.
    pub fn multipart(self, form: Form) -> Self {
        self.checked(form.into_body())
    }

    /// Shows who it is for: `("user", "password")`, `("token",)`, `"user:password"`, or an [`Auth`](crate::client::Auth).
    pub fn auth(self, auth: impl IntoAuth) -> Self {
        let auth = auth.into_auth();
        self.with(move |request| request.auth(auth))
    }

    /// Sends it through the proxy with this URL, `http`, `https`, `socks5` or `socks5h`, with user name and password if it
    /// wants them. [`with`](Self::with) takes everything else that there is about proxies.
    pub fn proxy(mut self, url: &str) -> Self {
        let found = Proxies::from_variables(|name| (name == "all_proxy").then(|| url.to_owned()));
        let error = match found {
            Ok(proxies) if !proxies.is_none() => return self.with(move |request| request.proxies(proxies)),
            Ok(_) => refused("proxy: the URL is empty"),
            Err(error) => match std::error::Error::source(&error) {
                Some(source) => refused(format!("proxy: {source}")),
                None => error,
            },
        };
        self.note(error);
        self
    }

    /// From its turn to the last byte of the answer. Default the batch's.
    pub fn timeout(self, limit: impl Into<Option<Duration>>) -> Self {
        let limit = limit.into();
        self.with(move |request| request.timeout(limit))
    }

    /// How long nothing may come. Default the batch's.
    pub fn idle_timeout(self, limit: impl Into<Option<Duration>>) -> Self {
        let limit = limit.into();
        self.with(move |request| request.head_timeout(limit).idle_timeout(limit))
    }

    /// Refuses an answer of another media type than this, or these if called again; `text/*` and `*/*` are ranges. The
    /// code is 718. One without a type is not refused. Default any.
    pub fn expect_content_type(mut self, media_range: &str) -> Self {
        self.draft.extra().expected.push(media_range.into());
        self
    }

    /// Refuses an answer with a longer body; the code is 719. Default the client's.
    pub fn max_body(self, bytes: u64) -> Self {
        self.with(move |request| request.max_body(bytes))
    }

    /// Carries a value along to the outcome.
    pub fn meta<T: Any + Send + Sync>(mut self, key: &str, value: T) -> Self {
        if let Err(error) = self.draft.meta.insert(key, value) {
            self.note(error);
        }
        self
    }

    /// Carries a copy of these values along to the outcome.
    pub fn with_meta(mut self, meta: &Meta) -> Self {
        self.draft.meta.extend(meta);
        self
    }

    /// Is told the outcome, in place of the batch's callback. It runs on the worker that fetched, and may wait and queue
    /// more.
    #[doc(alias = "callback")]
    pub fn on_response(mut self, f: impl FnOnce(Outcome, &Handle) + Send + 'static) -> Self {
        self.callback = Some(Box::new(f));
        self
    }

    pub(super) fn checked(mut self, body: Result<Body>) -> Self {
        match body {
            Ok(body) => self.body(body),
            Err(error) => {
                self.note(error);
                self
            }
        }
    }

    fn wrong(mut self, what: &'static str) -> Self {
        self.note(refused(what));
        self
    }

    fn note(&mut self, wrong: Error) {
        self.draft.extra().wrong.get_or_insert(wrong);
    }
}

fn refused(what: impl Into<Cow<'static, str>>) -> Error {
    Error::new(Kind::InvalidRequest, what).with_phase(Phase::Build)
}

fn owned<P: Pair>(pairs: impl IntoIterator<Item = P>) -> Vec<(String, String)> {
    let mut owned = Vec::new();
    for pair in pairs {
        pair.each(&mut |name, value: &str| {
            value.each(&mut |value| owned.push((name.to_owned(), value.to_owned())));
        });
    }
    owned
}

impl Handle {
    /// A request that was built by a client, this batch's or another: everything that a request may have.
    pub fn add(&self, request: RequestBuilder) -> BatchRequest {
        BatchRequest::new(self.clone(), Draft::ready(request))
    }

    /// A request with any method.
    pub fn request(&self, method: &str, url: impl AsRef<str>) -> BatchRequest {
        BatchRequest::new(self.clone(), Draft::new(method, url.as_ref()))
    }
}

impl fmt::Debug for BatchRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchRequest").field("meta", &self.draft.meta).finish_non_exhaustive()
    }
}
