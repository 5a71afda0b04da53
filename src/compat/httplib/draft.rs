//! A request that is being put together: every line is checked as it comes, and all of them once more as a head.

use super::error::{Error, Kind, Result};
use crate::error::{Error as Cause, Kind as Why, Phase};
use crate::message::Body;
use crate::wire::h1::{Framing, content_length, encode_head};
use crate::wire::{Headers, Version, Violation, grammar};

const CONTENT_LENGTH: &str = "Content-Length";
const TRANSFER_ENCODING: &str = "Transfer-Encoding";
pub(super) const HOST: &str = "Host";
pub(super) const ACCEPT_ENCODING: &str = "Accept-Encoding";

/// Which lines [`put_request_with`](super::HttpConnection::put_request_with) leaves out. Default none of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skip {
    /// No `Host` line: for one of the caller's own.
    #[doc(alias = "skip_host")]
    pub host: bool,
    /// No `Accept-Encoding: identity` line: bodies are then whatever the caller has asked for, and never decoded here.
    #[doc(alias = "skip_accept_encoding")]
    pub accept_encoding: bool,
}

/// Method, target and the lines so far.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) method: Box<str>,
    pub(super) target: Box<str>,
    headers: Headers,
}

impl Draft {
    pub(super) fn new(method: &str, target: &str) -> Result<Self> {
        grammar::check_method(method).map_err(invalid)?;
        let target = if target.is_empty() { "/" } else { target };
        grammar::check_target(target).map_err(invalid)?;
        Ok(Self { method: method.into(), target: target.into(), headers: Headers::with_capacity(8, 256) })
    }

    pub(super) fn put(&mut self, name: &str, value: &[u8]) -> Result<()> {
        // A second one would be refused with the head, when it is too late to leave one out.
        if name.eq_ignore_ascii_case(HOST) && self.headers.contains(HOST) {
            let what = "a second Host line; leave out the first one by `Skip { host: true, .. }`";
            return Err(Error::new(Kind::InvalidRequest, what));
        }
        self.headers.append(name, value).map_err(invalid)
    }

    /// The lines of a whole request: what its body needs, unless the caller has said so, then the caller's own. Whether
    /// the body goes in chunks that are made here.
    pub(super) fn complete(&mut self, lines: &Headers, body: &Body, encode: bool) -> Result<bool> {
        let mut chunks = encode;
        if lines.contains(CONTENT_LENGTH) {
            chunks = false;
        } else if !lines.contains(TRANSFER_ENCODING) {
            // RFC 9110 §8.6: a length also where there is no body, for methods that are expected to have one.
            let expected = matches!(&*self.method, "PATCH" | "POST" | "PUT");
            chunks = body.length().is_none();
            match body.length() {
                None => self.put(TRANSFER_ENCODING, b"chunked")?,
                Some(0) if body.is_empty() && !expected => {}
                Some(length) => self.put(CONTENT_LENGTH, itoa::Buffer::new().format(length).as_bytes())?,
            }
        }
        for (name, value) in lines {
            self.put(name, value)?;
        }
        match (self.framing()?, body.length()) {
            (Framing::Length(said), Some(length)) if !body.is_empty() && said != length => {
                Err(refused(format!("Content-Length says {said}, and the body has {length} bytes")))
            }
            _ => Ok(chunks),
        }
    }

    /// The bytes of the head, and how the lines say that the body ends.
    pub(super) fn encode(&self, body: &Body, chunks: bool) -> Result<(Vec<u8>, Framing)> {
        let framing = self.framing()?;
        match (framing, body.length()) {
            (Framing::Empty, length) if length != Some(0) => {
                return Err(refused("a body needs a line `Content-Length` or `Transfer-Encoding: chunked`"));
            }
            (Framing::Empty | Framing::Length(_), _) if chunks => {
                return Err(refused("a body in chunks needs a line `Transfer-Encoding: chunked`"));
            }
            _ => {}
        }
        let mut head = Vec::with_capacity(512);
        encode_head(&mut head, Version::Http11, &self.method, &self.target, &self.headers).map_err(invalid)?;
        Ok((head, framing))
    }

    fn framing(&self) -> Result<Framing> {
        let mut codings = self.headers.get_all_bytes(TRANSFER_ENCODING);
        match (codings.next(), codings.next()) {
            (None, _) => {}
            (Some(coding), None) if coding.eq_ignore_ascii_case(b"chunked") => return Ok(Framing::Chunked),
            _ => return Err(refused("Transfer-Encoding: only `chunked` can be sent")),
        }
        Ok(content_length(&self.headers).map_err(invalid)?.map_or(Framing::Empty, Framing::Length))
    }

    /// It says that the connection ends with it.
    pub(super) fn closes(&self) -> bool {
        self.headers.has_token("Connection", "close")
    }

    /// It asks for another protocol.
    pub(super) fn upgrades(&self) -> bool {
        self.headers.contains("Upgrade")
    }

    /// Its body waits for `100 Continue`.
    pub(super) fn expects(&self) -> bool {
        self.headers.has_token("Expect", "100-continue")
    }
}

/// Header lines of the caller's, checked.
pub(super) fn lines<N, V>(headers: impl IntoIterator<Item = (N, V)>) -> Result<Headers>
where
    N: AsRef<str>,
    V: AsRef<[u8]>,
{
    Headers::from_pairs(headers).map_err(invalid)
}

fn invalid(rule: Violation) -> Error {
    Cause::new(Why::InvalidRequest, rule.to_string()).with_phase(Phase::Build).with_source(rule).into()
}

fn refused(what: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(Kind::InvalidRequest, what)
}
