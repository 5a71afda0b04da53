//! What to fetch.

use std::time::Instant;

use crate::client::{HttpClient, RequestBuilder};

/// A request for a queue: a URL, or a [`RequestBuilder`] with every option there is; and its place in line.
///
/// ```
/// use maypole::queue::Fetch;
/// # let client = maypole::HttpClient::new()?;
/// let plain = Fetch::from("http://127.0.0.1:8080/").priority(5);
/// let full = Fetch::from(client.post("http://127.0.0.1:8080/items").body("hello"));
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// One with a URL alone takes some hundred bytes while it waits.
#[must_use = "a fetch does nothing until it is enqueued"]
pub struct Fetch {
    target: Target,
    pub(super) priority: i32,
    pub(super) at: Option<Instant>,
}

enum Target {
    Url(Box<str>),
    Request(Box<RequestBuilder>, Box<str>),
}

impl Fetch {
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

    /// The URL as it was given.
    pub fn url(&self) -> &str {
        match &self.target {
            Target::Url(url) | Target::Request(_, url) => url,
        }
    }

    fn new(target: Target) -> Self {
        Self { target, priority: 0, at: None }
    }

    /// The request, by `client` if it has none of its own.
    pub(super) fn into_request(self, client: &HttpClient) -> RequestBuilder {
        match self.target {
            Target::Url(url) => client.get(&*url),
            Target::Request(request, _) => *request,
        }
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

impl From<RequestBuilder> for Fetch {
    fn from(request: RequestBuilder) -> Self {
        let url = request.url().map_or("", |url| url.as_str()).into();
        Self::new(Target::Request(Box::new(request), url))
    }
}

/// Scheme, host and port of a URL as it is written: whose turn it counts to. Nothing is checked.
pub(super) fn lane(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let rest = url[host..].find(['/', '?', '#', '\\']).unwrap_or(url.len() - host);
    &url[..host + rest]
}
