//! `HttpResponse`: what the head says. How the body is read stands beside it.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use super::place::{Flow, Shelf};
use super::way::Info;
use crate::limits::Limits;
use crate::net::ConnectionInfo;
use crate::wire::h1::Head;
use crate::wire::{Headers, Version};

/// The response to one request: `http.client.HTTPResponse`.
///
/// Its body is read as it arrives: whole, in parts, by lines, or as [`Read`](std::io::Read) and
/// [`BufRead`](std::io::BufRead) by whatever reads files. Read to its end, it gives the connection back for the next
/// request; dropped before, it closes the connection, unless the rest has come already and is small. It may outlive the
/// object that it came from, and be read on another coroutine or thread.
///
/// ```
/// # use std::io::{Read, Write};
/// # let server = std::net::TcpListener::bind("127.0.0.1:0")?;
/// # let port = server.local_addr()?.port();
/// # std::thread::spawn(move || {
/// #     let mut connection = server.accept().unwrap().0;
/// #     connection.read(&mut [0; 4096]).unwrap();
/// #     let head = "HTTP/1.1 200 OK\r\nSet-Cookie: foo=bar\r\nSet-Cookie: baz=bar\r\nContent-Length: 8\r\n\r\n";
/// #     connection.write_all(format!("{head}one\ntwo\n").as_bytes()).unwrap();
/// # });
/// # use maypole::compat::httplib::{HttpConnection, NO_HEADERS};
/// # let mut conn = HttpConnection::new("127.0.0.1", port)?;
/// # conn.request("GET", "/", (), NO_HEADERS)?;
/// let mut response = conn.get_response()?;
/// assert_eq!(response.get_header("set-cookie").as_deref(), Some("foo=bar, baz=bar"));
/// assert_eq!(response.get_headers().len(), 3);
/// assert_eq!(response.get_header_or("X-Missing", "none"), "none");
/// let mut line = String::new();
/// response.read_line(&mut line)?;
/// assert_eq!((line.as_str(), response.read_all()?), ("one\n", b"two\n".to_vec()));
/// assert!(response.is_closed());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "HTTPResponse")]
pub struct HttpResponse {
    head: Head,
    pub(super) facts: Facts,
    pub(super) shelf: Arc<Shelf>,
    /// The body while bytes of it are shown.
    pub(super) shown: Option<Flow>,
}

/// What a response knows besides its head.
pub(super) struct Facts {
    pub(super) method: Box<str>,
    pub(super) url: String,
    pub(super) info: Info,
    pub(super) closes: bool,
    pub(super) limits: Limits,
}

impl HttpResponse {
    pub(super) fn new(head: Head, facts: Facts, shelf: Arc<Shelf>) -> Self {
        Self { head, facts, shelf, shown: None }
    }

    /// The status code.
    #[doc(alias = "code")]
    #[doc(alias = "getcode")]
    pub fn status(&self) -> u16 {
        self.head.status
    }

    /// The server's phrase for the status, as `OK`; empty if it sent none, or one that is not UTF-8.
    pub fn reason(&self) -> &str {
        self.head.reason().unwrap_or_default()
    }

    /// 10 for HTTP/1.0, 11 for HTTP/1.1.
    pub fn version(&self) -> u8 {
        match self.head.version {
            Version::Http10 => 10,
            Version::Http11 => 11,
        }
    }

    /// The header lines, in order and with their case, as bytes where they are not text.
    #[doc(alias = "msg")]
    #[doc(alias = "info")]
    pub fn headers(&self) -> &Headers {
        &self.head.headers
    }

    /// The value of a header; of several lines with that name all values, joined by `, `. A value that is not UTF-8 is
    /// read as Latin-1, as Python reads all of them.
    #[doc(alias = "getheader")]
    pub fn get_header(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut values = self.head.headers.get_all_bytes(name).map(text);
        let first = values.next()?;
        Some(values.fold(first, |all, value| format!("{all}, {value}").into()))
    }

    /// [`get_header`](Self::get_header), or `default` where there is none.
    pub fn get_header_or<'a>(&'a self, name: &str, default: &'a str) -> Cow<'a, str> {
        self.get_header(name).unwrap_or(Cow::Borrowed(default))
    }

    /// All header lines in order, each by itself.
    #[doc(alias = "getheaders")]
    pub fn get_headers(&self) -> Vec<(&str, Cow<'_, str>)> {
        self.head.headers.iter().map(|(name, value)| (name, text(value))).collect()
    }

    /// The method of the request.
    pub fn method(&self) -> &str {
        &self.facts.method
    }

    /// What was asked for, as a URL: that of the host behind the tunnel, if there is one. User names and passwords are
    /// left out.
    #[doc(alias = "geturl")]
    pub fn url(&self) -> &str {
        &self.facts.url
    }

    /// Whether the body comes in chunks.
    pub fn is_chunked(&self) -> bool {
        self.head.headers.contains("Transfer-Encoding")
    }

    /// Bytes of the body that are still to come, where the head has said how many; 0 behind the end.
    #[doc(alias = "length")]
    pub fn remaining(&self) -> Option<u64> {
        self.look(|flow| flow.remaining()).flatten()
    }

    /// Whether the connection ends with this response.
    pub fn will_close(&self) -> bool {
        self.facts.closes
    }

    /// Whether the connection is not this response's any more: the body was read to its end, or closed.
    #[doc(alias = "isclosed")]
    pub fn is_closed(&self) -> bool {
        !self.shelf.is_open()
    }

    /// Lines behind a chunked body; empty before its end. Python drops them.
    pub fn trailers(&self) -> Headers {
        self.look(|flow| flow.trailers().clone()).unwrap_or_default()
    }

    /// Body bytes that have been read.
    pub fn received(&self) -> u64 {
        self.look(|flow| flow.received()).unwrap_or_default()
    }

    /// The address at the other end, a proxy's if there is one; none for a Unix socket.
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.facts.info.peer
    }

    /// The address at this end.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.facts.info.local
    }

    /// What is known about the connection, TLS included.
    pub fn connection(&self) -> &ConnectionInfo {
        &self.facts.info
    }

    /// Closes the response. What of the body has not been read cannot be read any more: reading on is an error of kind
    /// [`ResponseClosed`](super::Kind::ResponseClosed), where Python says that the body has ended. The connection is closed
    /// with it, unless the rest of the body has come already and is small. Never waits.
    pub fn close(&mut self) {
        self.rest();
        self.shelf.close();
    }

    fn look<T>(&self, look: impl FnOnce(&Flow) -> T) -> Option<T> {
        match &self.shown {
            Some(flow) => Some(look(flow)),
            None => self.shelf.look(look),
        }
    }
}

fn text(value: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(value) {
        Ok(text) => text.into(),
        Err(_) => value.iter().copied().map(char::from).collect::<String>().into(),
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status())
            .field("url", &self.facts.url)
            .field("headers", &self.head.headers)
            .field("received", &self.received())
            .finish_non_exhaustive()
    }
}
