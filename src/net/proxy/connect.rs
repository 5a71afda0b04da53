//! `CONNECT` (RFC 9110 §9.3.6): asking an HTTP proxy for a tunnel.
//!
//! ```text
//!   CONNECT ─▶ head ─┬─ 2xx ─▶ through
//!      ▲             ├─ 407 with a digest ─▶ body read ─┬─ connection stays ─┐
//!      └─────────────┼──────────────────────────────────┼────────────────────┘  once
//!                    │                                  └─ it ends: again on a new one
//!                    └─ else ─▶ refused, with status and text
//! ```

use super::goal::{Goal, failed, refused};
use super::reply::ProxyReply;
use super::value::Proxy;
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase, Result};
use crate::limits::Limits;
use crate::net::stream::Stream;
use crate::wire::auth::{Digest, challenges};
use crate::wire::h1::{BodyDecoder, Head, HeadParser, Step, encode_head, keep_alive, response_framing};
use crate::wire::{Headers, Version, Violation};

/// What came of it.
pub(in crate::net) enum Answer {
    /// The goal is at the other end.
    Through(Stream),
    /// The proxy asked for credentials and ended the connection: this answers it on a new one.
    Again(String),
}

/// The body of a refusal that is shown.
const SHOWN: usize = 4 << 10;
/// The body of a challenge that is read over, so that its connection can be used once more.
const READ_OVER: usize = 64 << 10;
/// Interim responses that are skipped.
const INTERIM: usize = 8;

/// Asks `proxy` at the other end of `stream` for `goal`; `authorization` answers an earlier challenge.
pub(in crate::net) fn connect_through(
    stream: Stream,
    proxy: &Proxy,
    goal: &Goal,
    port: u16,
    authorization: Option<String>,
    until: Until,
    heads: &mut Vec<Head>,
) -> Result<Answer> {
    let authority = goal.authority(port);
    let mut conversation = Conversation { stream, input: Vec::new(), until };
    let may_answer = authorization.is_none();
    let head = conversation.ask(&request(proxy, &authority, authorization.or(proxy.authorization()))?)?;
    heads.push(head.clone());
    let answer = if may_answer { answer(proxy, &authority, &head) } else { None };
    let Some(authorization) = answer else {
        return conversation.end(&authority, proxy, head);
    };
    if !conversation.read_over(&head) {
        return Ok(Answer::Again(authorization));
    }
    let head = conversation.ask(&request(proxy, &authority, Some(authorization))?)?;
    heads.push(head.clone());
    conversation.end(&authority, proxy, head)
}

/// Everything goes through the one writer of requests, so that no name, header or credential can end a line.
fn request(proxy: &Proxy, authority: &str, authorization: Option<String>) -> Result<Vec<u8>> {
    let written = || -> Result<Vec<u8>, Violation> {
        let mut headers = Headers::try_from([("Host", authority)])?;
        if let Some(value) = authorization {
            headers.append("Proxy-Authorization", value)?;
        }
        for (name, value) in proxy.headers() {
            headers.append(name, value)?;
        }
        let mut out = Vec::with_capacity(256);
        encode_head(&mut out, Version::Http11, "CONNECT", authority, &headers)?;
        Ok(out)
    };
    let invalid = |rule: Violation| Error::new(Kind::InvalidRequest, rule.to_string()).with_phase(Phase::Proxy);
    written().map_err(invalid)
}

/// The answer to a challenge, if there is one that does better than what was sent at once.
fn answer(proxy: &Proxy, authority: &str, head: &Head) -> Option<String> {
    if head.status != 407 {
        return None;
    }
    let (user, password) = proxy.user_and_password()?;
    let asked = challenges(head.headers.get_all("Proxy-Authenticate"));
    let mut digest = Digest::strongest(&asked)?;
    let mut random = [0; 16];
    getrandom::fill(&mut random).ok()?;
    let cnonce: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(digest.answer(str::from_utf8(user).ok()?, password, "CONNECT", authority, Some(b""), &cnonce))
}

/// One connection to the proxy, and what has been read from it and not been understood yet.
struct Conversation {
    stream: Stream,
    input: Vec<u8>,
    until: Until,
}

impl Conversation {
    /// Sends a request and waits for the head of its final response.
    fn ask(&mut self, request: &[u8]) -> Result<Head> {
        self.stream.write_all(request, self.until.at()).map_err(|error| failed(error, self.until))?;
        let (limits, mut parser) = (Limits::default(), HeadParser::new());
        for _ in 0..INTERIM {
            let (head, end) = loop {
                match parser.parse(&self.input, &limits) {
                    Ok(Some(found)) => break found,
                    Ok(None) if self.fill()? == 0 => {
                        return Err(refused("the proxy closed the connection before its answer to CONNECT"));
                    }
                    Ok(None) => {}
                    Err(rule) => return Err(refused(format!("answer to CONNECT: {rule}")).with_source(rule)),
                }
            };
            self.input.drain(..end);
            if head.status >= 200 {
                return Ok(head);
            }
        }
        Err(refused("more than 8 interim responses to CONNECT"))
    }

    fn fill(&mut self) -> Result<usize> {
        let start = self.input.len();
        self.input.resize(start + (4 << 10), 0);
        let read = self.stream.read(&mut self.input[start..], self.until.at());
        self.input.truncate(start + *read.as_ref().unwrap_or(&0));
        read.map_err(|error| failed(error, self.until))
    }

    /// Through on 2xx; else what the proxy said, as an error.
    fn end(mut self, authority: &str, proxy: &Proxy, head: Head) -> Result<Answer> {
        if (200..300).contains(&head.status) {
            // This side speaks first in all that goes through: bytes that are here already are the proxy's own, and would
            // pass for the host's.
            return match self.input.len() {
                0 => Ok(Answer::Through(self.stream)),
                n => Err(refused(format!("{n} bytes follow the proxy's answer to CONNECT, before anything was sent"))),
            };
        }
        let status = head.status;
        let text = self.body(&head, SHOWN).0;
        let reason = head.reason().unwrap_or_default().to_owned();
        let why = if status == 407 { missing(proxy, &head) } else { String::new() };
        let what = format!("CONNECT {authority} refused: {status} {reason}");
        let headers = head.headers;
        let reply = ProxyReply { status, reason, headers, text: String::from_utf8_lossy(&text).into_owned() };
        Err(refused(format!("{}{why}", what.trim_end())).with_source(reply))
    }

    /// Whether the response to a challenge was read to its end and the connection can be used once more.
    fn read_over(&mut self, head: &Head) -> bool {
        let Ok(framing) = response_framing("CONNECT", head) else { return false };
        let closing = head.headers.has_token("Proxy-Connection", "close");
        keep_alive(head, framing, closing) && self.body(head, READ_OVER).1 && self.input.is_empty()
    }

    /// The body up to `most` bytes, and whether that is all of it. Whatever is wrong with it only shortens it: the
    /// status is what counts.
    fn body(&mut self, head: &Head, most: usize) -> (Vec<u8>, bool) {
        let mut body = Vec::new();
        let Ok(framing) = response_framing("CONNECT", head) else { return (body, false) };
        let (limits, mut decoder) = (Limits::default(), BodyDecoder::new(framing));
        loop {
            match decoder.step(&self.input, &limits) {
                Ok(Step::End) => return (body, true),
                Ok(Step::Skip(n)) => {
                    self.input.drain(..n);
                }
                Ok(Step::Data(_)) if body.len() >= most => return (body, false),
                Ok(Step::Data(n)) if !self.input.is_empty() => {
                    let n = self.input.len().min(n as usize).min(most - body.len());
                    body.extend(self.input.drain(..n));
                    decoder.took(n as u64);
                }
                Ok(Step::Data(_) | Step::More) if matches!(self.fill(), Ok(1..)) => {}
                _ => return (body, false),
            }
        }
    }
}

/// Which credentials would have helped.
fn missing(proxy: &Proxy, head: &Head) -> String {
    let asked = challenges(head.headers.get_all("Proxy-Authenticate"));
    let schemes: Vec<_> = asked.iter().map(|challenge| challenge.scheme.as_str()).collect();
    let wants = if schemes.is_empty() { "credentials".to_owned() } else { schemes.join(" or ") };
    let have = match (proxy.user_and_password(), proxy.authorization()) {
        (None, _) => "none are set",
        (Some(_), None) => "only a digest may be sent",
        (Some(_), Some(_)) => "those that are set were not accepted",
    };
    format!("; the proxy wants {wants}, and {have}")
}
