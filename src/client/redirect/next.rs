//! What comes after an answer: pure, no I/O but the rewinding of a file.

use std::borrow::Cow;

use super::history::Visited;
use super::policy::{Decision, Hop};
use crate::client::policy::Policy;
use crate::client::timings::Timings;
use crate::error::{Error, Kind, Result};
use crate::message::{Body, Headers, Method, Request, Url, unparsed};
use crate::wire::h1::Head;

/// The way of one request over its redirects.
pub(in crate::client) struct Journey {
    /// The request has never left its first origin. What was given for that one is not restored on the way back: the
    /// redirect that leads there is another server's word (CVE-2024-45336).
    pub(in crate::client) trusted: bool,
    pub(in crate::client) history: Vec<Visited>,
}

pub(in crate::client) enum Next {
    /// The answer is the response.
    Stay,
    /// The request has become the next one.
    Follow,
}

/// Lines that speak for the user, and stay with the origin that they were given for.
const CREDENTIALS: [&str; 5] = ["Authorization", "Cookie", "Cookie2", "Proxy-Authorization", "WWW-Authenticate"];

impl Journey {
    pub(in crate::client) fn new() -> Self {
        Self { trusted: true, history: Vec::new() }
    }

    /// Turns `request` into the one that the answer redirects to. `bound` is the origin that must not be left.
    #[inline(never)]
    pub(in crate::client) fn next(
        &mut self,
        head: &Head,
        timings: Timings,
        request: &mut Request,
        policy: &Policy,
        bound: Option<&Url>,
    ) -> Result<Next> {
        let redirects = &policy.redirects;
        // RFC 9110 §15.4: 300 leaves the choice to the user, 304 to 306 are no redirects.
        if !matches!(head.status, 301 | 302 | 303 | 307 | 308) || redirects.limit == 0 {
            return Ok(Next::Stay);
        }
        let Some(location) = location(&head.headers) else { return Ok(Next::Stay) };
        if self.history.len() >= redirects.limit as usize {
            return Err(self.too_many(redirects.limit));
        }
        let url = self.target(&location, request, policy, bound)?;
        let (from, method) = (std::mem::replace(&mut request.url, url), request.method.clone());
        match self.turn(head, &from, request, policy, bound) {
            Ok(true) => {}
            outcome => {
                // The answer is the response after all, and the response to what was asked.
                (request.url, request.method) = (from, method);
                return outcome.map(|_| Next::Stay);
            }
        }
        // What the callback has made of the URL counts.
        self.trusted &= redirects.keep_credentials || request.url.same_origin(&from);
        self.history.push(Visited { status: head.status, url: from, headers: head.headers.clone(), timings });
        Ok(Next::Follow)
    }

    /// Makes the next request of `request`, which has its URL already; whether it is to be followed.
    fn turn(
        &self,
        head: &Head,
        from: &Url,
        request: &mut Request,
        policy: &Policy,
        bound: Option<&Url>,
    ) -> Result<bool> {
        let redirects = &policy.redirects;
        change_method(head.status, redirects.keep_method, request)?;
        let leaves = |request: &Request| !request.url.same_origin(from) && !redirects.keep_credentials;
        let left = leaves(request);
        if left {
            leave_origin(request, policy, None)?;
        }
        if redirects.referer {
            set_referer(request, from)?;
        }
        let Some(decide) = &redirects.decide else { return Ok(true) };
        let given = request.headers.clone();
        let mut hop = Hop { status: head.status, headers: &head.headers, from, history: &self.history, next: request };
        match decide(&mut hop) {
            Decision::Follow => {}
            Decision::Stop => return Ok(false),
            Decision::Fail(error) => return Err(error),
        }
        within(bound, &request.url)?;
        if leaves(request) && !left {
            leave_origin(request, policy, Some(&given))?;
        }
        Ok(true)
    }

    fn target(&self, location: &str, request: &Request, policy: &Policy, bound: Option<&Url>) -> Result<Url> {
        let from = &request.url;
        let mut url = from.join_within(location, &policy.limits).map_err(|error| {
            // It may name a user and a password.
            refused(format!("the redirect's Location `{}` cannot be followed", unparsed(location))).with_source(error)
        })?;
        let redirects = &policy.redirects;
        if redirects.https_only && !url.is_secure() {
            return Err(refused(format!("a redirect to {}, and only https is allowed", url.without_userinfo())));
        }
        if redirects.refuse_downgrade && from.is_secure() && !url.is_secure() {
            return Err(refused(format!("a redirect from https to {}", url.without_userinfo())));
        }
        within(bound, &url)?;
        // RFC 9110 §10.2.2: a fragment of the first URL is inherited.
        if url.fragment().is_none() {
            url.set_fragment(from.fragment());
        }
        Ok(url)
    }

    fn too_many(&self, limit: u32) -> Error {
        let mut chain: Vec<Cow<'_, str>> = self.history.iter().map(|visited| visited.url.without_userinfo()).collect();
        if chain.len() > 4 {
            chain.drain(2..chain.len() - 2);
            chain.insert(2, "…".into());
        }
        refused(format!("more than {limit} redirects: {}", chain.join(" → ")))
    }
}

/// An empty one is none, as in curl. Several that differ have been refused with the head.
fn location(headers: &Headers) -> Option<Cow<'_, str>> {
    let line = headers.get_all_bytes("location").next().filter(|line| !line.is_empty())?;
    // Raw UTF-8 is common; anything else is read byte for character, as browsers do.
    Some(match std::str::from_utf8(line) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => line.iter().copied().map(char::from).collect(),
    })
}

/// RFC 9110 §15.4.2 and the fetch standard: 301 and 302 make a POST a GET, 303 everything but a HEAD.
fn change_method(status: u16, keep: [bool; 3], request: &mut Request) -> Result<()> {
    let kept = matches!(status, 301..=303) && keep[usize::from(status - 301)];
    let becomes_get = match status {
        301 | 302 => request.method == Method::POST,
        303 => request.method != Method::HEAD && request.method != Method::GET,
        _ => false,
    };
    if becomes_get && !(kept && request.method == Method::POST) {
        request.method = Method::GET;
        request.body = Body::empty();
        remove_content_lines(request);
        return Ok(());
    }
    if request.body.rewind()? {
        return Ok(());
    }
    let what = format!("a redirect by {status} wants the body again, and it cannot be read twice");
    Err(Error::new(Kind::BodyUsed, what))
}

/// What described the body that is no more.
fn remove_content_lines(request: &mut Request) {
    let described = |name: &str| name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("content-"));
    let names: Vec<String> =
        request.headers.iter().map(|(name, _)| name.to_owned()).filter(|name| described(name)).collect();
    for name in names.iter().map(String::as_str).chain(["Content-Type", "Transfer-Encoding", "Expect", "Trailer"]) {
        request.remove_header(name);
    }
}

fn within(bound: Option<&Url>, url: &Url) -> Result<()> {
    let Some(bound) = bound.filter(|bound| !bound.same_origin(url)) else { return Ok(()) };
    let (url, bound) = (url.without_userinfo(), bound.without_userinfo());
    Err(Error::new(Kind::WrongOrigin, format!("redirected to {url}, and this client is bound to {bound}")))
}

/// `given`: the lines before a callback chose another origin; what it has put in their place is meant for that one.
fn leave_origin(request: &mut Request, policy: &Policy, given: Option<&Headers>) -> Result<()> {
    let is_old = |headers: &Headers, name: &str| {
        given.is_none_or(|given| given.get_all_bytes(name).eq(headers.get_all_bytes(name)))
    };
    for name in CREDENTIALS.into_iter().chain(policy.sensitive.iter().map(|name| &**name)) {
        if is_old(&request.headers, name) {
            // Also keeps a default line of the client's from being sent.
            request.remove_header(name);
        }
    }
    if !is_old(&request.headers, "Host") {
        return Ok(());
    }
    // Not removed but set: a default `Host` of the client's is for the first origin, too.
    let host = request.url.host_header().to_owned();
    request.set_header("Host", host)
}

/// RFC 9110 §10.1.3: without user name and fragment, and never from a secure request to one that is not.
fn set_referer(request: &mut Request, from: &Url) -> Result<()> {
    if from.is_secure() && !request.url.is_secure() {
        request.remove_header("Referer");
        return Ok(());
    }
    let mut from = from.clone();
    from.remove_userinfo();
    from.set_fragment(None);
    request.set_header("Referer", from.as_str())
}

fn refused(what: String) -> Error {
    Error::new(Kind::Redirect, what)
}
