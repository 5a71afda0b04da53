//! A request as a value, and the list of header lines that it is sent with.

mod assemble;
mod host;

use super::{Body, Headers, Method, Url, Version};
use crate::error::{Error, Kind, Phase, Result};
use std::borrow::Cow;
use std::fmt;

pub use assemble::{Outgoing, Transfer};

/// What is to be sent: method, URL, version, the caller's header lines, body.
///
/// ```
/// use maypole::message::{Headers, Method, Request, Url};
/// let mut request = Request::new(Method::POST, Url::parse("http://h/p")?);
/// request.append_header("X-Trace", "7")?;
/// request.body = "hello".into();
/// let sent = request.assemble(&Headers::new())?;
/// let lines = "Host: h\r\nX-Trace: 7\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n";
/// assert_eq!(sent.headers.to_string(), lines);
/// # Ok::<(), maypole::error::Error>(())
/// ```
pub struct Request {
    /// The method.
    pub method: Method,
    /// The URL. User name and password in it are not sent by themselves.
    pub url: Url,
    /// HTTP/1.1, or HTTP/1.0 for servers that know no better.
    pub version: Version,
    /// The caller's lines, in the caller's order and case.
    pub headers: Headers,
    /// The body.
    pub body: Body,
    removed: Vec<String>,
    /// A target of the caller's own, and the URL that it is for.
    target: Option<Box<(String, String)>>,
}

impl Request {
    /// A request without headers and body, HTTP/1.1.
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            version: Version::Http11,
            headers: Headers::new(),
            body: Body::empty(),
            removed: Vec::new(),
            target: None,
        }
    }

    /// The request, and one without anything but the URL in its place.
    pub(crate) fn take(&mut self) -> Self {
        let spent = Self::new(Method::GET, self.url.clone());
        std::mem::replace(self, spent)
    }

    /// The same request without its body.
    pub(crate) fn without_body(&self) -> Self {
        Self {
            method: self.method.clone(),
            url: self.url.clone(),
            version: self.version,
            headers: self.headers.clone(),
            body: Body::empty(),
            removed: self.removed.clone(),
            target: self.target.clone(),
        }
    }

    /// Adds a line, also when there is one of that name. A default of the same name is not sent then.
    ///
    /// # Errors
    /// [`Kind::InvalidRequest`] when the name is not a token, or the value has a line end, NUL or another control
    /// character. The value is not part of the message: it may be a secret.
    pub fn append_header(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<()> {
        self.headers.append(name, value).map_err(|broken| invalid(name, broken.rule()))
    }

    /// Sets a line and removes others of that name.
    ///
    /// # Errors
    /// As [`append_header`](Self::append_header).
    pub fn set_header(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<()> {
        self.headers.set(name, value).map_err(|broken| invalid(name, broken.rule()))
    }

    /// Removes the lines of that name, and keeps a client's default of that name, or one that comes with the body, from
    /// being sent.
    pub fn remove_header(&mut self, name: &str) {
        self.headers.remove(name);
        if !self.is_removed(name) {
            self.removed.push(name.to_owned());
        }
    }

    /// Names that [`remove_header`](Self::remove_header) keeps from being sent.
    pub fn removed_headers(&self) -> impl Iterator<Item = &str> {
        self.removed.iter().map(String::as_str)
    }

    /// Whether a line of that name must not be added by anybody.
    pub(crate) fn is_removed(&self, name: &str) -> bool {
        self.removed.iter().any(|removed| removed.eq_ignore_ascii_case(name))
    }

    /// Whether what is asked for is told by method, URL, header lines and body: no line is left out, and no other target
    /// asked for.
    pub(crate) fn is_usual(&self) -> bool {
        self.removed.is_empty() && self.target.is_none()
    }

    /// The request target: path and query, or host and port for `CONNECT` (RFC 9112 §3.2).
    pub fn target(&self) -> Cow<'_, str> {
        if self.method == Method::CONNECT { self.url.authority().into() } else { self.path_and_query().into() }
    }

    /// Sends this path and query as they are, such as `/a/../b`, which a [`Url`] would make `/b` (RFC 3986 §5.2.4). It
    /// goes to the URL that is set now, and not to the next one of a redirect.
    ///
    /// # Errors
    /// [`Kind::InvalidRequest`] when it does not begin with a slash. Blanks, `#`, control characters and bytes above
    /// 0x7F are an error of sending.
    pub fn set_target(&mut self, path_and_query: &str) -> Result<()> {
        if !path_and_query.starts_with('/') {
            return Err(refused("a request target begins with a slash"));
        }
        self.target = Some(Box::new((self.url.as_str().to_owned(), path_and_query.to_owned())));
        Ok(())
    }

    pub(crate) fn path_and_query(&self) -> &str {
        match &self.target {
            Some(own) if own.0 == self.url.as_str() => &own.1,
            _ => self.url.request_target(),
        }
    }
}

fn refused(what: impl Into<Cow<'static, str>>) -> Error {
    Error::new(Kind::InvalidRequest, what).with_phase(Phase::Build)
}

fn invalid(name: &str, why: impl fmt::Display) -> Error {
    let shown: String = name.chars().take(80).collect();
    refused(format!("header `{shown}`: {why}"))
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("version", &self.version)
            .field("headers", &self.headers)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}
