//! The final header list. Everything that can be wrong with a request is found here, before anything is connected.

use super::{Request, host, invalid, refused};
use crate::error::Result;
use crate::message::{Headers, Method, Version};
use crate::wire::grammar::is_same_name;
use memchr::memmem;

const USER_AGENT: &str = "User-Agent";
const HOST: &str = "Host";
const CONTENT_TYPE: &str = "Content-Type";
const CONTENT_ENCODING: &str = "Content-Encoding";
const CONTENT_LENGTH: &str = "Content-Length";
const TRANSFER_ENCODING: &str = "Transfer-Encoding";

/// What goes onto the wire besides method and target.
#[derive(Debug)]
pub struct Outgoing {
    /// Every line, in order.
    pub headers: Headers,
    /// How the body is delimited.
    pub transfer: Transfer,
}

/// How the body of a request is delimited (RFC 9112 §6.3: by nothing but these).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    /// There is no body.
    None,
    /// Exactly so many bytes follow.
    Length(u64),
    /// Chunks follow.
    Chunked,
}

impl Request {
    /// Puts the lines together: `User-Agent` and `Host`, the client's other defaults, the caller's lines in their order,
    /// then what the body needs: `Content-Type`, and `Content-Length` or `Transfer-Encoding`. Nothing else is added: no
    /// `Accept`, no `Connection`.
    ///
    /// A line of the request replaces all defaults of its name. A `Host` line of the caller's stays where it stands.
    ///
    /// # Errors
    /// [`Kind::InvalidRequest`](crate::error::Kind::InvalidRequest), naming the line at fault: a `Host` that is not a
    /// host with an optional port, several of them, or its removal from HTTP/1.1; a `Content-Length` that is not the
    /// body's, or together with `Transfer-Encoding`; chunks on HTTP/1.0; a body with `TRACE`.
    pub fn assemble(&self, defaults: &Headers) -> Result<Outgoing> {
        // Room for what most requests send, so that the list does not grow line by line.
        let mut headers = Headers::with_capacity(8, 256);
        let transfer = self.assemble_into(&mut headers, defaults)?;
        Ok(Outgoing { headers, transfer })
    }

    /// [`assemble`](Self::assemble) into a list that is cleared first, so that its memory can serve many requests.
    ///
    /// # Errors
    /// As [`assemble`](Self::assemble); the list then holds a part of the lines.
    pub fn assemble_into(&self, headers: &mut Headers, defaults: &Headers) -> Result<Transfer> {
        headers.clear();
        self.add_defaults(headers, defaults, |name| is_same_name(name, USER_AGENT.as_bytes()));
        self.add_host(headers, defaults)?;
        let others = |name: &[u8]| !is_same_name(name, USER_AGENT.as_bytes()) && !is_same_name(name, HOST.as_bytes());
        self.add_defaults(headers, defaults, others);
        headers.extend(&self.headers);
        self.check_host(headers)?;
        self.add_body_lines(headers)
    }

    fn add_defaults(&self, headers: &mut Headers, defaults: &Headers, which: impl Fn(&[u8]) -> bool) {
        headers.extend_where(defaults, |name| which(name) && !self.replaces(name));
    }

    /// Whether it leaves a default line out, for its own or for none.
    fn replaces(&self, name: &[u8]) -> bool {
        (!self.headers.is_empty() || !self.removed.is_empty())
            && std::str::from_utf8(name).is_ok_and(|name| self.headers.contains(name) || self.is_removed(name))
    }

    fn add_host(&self, headers: &mut Headers, defaults: &Headers) -> Result<()> {
        if self.headers.contains(HOST) || self.is_removed(HOST) {
            return Ok(());
        }
        let value = defaults.get_bytes(HOST).unwrap_or(self.url.host_header().as_bytes());
        add(headers, HOST, value)
    }

    fn check_host(&self, headers: &Headers) -> Result<()> {
        let mut lines = headers.get_all_bytes(HOST);
        match (lines.next(), lines.next()) {
            (Some(value), None) if host::is_valid(value) => Ok(()),
            (Some(_), None) => Err(invalid(HOST, "not a host with an optional port")),
            (Some(_), Some(_)) => Err(invalid(HOST, "more than one line")),
            // RFC 9112 §3.2: a client MUST send Host in every HTTP/1.1 request.
            (None, _) if self.version == Version::Http11 => Err(invalid(HOST, "HTTP/1.1 requires it")),
            (None, _) => Ok(()),
        }
    }

    fn add_body_lines(&self, headers: &mut Headers) -> Result<Transfer> {
        // RFC 9110 §9.3.8: a client MUST NOT send content in a TRACE request.
        if self.method == Method::TRACE && !self.body.is_empty() {
            return Err(refused("TRACE has no body"));
        }
        if let Some(content_type) = self.body.content_type()
            && !headers.contains(CONTENT_TYPE)
            && !self.is_removed(CONTENT_TYPE)
        {
            add(headers, CONTENT_TYPE, content_type.as_bytes())?;
        }
        self.check_boundary(headers)?;
        if let Some(coding) = self.body.content_encoding() {
            if headers.contains(CONTENT_ENCODING) {
                return Err(invalid(CONTENT_ENCODING, "the body has brought its own"));
            }
            add(headers, CONTENT_ENCODING, coding.as_bytes())?;
        }
        if self.asks_for_chunks(headers)? {
            return Ok(Transfer::Chunked);
        }
        let announced = announced_length(headers)?;
        match (self.body.length(), announced) {
            (Some(length), Some(announced)) if length != announced => {
                let why = format!("says {announced}, but the body has {length} bytes");
                Err(invalid(CONTENT_LENGTH, why))
            }
            (Some(length), Some(_)) => Ok(Transfer::Length(length)),
            (Some(0), None) if self.body.is_empty() && !self.method.has_body_by_default() => Ok(Transfer::None),
            (Some(length), None) => {
                add(headers, CONTENT_LENGTH, itoa::Buffer::new().format(length).as_bytes())?;
                Ok(Transfer::Length(length))
            }
            (None, Some(_)) => Err(invalid(CONTENT_LENGTH, "the body's length is not known; use `Body::sized`")),
            (None, None) if self.version == Version::Http11 => {
                add(headers, TRANSFER_ENCODING, b"chunked")?;
                Ok(Transfer::Chunked)
            }
            (None, None) => Err(refused("a body of unknown length needs HTTP/1.1")),
        }
    }

    // `multipart/form-data` set by hand, or a client's default type, is a form that no server can take apart.
    fn check_boundary(&self, headers: &Headers) -> Result<()> {
        let own = self.body.content_type().filter(|own| own.starts_with("multipart/"));
        let Some((_, boundary)) = own.and_then(|own| own.split_once("boundary=")) else { return Ok(()) };
        let boundary = boundary.split(';').next().unwrap_or(boundary).trim_matches('"');
        match headers.get_bytes(CONTENT_TYPE) {
            Some(set) if memmem::find(set, boundary.as_bytes()).is_none() => {
                Err(invalid(CONTENT_TYPE, "does not name the form's boundary; leave it out, or set the same boundary"))
            }
            _ => Ok(()),
        }
    }

    // The caller may ask for chunks, and for nothing else: codings of ours would not match what follows.
    fn asks_for_chunks(&self, headers: &Headers) -> Result<bool> {
        let mut lines = headers.get_all_bytes(TRANSFER_ENCODING);
        let Some(value) = lines.next() else { return Ok(false) };
        if !value.eq_ignore_ascii_case(b"chunked") || lines.next().is_some() {
            return Err(invalid(TRANSFER_ENCODING, "only `chunked` can be sent"));
        }
        // RFC 9112 §6.2: never both; it is how requests are smuggled.
        if headers.contains(CONTENT_LENGTH) {
            return Err(invalid(TRANSFER_ENCODING, "together with Content-Length"));
        }
        if self.version != Version::Http11 {
            return Err(invalid(TRANSFER_ENCODING, "needs HTTP/1.1"));
        }
        Ok(true)
    }
}

fn announced_length(headers: &Headers) -> Result<Option<u64>> {
    let mut lines = headers.get_all_bytes(CONTENT_LENGTH);
    let Some(value) = lines.next() else { return Ok(None) };
    // `str::parse` would take a plus sign.
    let digits = std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    match digits.and_then(|digits| digits.parse().ok()) {
        Some(length) if lines.next().is_none() => Ok(Some(length)),
        Some(_) => Err(invalid(CONTENT_LENGTH, "more than one line")),
        None => Err(invalid(CONTENT_LENGTH, "not a number of bytes")),
    }
}

fn add(headers: &mut Headers, name: &str, value: &[u8]) -> Result<()> {
    headers.append(name, value).map_err(|broken| invalid(name, broken.rule()))
}
