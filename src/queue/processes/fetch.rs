//! A request for a worker, with hooks.

use std::time::Duration;

use super::call::{self, Terms};
use super::failure::refused;
use super::hooks::Hooks;
use super::process::{Order, Reply};
use super::record::{self, AnswerHead, BodyHead, FetchHead, JobHead, What};
use crate::client::{CookieJar, HttpClient, OptionValues, RequestBuilder, Transfer};
use crate::deadline::Timeouts;
use crate::error::{Error, Kind, Phase, Result};
use crate::message::{Body, Request, Version};

/// A request that is made in a worker: one of [`ProcessExecutor::client`](super::ProcessExecutor::client)'s, with hooks by
/// name.
///
/// ```no_run
/// # use maypole::queue::processes::{Fetch, ProcessExecutor};
/// # let pool = ProcessExecutor::new(2)?;
/// // Not run: a worker is the program itself, started again, and a doctest's main is not its own.
/// let request = pool.client()?.get("http://127.0.0.1:8080/items").query([("page", 2)]);
/// let answer = pool.fetch(Fetch::new(request).on_request("traced").on_response("parsed"))?;
/// let items: Vec<String> = answer.data("items")?.unwrap_or_default();
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// What travels is the message (method, URL, headers, body), the cookies of the client's jar, and of the request's options
/// timeouts, cookies, redirects, credentials, decoding and a cancel token. The rest, and what is code, belongs to the
/// [session](super::register_session). A body that is a stream is read when the request is submitted.
#[must_use = "a fetch does nothing until it is submitted"]
pub struct Fetch {
    request: RequestBuilder,
    hooks: Hooks,
    terms: Terms,
}

impl From<RequestBuilder> for Fetch {
    fn from(request: RequestBuilder) -> Self {
        Self::new(request)
    }
}

impl Fetch {
    /// A request without hooks.
    pub fn new(request: RequestBuilder) -> Self {
        Self { request, hooks: Hooks::default(), terms: Terms::default() }
    }

    /// Has a [registered](super::register_request_hook) hook change the request before it is sent; several in their order.
    pub fn on_request(mut self, name: &str) -> Self {
        self.hooks.request.push(name.to_owned());
        self
    }

    /// Has a [registered](super::register_response_hook) hook see the answers, redirects included; several in their order.
    #[doc(alias = "hooks")]
    #[doc(alias = "background_callback")]
    pub fn on_response(mut self, name: &str) -> Self {
        self.hooks.response.push(name.to_owned());
        self
    }

    /// Higher ones get their turn before lower ones. Default 0.
    pub fn priority(mut self, priority: i32) -> Self {
        self.terms.priority = priority;
        self
    }

    /// How long the worker may take; then it is killed. Default the pool's. The request's own timeouts end it without
    /// that.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.terms.deadline = Some(limit);
        self
    }

    /// How many times it is done again when its worker died of it. Default the pool's.
    pub fn retry_crashed(mut self, times: u32) -> Self {
        self.terms.retries = Some(times);
        self
    }

    pub(super) fn into_order(
        self,
        client: &HttpClient,
        session: Option<&str>,
        hooks: &Hooks,
        longest: u64,
    ) -> Result<(Order, Terms)> {
        let hooks = hooks.then(self.hooks);
        hooks.check()?;
        if !self.request.client().is(client) {
            let what = "a worker makes requests by the pool's own client: build them with ProcessExecutor::client(), and \
                        give it options with register_session()";
            return Err(refused(what));
        }
        let Transfer { mut request, timeouts, expect, token, options } = self.request.into_transfer()?;
        let input = whole(&mut request.body, longest)?;
        let label = format!("{} {}", request.method.as_str(), request.url.without_userinfo());
        let head = FetchHead {
            session: session.map(str::to_owned),
            expect,
            options,
            timeouts: (&timeouts).into(),
            cookies: client.cookie_jar().map(cookies).transpose()?,
            request_hooks: hooks.request,
            response_hooks: hooks.response,
            ..message(&request)
        };
        let head = call::head(&JobHead { what: What::Fetch(Box::new(head)), longest })?;
        let order = Order { label, head, input, longest, deadline: None, retries: 0, token };
        Ok((order, self.terms))
    }
}

/// The message, without its body and what stands around it.
fn message(request: &Request) -> FetchHead {
    let target = request.path_and_query();
    let own_target = (target != request.url.request_target()).then(|| target.to_owned());
    let mut headers = request.headers.clone();
    if let Some(coding) = request.body.content_encoding() {
        // The coding has been put on; a body in the worker knows nothing of it.
        headers.set("Content-Encoding", coding).ok();
    }
    let content_type = request.body.content_type().map(str::to_owned);
    FetchHead {
        session: None,
        method: request.method.as_str().to_owned(),
        url: request.url.as_str().to_owned(),
        target: own_target,
        http10: request.version == Version::Http10,
        headers: record::lines(&headers),
        removed: request.removed_headers().map(str::to_owned).collect(),
        body: (!request.body.is_empty()).then_some(BodyHead { content_type }),
        expect: false,
        timeouts: (&Timeouts::default()).into(),
        options: OptionValues::default(),
        cookies: None,
        request_hooks: Vec::new(),
        response_hooks: Vec::new(),
    }
}

fn whole(body: &mut Body, longest: u64) -> Result<Vec<u8>> {
    let mut whole = Vec::new();
    while let Some(piece) = body.next_piece()? {
        whole.extend_from_slice(piece);
        if whole.len() as u64 > longest {
            let what = format!("a request body for a worker is longer than {longest} bytes; see max_result");
            return Err(Error::new(Kind::TooLarge, what).with_phase(Phase::Build));
        }
    }
    Ok(whole)
}

fn cookies(jar: &CookieJar) -> Result<String> {
    let mut text = Vec::new();
    jar.save_json(&mut text)?;
    String::from_utf8(text).map_err(|error| refused("a cookie is no text").with_source(error))
}

/// Puts into the program's jar what the answer and the redirects before it have set.
pub(super) fn merge_cookies(jar: &CookieJar, reply: &Reply) {
    let Ok(head) = serde_json::from_slice::<AnswerHead>(&reply.head) else { return };
    let hops = head.history.iter().map(|hop| (&hop.url, &hop.headers));
    for (url, lines) in hops.chain([(&head.url, &head.headers)]) {
        if let (Ok(url), Ok(headers)) = (record::url(url), record::headers(lines)) {
            jar.store(&url, &headers);
        }
    }
}
