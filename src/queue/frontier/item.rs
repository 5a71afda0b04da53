//! What is to be fetched, as a value that can be written down.

use std::fmt;

use crate::error::{Error, Kind, Phase, Result};
use crate::message::{Headers, Method, Url, unparsed};
use crate::queue::fetch::Fetch;

/// One request of a [`Frontier`](super::Frontier), with what the crawl knows about it. It can be written to disk and read
/// back, unlike a [`RequestBuilder`](crate::RequestBuilder).
///
/// ```
/// use maypole::{Method, queue::Item};
/// let item = Item::get("http://example.com/").with_priority(5).with_meta("start page");
/// let order = Item::new(Method::POST, "http://example.com/orders").with_body(r#"{"id":7}"#);
/// let order = order.with_header("Content-Type", "application/json")?;
/// assert_eq!((item.depth, order.body.len()), (0, 8));
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// Options that a request may have beside these are those of the queue and its client.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Item {
    /// Its number, from 0 in the order of adding; the same after a restart. What is not added has none yet and says 0.
    pub id: u64,
    /// The method.
    pub method: Method,
    /// The URL as it was given.
    pub url: String,
    /// Headers of its own.
    pub headers: Headers,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// How many links away from the start; 0 for what was added from outside.
    pub depth: u32,
    /// Higher ones get their turn before lower ones, among those in the window. Default 0.
    pub priority: i32,
    /// Whatever the program wants to find again.
    pub meta: String,
    /// How often it has been fetched, the present time included: 1 in most calls of a handler.
    pub attempts: u32,
    /// Whether it is fetched even if it was seen before. Default no.
    #[doc(alias = "dont_filter")]
    pub is_repeatable: bool,
}

impl Item {
    /// A `GET` of this URL.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }

    /// Any method. The URL is checked when the item is added.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            id: 0,
            method,
            url: url.into(),
            headers: Headers::new(),
            body: Vec::new(),
            depth: 0,
            priority: 0,
            meta: String::new(),
            attempts: 0,
            is_repeatable: false,
        }
    }

    /// With one more header line.
    ///
    /// # Errors
    /// Of kind [`InvalidRequest`](Kind::InvalidRequest) for a name or value that is not legal.
    pub fn with_header(mut self, name: &str, value: impl AsRef<[u8]>) -> Result<Self> {
        let refused = |why| Error::new(Kind::InvalidRequest, format!("header `{}`", unparsed(name))).with_source(why);
        self.headers.append(name, value).map_err(|why| refused(why).with_phase(Phase::Build))?;
        Ok(self)
    }

    /// With this body.
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// With this depth, for what does not start at 0.
    pub fn with_depth(mut self, depth: u32) -> Self {
        self.depth = depth;
        self
    }

    /// With this priority: higher is sooner.
    pub fn with_priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    /// With this note.
    pub fn with_meta(mut self, meta: impl Into<String>) -> Self {
        self.meta = meta.into();
        self
    }

    /// Fetched even if it was seen before.
    #[doc(alias = "dont_filter")]
    pub fn repeatable(mut self) -> Self {
        self.is_repeatable = true;
        self
    }

    pub(super) fn fetch(&self) -> Fetch {
        if self.method == Method::GET && self.headers.is_empty() && self.body.is_empty() {
            return Fetch::from(&*self.url);
        }
        let request = Fetch::request(self.method.as_str(), &self.url);
        let request = self.headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        match self.body.is_empty() {
            true => request,
            false => request.body(self.body.clone()),
        }
    }
}

/// Without the values of headers, the body, and a password in the URL.
impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = Url::parse(&self.url).map_or_else(|_| unparsed(&self.url), |url| url.without_userinfo().into_owned());
        f.debug_struct("Item")
            .field("id", &self.id)
            .field("method", &self.method)
            .field("url", &url)
            .field("depth", &self.depth)
            .field("priority", &self.priority)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}
