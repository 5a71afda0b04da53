//! What a fetch asks for, as small as it can be kept while it waits.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::client::{HttpClient, RequestBuilder};
use crate::message::{Body, Method};

/// Where to, and with what.
pub(super) enum Target {
    /// A `GET` and nothing else.
    Url(Arc<str>),
    Plain(Box<Plain>),
    Request(Box<(RequestBuilder, Arc<str>)>),
}

/// A request of values alone.
#[derive(Clone)]
pub(super) struct Plain {
    pub(super) url: Arc<str>,
    pub(super) method: Box<str>,
    pub(super) headers: Vec<(Box<str>, Box<[u8]>)>,
    pub(super) body: Option<Bytes>,
    pub(super) timeout: Option<Duration>,
}

impl Target {
    pub(super) fn url(&self) -> &Arc<str> {
        match self {
            Self::Url(url) => url,
            Self::Plain(plain) => &plain.url,
            Self::Request(request) => &request.1,
        }
    }

    pub(super) fn method(&self) -> &str {
        match self {
            Self::Url(_) => "GET",
            Self::Plain(plain) => &plain.method,
            Self::Request(request) => request.0.method_and_headers().map_or("", |(method, _)| method.as_str()),
        }
    }

    /// As values; none for a request that was built, which stays what it is.
    pub(super) fn plain(&mut self) -> Option<&mut Plain> {
        if let Self::Url(url) = self {
            let (url, method) = (url.clone(), Method::GET.as_str().into());
            *self = Self::Plain(Box::new(Plain { url, method, headers: Vec::new(), body: None, timeout: None }));
        }
        match self {
            Self::Plain(plain) => Some(plain),
            Self::Url(_) | Self::Request(_) => None,
        }
    }

    /// What `f` sees in the request, without sending it.
    pub(super) fn look<T>(&self, client: &HttpClient, f: impl FnOnce(&RequestBuilder) -> Option<T>) -> Option<T> {
        match self {
            Self::Url(url) => f(&client.get(&**url)),
            Self::Plain(plain) => f(&plain.request(client)),
            Self::Request(request) => f(&request.0),
        }
    }

    /// Its own time limit; a request that was built has it in itself.
    pub(super) fn timeout(&self) -> Option<Duration> {
        match self {
            Self::Plain(plain) => plain.timeout,
            Self::Url(_) | Self::Request(_) => None,
        }
    }

    /// Whether it was built with rules for trying again.
    pub(super) fn has_own_retry(&self) -> bool {
        matches!(self, Self::Request(request) if request.0.has_retry())
    }

    /// The request to be sent now, and what is left of this to send it again; nothing is with `last`, or for a request
    /// whose body does not lie in memory.
    pub(super) fn request(self, client: &HttpClient, last: bool) -> (RequestBuilder, Option<Self>) {
        match self {
            Self::Url(url) => (client.get(&*url), Some(Self::Url(url))),
            Self::Plain(plain) => (plain.request(client), Some(Self::Plain(plain))),
            Self::Request(request) => match if last { None } else { request.0.copied() } {
                Some(copy) => (copy, Some(Self::Request(request))),
                None => (request.0, None),
            },
        }
    }
}

impl Plain {
    fn request(&self, client: &HttpClient) -> RequestBuilder {
        let mut request = client.request(&self.method, &*self.url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        match &self.body {
            Some(body) => request.body(Body::from(body.clone())),
            None => request,
        }
    }
}

/// Scheme, host and port of a URL as it is written: whose turn it counts to. Nothing is checked.
pub(super) fn lane(url: &str) -> Cow<'_, str> {
    let host = url.find("://").map_or(0, |at| at + 3);
    let rest = url[host..].find(['/', '?', '#', '\\']).unwrap_or(url.len() - host);
    let (origin, authority) = (&url[..host + rest], &url[host..host + rest]);
    let default = if origin.starts_with("https") { ":443" } else { ":80" };
    let is_plain =
        !authority.contains('@') && !origin.ends_with(default) && !origin.contains(|c: char| c.is_ascii_uppercase());
    if is_plain {
        return Cow::Borrowed(origin);
    }
    let name = authority.rsplit('@').next().unwrap_or_default();
    let lane = [&url[..host], name].concat().to_ascii_lowercase();
    let default = if lane.starts_with("https") { ":443" } else { ":80" };
    Cow::Owned(lane.strip_suffix(default).map(str::to_owned).unwrap_or(lane))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_one_lane_however_it_is_written() {
        for url in ["http://a.b", "http://a.b/x", "http://a.b?q", "http://a.b#f", "HTTP://A.b:80/x", "http://u:p@a.b/"]
        {
            assert_eq!(lane(url), "http://a.b", "{url}");
        }
        assert_eq!(lane("https://a:443/"), "https://a");
        assert_eq!(lane("https://a:80/"), "https://a:80");
        assert_eq!(lane("http://[::1]:8080/"), "http://[::1]:8080");
        assert_eq!(lane("/path"), "");
    }
}
