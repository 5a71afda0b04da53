//! A fetch in a worker: the request, the hooks, the answer on its way back.

use std::io::{self, Read};
use std::sync::Arc;

use super::failure::Failure;
use super::frame::Tag;
use super::hook::{Answering, At, Kept};
use super::record::{self, AnswerHead, FetchHead, Tail};
use super::registry::{self, RequestHook, ResponseHook};
use super::writer::{Writer, too_large};
use crate::client::{CookieJar, HttpClient, RequestBuilder, Response};
use crate::error::{Error, Result};
use crate::message::{Body, Version};

/// Bytes read before they are sent on.
const PIECE: usize = 64 << 10;

/// Makes the request. `Err`: the pool's socket is broken.
pub(super) fn fetch(
    client: &HttpClient,
    mut head: FetchHead,
    body: Vec<u8>,
    longest: u64,
    writer: &mut Writer,
) -> io::Result<Tail> {
    let names = std::mem::take(&mut head.response_hooks);
    let hooks = names.iter().map(|name| registry::response_hook(name)).collect::<Result<Vec<_>>>();
    let sent = hooks.and_then(|hooks| Ok((hooks, request(client, head, body)?.send()?)));
    match sent {
        Ok((hooks, response)) if hooks.is_empty() => streamed(response, longest, writer),
        Ok((hooks, response)) => hooked(response, &hooks, longest, writer),
        Err(error) => Ok(failed(&error)),
    }
}

fn failed(error: &Error) -> Tail {
    Tail { error: Some(Failure::of(error)), ..Tail::default() }
}

fn request(client: &HttpClient, head: FetchHead, body: Vec<u8>) -> Result<RequestBuilder> {
    let FetchHead { method, url, target, http10, headers, removed, expect, timeouts, options, cookies, .. } = head;
    // Removed first: what the request adds to a name comes after that.
    let request = removed.iter().fold(client.request(&method, url), |request, name| request.without_header(name));
    let is_secret = |name: &str| options.sensitive.iter().any(|secret| secret.eq_ignore_ascii_case(name));
    let request = headers.iter().fold(request, |request, line| match is_secret(line.name()) {
        true => request.sensitive_header(line.name(), line.value()),
        false => request.header(line.name(), line.value()),
    });
    let mut request = request.timeouts(timeouts.into()).with_values(options);
    if let Some(meta) = head.body {
        let body = Body::from(body);
        request = request.body(match meta.content_type {
            Some(content_type) => body.with_content_type(content_type),
            None => body,
        });
    }
    if http10 {
        request = request.version(Version::Http10);
    }
    if let Some(target) = target {
        request = request.request_target(&target);
    }
    if expect {
        request = request.expect_continue();
    }
    if let Some(cookies) = cookies {
        // A jar for this request alone: what it sets is for the program's, which tells the next worker.
        let jar = CookieJar::new();
        jar.load_json(cookies.as_bytes())?;
        request = request.cookie_jar(jar);
    }
    let hooks = head.request_hooks.iter().map(|name| registry::request_hook(name));
    let hooks: Vec<Arc<RequestHook>> = hooks.collect::<Result<_>>()?;
    if hooks.is_empty() {
        return Ok(request);
    }
    Ok(request.middleware(move |mut request, next| {
        hooks.iter().try_for_each(|hook| hook(&mut request))?;
        next.run(request)
    }))
}

/// Hands the body on as it comes.
fn streamed(mut response: Response, longest: u64, writer: &mut Writer) -> io::Result<Tail> {
    writer.tell(Tag::Head, &answer(&response))?;
    let mut piece = vec![0; PIECE];
    loop {
        let n = match response.read(&mut piece) {
            Ok(0) => break,
            Ok(n) => n,
            Err(error) => return Ok(failed(&Error::from_io(error))),
        };
        if response.received() > longest {
            return Ok(failed(&too_large(longest)));
        }
        writer.piece(Tag::Body, &piece[..n])?;
    }
    writer.send(Tag::Body, &[])?;
    Ok(Tail { timings: Some(record::durations(&response.timings())), ..Tail::default() })
}

/// Has the hooks see the redirects, and then the whole answer.
fn hooked(mut response: Response, hooks: &[Arc<ResponseHook>], longest: u64, writer: &mut Writer) -> io::Result<Tail> {
    let outcome = see(&mut response, hooks, longest);
    let kept = match outcome {
        Ok(kept) => kept,
        Err(error) => return Ok(failed(&error)),
    };
    writer.tell(Tag::Head, &answer(&response))?;
    writer.send(Tag::Body, &kept.body)?;
    let (data, replacement) = (kept.data, kept.replacement);
    Ok(Tail { timings: Some(record::durations(&response.timings())), data, replacement, error: None })
}

fn see(response: &mut Response, hooks: &[Arc<ResponseHook>], longest: u64) -> Result<Kept> {
    let mut kept = Kept::default();
    for (number, hop) in response.history().iter().enumerate() {
        let at = At::hop(number, hop);
        hooks.iter().try_for_each(|hook| hook(&mut Answering { at, kept: &mut kept }))?;
    }
    // One byte more shows that there is more.
    kept.body = response.read_full(usize::try_from(longest).unwrap_or(usize::MAX).saturating_add(1))?;
    if kept.body.len() as u64 > longest {
        return Err(too_large(longest));
    }
    let at = At { status: response.status(), url: response.url(), headers: response.headers(), hop: None };
    hooks.iter().try_for_each(|hook| hook(&mut Answering { at, kept: &mut kept }))?;
    Ok(kept)
}

fn answer(response: &Response) -> AnswerHead {
    AnswerHead {
        method: response.method().as_str().to_owned(),
        status: response.status(),
        reason: response.reason().map(str::to_owned),
        http10: response.version() == Version::Http10,
        url: response.url().as_str().to_owned(),
        headers: record::lines(response.headers()),
        history: response.history().iter().map(Into::into).collect(),
        attempts: response.attempts(),
        reused: response.is_reused(),
        decoded: response.is_decoded(),
    }
}
