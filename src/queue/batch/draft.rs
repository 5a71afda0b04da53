//! A request on its way through the queue: small until it is its turn.

use super::meta::Meta;
use crate::client::{HttpClient, RequestBuilder};
use crate::error::{Error, Result};
use crate::message::Method;

pub(super) type Tune = Box<dyn FnOnce(RequestBuilder) -> RequestBuilder + Send>;

pub(super) struct Draft {
    target: Target,
    pub(super) meta: Meta,
    /// What most requests do not have.
    extra: Option<Box<Extra>>,
}

enum Target {
    Verb(Verb, Box<str>),
    Ready(Box<RequestBuilder>),
}

enum Verb {
    Known(Method),
    Wrong(Box<str>),
}

#[derive(Default)]
pub(super) struct Extra {
    /// Options, in order.
    pub(super) tunes: Vec<Tune>,
    /// Media types that the answer may have.
    pub(super) expected: Vec<Box<str>>,
    /// Pairs, to be written as the content type says.
    pub(super) data: Option<Vec<(String, String)>>,
    /// The last `Content-Type` that was set.
    pub(super) content_type: Option<String>,
    /// The first thing that was wrong.
    pub(super) wrong: Option<Error>,
}

impl Default for Target {
    fn default() -> Self {
        Self::Verb(Verb::Known(Method::GET), Box::default())
    }
}

impl Draft {
    pub(super) fn new(method: &str, url: &str) -> Self {
        let verb = Method::new(method).map_or_else(|_| Verb::Wrong(method.into()), Verb::Known);
        Self::of(Target::Verb(verb, url.into()))
    }

    pub(super) fn ready(request: RequestBuilder) -> Self {
        Self::of(Target::Ready(Box::new(request)))
    }

    fn of(target: Target) -> Self {
        Self { target, meta: Meta::new(), extra: None }
    }

    pub(super) fn extra(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    /// With its number; nothing more can be added.
    pub(super) fn queued(mut self, id: u64) -> Self {
        let method = match &self.target {
            Target::Verb(Verb::Known(method), _) => Some(method.clone()),
            Target::Verb(Verb::Wrong(_), _) => None,
            Target::Ready(request) => request.method_and_headers().map(|(method, _)| method.clone()),
        };
        self.meta.queued(id, method);
        self
    }

    /// The URL as it was given.
    pub(super) fn url(&self) -> &str {
        match &self.target {
            Target::Verb(_, url) => url,
            Target::Ready(request) => request.url().map_or("", |url| url.as_str()),
        }
    }

    /// Scheme, host and port as they are written: whose turn it counts to where hosts take turns.
    pub(super) fn lane(&self) -> &str {
        let url = self.url();
        let host = url.find("://").map_or(0, |at| at + 3);
        let rest = url[host..].find(['/', '?', '#', '\\']).unwrap_or(url.len() - host);
        &url[..host + rest]
    }

    /// The request, and the media types that its answer may have.
    pub(super) fn build(&mut self, client: &HttpClient) -> Result<(RequestBuilder, Vec<Box<str>>)> {
        let target = std::mem::take(&mut self.target);
        let Some(extra) = self.extra.take() else { return Ok((start(client, target), Vec::new())) };
        let Extra { tunes, expected, data, content_type, wrong } = *extra;
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
        let mut request = start(client, target);
        if let Some(pairs) = data {
            request = request.body(super::body::of_pairs(&pairs, content_type.as_deref())?);
        }
        Ok((tunes.into_iter().fold(request, |request, tune| tune(request)), expected))
    }
}

fn start(client: &HttpClient, target: Target) -> RequestBuilder {
    match target {
        Target::Verb(Verb::Known(method), url) => client.request(method.as_str(), &*url),
        Target::Verb(Verb::Wrong(method), url) => client.request(&method, &*url),
        Target::Ready(request) => *request,
    }
}
