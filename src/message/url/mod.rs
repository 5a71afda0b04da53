//! The address of a request. One parser for requests, redirects, cookies and proxies, because two that disagree about
//! where the host ends are a security hole (curl CVE-2016-8624, CVE-2022-27780). `parts` spares it the texts that can be
//! read in one way only, and is compared with it in its tests.

mod hide;
pub(crate) use hide::unparsed;
mod parts;
mod query;
mod scheme;
mod set;
mod traits;

pub use scheme::UnsupportedScheme;

use crate::error::{Error, Kind, Phase, Result};
use crate::limits::Limits;
use parts::{Parts, plain_target};
use std::sync::Arc;
use url::{Host, ParseError};

/// An absolute `http` or `https` URL with a host, parsed by the rules of the
/// [WHATWG URL standard](https://url.spec.whatwg.org/), as browsers do.
///
/// ```
/// use maypole::message::Url;
/// let url = Url::parse("https://Example.com:443/a/../b c?q=x y#top")?;
/// assert_eq!(url.to_string(), "https://example.com/b%20c?q=x%20y#top");
/// assert_eq!(url.request_target(), "/b%20c?q=x%20y");
/// assert_eq!((url.host(), url.port(), url.port_or_default()), ("example.com", None, 443));
/// # Ok::<(), maypole::error::Error>(())
/// ```
///
/// Parsing normalises: scheme and host in lower case, dot segments removed, a missing path is `/`, the scheme's default
/// port is dropped, blanks and non-ASCII are percent-encoded, international host names become punycode, a backslash is
/// a slash. Escapes that are there already stay as they are, malformed ones like `%zz` included.
///
/// `Display` and [`as_str`](Self::as_str) print the whole URL, password included, so that it can be parsed again; errors,
/// logs and `Debug` use [`without_userinfo`](Self::without_userinfo).
///
/// Clones share the text: a program that keeps its URLs parsed and hands them out by reference saves the parsing and the
/// allocation with each request.
#[derive(Clone)]
pub struct Url {
    /// Normalised.
    text: Arc<str>,
    parts: Parts,
}

impl Url {
    /// Parses an absolute URL of at most [`Limits::url_bytes`] (64 KiB by default).
    ///
    /// # Errors
    /// [`Kind::InvalidUrl`] for a relative URL, another scheme (with an [`UnsupportedScheme`] as source), a bad host or port, and for CR, LF or NUL anywhere: the
    /// standard would drop line ends silently, and then an injection attempt would pass for a harmless typo.
    /// The message shows the input without user name and password.
    pub fn parse(text: &str) -> Result<Self> {
        Self::parse_within(text, &Limits::default())
    }

    /// [`parse`](Self::parse) with another cap on the length.
    ///
    /// # Errors
    /// As [`parse`](Self::parse); [`Kind::TooLarge`] above `limits.url_bytes`.
    pub fn parse_within(text: &str, limits: &Limits) -> Result<Self> {
        check_length(text, limits)?;
        if let Some(parts) = Parts::of_plain(text) {
            return Ok(Self { text: text.into(), parts });
        }
        check_text(text)?;
        Self::accept(url::Url::parse(text), text)
    }

    /// Builds the URL `scheme://host:port/` from parts, for a client that is bound to one host. An IPv6 address may come
    /// with or without brackets.
    ///
    /// ```
    /// use maypole::message::Url;
    /// assert_eq!(Url::from_parts("http", "::1", Some(1234))?.host_header(), "[::1]:1234");
    /// assert_eq!(Url::from_parts("http", "[::1]", None)?.host_header(), "[::1]");
    /// # Ok::<(), maypole::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Kind::InvalidUrl`] when `scheme` is not `http` or `https` or `host` holds anything besides a host.
    pub fn from_parts(scheme: &str, host: &str, port: Option<u16>) -> Result<Self> {
        // A host with a delimiter in it would move the rest into another part of the URL.
        let foreign = |c: char| matches!(c, '/' | '\\' | '?' | '#' | '@' | '%') || c.is_control() || c == ' ';
        let bracketed = host.starts_with('[') && host.ends_with(']');
        let is_v6 = host.parse::<std::net::Ipv6Addr>().is_ok();
        if host.is_empty() || host.contains(foreign) || (host.contains(':') && !is_v6 && !bracketed) {
            return Err(refused(host, "not a host name or address"));
        }
        let host = if is_v6 { format!("[{host}]") } else { host.to_owned() };
        Self::parse(&match port {
            Some(port) => format!("{scheme}://{host}:{port}/"),
            None => format!("{scheme}://{host}/"),
        })
    }

    /// Resolves a reference against this URL as RFC 3986 §5 says: an absolute one replaces everything, `//host/x` keeps
    /// the scheme, `/x` the origin, `x` the directory, `?q` the path, `#f` the query.
    ///
    /// ```
    /// use maypole::message::Url;
    /// let page = Url::parse("http://h/subdir/file.py?a=b")?;
    /// assert_eq!(page.join("test.html?key=val")?.as_str(), "http://h/subdir/test.html?key=val");
    /// # Ok::<(), maypole::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    #[doc(alias = "redirect")]
    pub fn join(&self, reference: &str) -> Result<Self> {
        self.join_within(reference, &Limits::default())
    }

    /// [`join`](Self::join) with another cap on the length of the reference.
    ///
    /// # Errors
    /// As [`parse_within`](Self::parse_within).
    pub fn join_within(&self, reference: &str, limits: &Limits) -> Result<Self> {
        check_length(reference, limits)?;
        if let Some(url) = self.with_plain_target(reference) {
            return Ok(url);
        }
        check_text(reference)?;
        Self::accept(self.full().and_then(|url| url.join(reference)), reference)
    }

    fn accept(parsed: Result<url::Url, ParseError>, text: &str) -> Result<Self> {
        let url = parsed.map_err(|error| match error {
            ParseError::RelativeUrlWithoutBase => refused(text, "no scheme; it must start with http:// or https://"),
            other => refused(text, &other.to_string()),
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            // `localhost:8080/x` parses: its scheme is `localhost`.
            let why = format!("scheme `{}` is not supported; it must start with http:// or https://", url.scheme());
            return Err(refused(text, &why).with_source(UnsupportedScheme(url.scheme().into())));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(refused(text, "no host"));
        }
        Ok(Self { text: url.as_str().into(), parts: Parts::of(&url) })
    }

    /// Another path and query of the same origin, if they are such as need no parser. Two slashes begin with a host.
    fn with_plain_target(&self, target: &str) -> Option<Self> {
        let path_end = plain_target(target).filter(|_| !target.starts_with("//"))?;
        let parts = self.parts.with_target(path_end, target.len())?;
        Some(Self { text: [&self.text[..self.parts.path().start], target].concat().into(), parts })
    }

    /// The root of the same origin, without a login.
    pub(crate) fn to_root(&self) -> Self {
        let before = &self.text[..self.scheme().len() + "://".len()];
        let text = [before, self.host_header(), "/"].concat();
        Self { text: text.into(), parts: self.parts.of_root(before.len()) }
    }

    /// As the parser's own type, which can do more with it. What it has written it reads again.
    fn full(&self) -> Result<url::Url, ParseError> {
        url::Url::parse(&self.text)
    }

    /// Changes a part by the parser's rules.
    fn change<T>(&mut self, f: impl FnOnce(&mut url::Url) -> T) -> Result<T, ParseError> {
        let mut url = self.full()?;
        let done = f(&mut url);
        *self = Self { text: url.as_str().into(), parts: Parts::of(&url) };
        Ok(done)
    }

    /// The whole URL, password included.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &str {
        if self.is_secure() { "https" } else { "http" }
    }

    /// Whether the scheme is `https`.
    pub fn is_secure(&self) -> bool {
        self.text.starts_with("https:")
    }

    /// The host as it is looked up: lower case, punycode, an IPv6 address without brackets.
    pub fn host(&self) -> &str {
        let host = &self.text[self.parts.host()];
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    /// The host as people read it, with `xn--` labels decoded. For display only: different names can look the same.
    ///
    /// ```
    /// use maypole::message::Url;
    /// let url = Url::parse("http://bücher.example/")?;
    /// assert_eq!((url.host(), url.host_unicode().as_str()), ("xn--bcher-kva.example", "bücher.example"));
    /// # Ok::<(), maypole::error::Error>(())
    /// ```
    pub fn host_unicode(&self) -> String {
        let Ok(full) = self.full() else { return self.host().to_owned() };
        let origin = full.origin().unicode_serialization();
        match (full.host(), origin.split_once("://")) {
            // A domain holds no colon, so that what follows one is the port.
            (Some(Host::Domain(_)), Some((_, host))) => host.split(':').next().unwrap_or(host).to_owned(),
            _ => self.host().to_owned(),
        }
    }

    /// The port, if it is not the scheme's default.
    pub fn port(&self) -> Option<u16> {
        self.parts.port
    }

    /// The port, 80 for `http` and 443 for `https` when the URL names none.
    pub fn port_or_default(&self) -> u16 {
        self.port().unwrap_or(if self.is_secure() { 443 } else { 80 })
    }

    /// The path, percent-encoded, at least `/`.
    pub fn path(&self) -> &str {
        &self.text[self.parts.path()]
    }

    /// What follows `?`, percent-encoded.
    pub fn query(&self) -> Option<&str> {
        self.text[self.parts.path().end..self.parts.query_end()].strip_prefix('?')
    }

    /// What follows `#`. It is never sent.
    pub fn fragment(&self) -> Option<&str> {
        self.text[self.parts.query_end()..].strip_prefix('#')
    }

    /// Replaces or removes the fragment, as a redirect needs it (RFC 9110 §10.2.2).
    pub fn set_fragment(&mut self, fragment: Option<&str>) {
        let _ = self.change(|url| url.set_fragment(fragment));
    }

    /// The user name, percent-encoded, empty when there is none.
    pub fn username(&self) -> &str {
        let userinfo = self.userinfo();
        userinfo.split_once(':').map_or(userinfo, |(user, _)| user)
    }

    /// The password, percent-encoded.
    pub fn password(&self) -> Option<&str> {
        self.userinfo().split_once(':').map(|(_, password)| password)
    }

    /// What stands before the host, without the `@`. A colon in a name or password is escaped.
    fn userinfo(&self) -> &str {
        self.text[self.scheme().len() + "://".len()..self.parts.host().start].strip_suffix('@').unwrap_or_default()
    }

    /// User name and password with their escapes decoded, as Basic authentication needs them; `None` without either.
    pub fn credentials(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        if self.username().is_empty() && self.password().is_none() {
            return None;
        }
        Some((query::unescape(self.username()), query::unescape(self.password().unwrap_or_default())))
    }

    /// What goes into the request line: path and query, never the fragment (RFC 9112 §3.2.1).
    #[doc(alias = "query_string")]
    #[doc(alias = "request_uri")]
    pub fn request_target(&self) -> &str {
        &self.text[self.parts.path().start..self.parts.query_end()]
    }

    /// The value of the `Host` line: an IPv6 address in brackets, the port unless it is the scheme's own (RFC 9110 §7.2).
    #[doc(alias = "netloc")]
    pub fn host_header(&self) -> &str {
        // The parser dropped a default port, so that port 443 on http and port 80 on https are still there.
        &self.text[self.parts.host().start..self.parts.path().start]
    }

    /// Host and port, always with the port: `h:80`, `[::1]:443`.
    pub fn authority(&self) -> String {
        format!("{}:{}", &self.text[self.parts.host()], self.port_or_default())
    }

    /// Whether scheme, host and port are the same (RFC 9110 §4.3.1): what decides about credentials and connections.
    pub fn same_origin(&self, other: &Self) -> bool {
        // A scheme's own port is never there.
        self.is_secure() == other.is_secure() && self.host_header() == other.host_header()
    }

    /// Adds one segment to the path, with exactly one slash between. A slash in it is escaped, `.` and `..` add nothing.
    ///
    /// ```
    /// use maypole::message::Url;
    /// let mut url = Url::parse("http://h/x/")?;
    /// url.push_path("a b");
    /// assert_eq!(url.path(), "/x/a%20b");
    /// # Ok::<(), maypole::error::Error>(())
    /// ```
    #[doc(alias = "append_to_path")]
    pub fn push_path(&mut self, segment: &str) {
        let _ = self.change(|url| {
            if let Ok(mut segments) = url.path_segments_mut() {
                segments.pop_if_empty().push(segment);
            }
        });
    }
}

fn check_length(text: &str, limits: &Limits) -> Result<()> {
    if text.len() > limits.url_bytes {
        let what = format!("URL of {} bytes; the limit is {} (`Limits::url_bytes`)", text.len(), limits.url_bytes);
        return Err(Error::new(Kind::TooLarge, what).with_phase(Phase::Build));
    }
    Ok(())
}

// What may not even reach the parser.
fn check_text(text: &str) -> Result<()> {
    if text.contains(['\r', '\n', '\0']) {
        return Err(refused(text, "a line end or NUL in it"));
    }
    Ok(())
}

fn refused(text: &str, why: &str) -> Error {
    Error::new(Kind::InvalidUrl, format!("invalid URL `{}`: {why}", hide::unparsed(text))).with_phase(Phase::Build)
}
