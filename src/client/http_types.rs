//! Requests and responses of the `http` crate, for code that is written in its types.
//!
//! ```text
//!   http::Request<B: Into<Body>> ── execute ─────────────────────────▶ http::Response<Response>
//!              └─────── prepare ─▶ RequestBuilder ─ send ─▶ Response ───────────┘ try_into
//!
//!   Outbound ── try_into ─▶ http::Request<&mut Body>      http::Response<B: Into<Body>> ── try_into ─▶ Inbound
//! ```
//!
//! `http_body::Body` is not implemented: it is polled by an executor, and whoever has a coroutine or a thread to wait on
//! reads. From `async` code a request is spawned and its ticket awaited, see [`rt::JoinHandle`](crate::rt::JoinHandle).

use std::sync::Arc;

use ::http::{self, HeaderMap, StatusCode, Uri};

use super::http_client::HttpClient;
use super::into_url::{Context, IntoUrl, Sealed};
use super::request::RequestBuilder;
use super::response::Response;
use super::transport::{Inbound, Outbound};
use crate::error::{Error, Kind, Result};
use crate::message::{Body, Headers, Url, Version, sensitive};
use crate::wire::h1::Head;

impl HttpClient {
    /// Sends a request of the `http` crate and gives a response of it, whose body is the [`Response`]: a
    /// [`Read`](std::io::Read) and [`BufRead`](std::io::BufRead) that streams, with `text`, `json`, `lines` and the rest.
    ///
    /// ```
    /// # use maypole::client::{Inbound, Outbound, Transport};
    /// # struct Site;
    /// # impl Transport for Site {
    /// #     fn exchange(&self, request: Outbound<'_>) -> maypole::Result<Inbound> {
    /// #         Inbound::new(201, [("X-Seen", request.method.as_str())], request.body.next_piece()?.unwrap().to_vec())
    /// #     }
    /// # }
    /// # let client = maypole::HttpClient::builder().transport(Site).build()?;
    /// let request = http::Request::put("http://127.0.0.1:8080/items/7").header("X-Trace", "7").body("hello")?;
    /// let response = client.execute(request)?;
    /// assert_eq!(response.status(), http::StatusCode::CREATED);
    /// assert_eq!(response.headers()["x-seen"], "PUT");
    /// assert_eq!(response.into_body().text()?, "hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Everything that the client does happens here as well: redirects, cookies, retries and so on. Works from coroutines
    /// and plain threads, as `send` does. To set options for one request, see [`prepare`](Self::prepare).
    ///
    /// # Errors
    /// Those of [`prepare`](Self::prepare) and [`RequestBuilder::send`]; a status is none. [`Kind::TooLarge`] when the
    /// response has more header names than the 24,576 of an `http::HeaderMap`.
    #[doc(alias = "run")]
    pub fn execute<B: Into<Body>>(&self, request: http::Request<B>) -> Result<http::Response<Response>> {
        self.prepare(request).send()?.try_into()
    }

    /// A request of the `http` crate, as a builder that takes this client's options for requests.
    ///
    /// | part | how it is taken |
    /// |---|---|
    /// | body | moved: `Bytes` stay where they are, a reader ([`Body::stream`]) is handed on |
    /// | URI | absolute; on a client with a base URL a path, too. Dot segments are resolved |
    /// | headers | lines of one name in their order; names in the map's order and in lower case |
    /// | values that are marked sensitive | as [`sensitive_header`](RequestBuilder::sensitive_header) does |
    /// | version | HTTP/1.0 if it says so; HTTP/1.1, which nobody has to set, is the client's [`version`](RequestBuilder::version) |
    /// | extensions | dropped: options are the builder's |
    ///
    /// # Errors
    /// [`send`](RequestBuilder::send) refuses, before anything is sent: a method with lower-case letters, a URI without
    /// a host, HTTP/2 and HTTP/3 ([`Kind::Unsupported`]), headers that the body or the wire contradicts.
    pub fn prepare<B: Into<Body>>(&self, request: http::Request<B>) -> RequestBuilder {
        let (parts, body) = request.into_parts();
        let mut builder = self.request(parts.method.as_str(), &parts.uri).body(body);
        let secret = sensitive(&parts.headers);
        if !secret.is_empty() {
            builder = builder.with_policy(|policy| policy.sensitive.extend(secret.iter().cloned()));
        }
        builder.change(|request| {
            if parts.version != http::Version::HTTP_11 {
                request.version = parts.version.try_into()?;
            }
            request.headers.hide(&secret);
            request.headers.extend(&Headers::try_from(&parts.headers)?);
            Ok(())
        })
    }
}

impl Sealed for &Uri {}
impl IntoUrl for &Uri {
    fn into_url(self, context: &Context<'_>) -> Result<Url> {
        // `*` and `host:port` would pass for paths.
        let is_path = self.authority().is_none() && self.path().starts_with('/');
        if is_path && context.base.is_some() {
            return self.to_string().as_str().into_url(context);
        }
        self.try_into()
    }
}

impl Sealed for Uri {}
impl IntoUrl for Uri {
    fn into_url(self, context: &Context<'_>) -> Result<Url> {
        (&self).into_url(context)
    }
}

/// The head in `http`'s types, and the response as the body: nothing is read or buffered. Among the extensions are the
/// [`Url`] that answered, the [`Timings`](super::Timings) up to here and the
/// [`ConnectionInfo`](crate::net::ConnectionInfo) (in an [`Arc`]), for code that sees nothing but the head. Reason phrase,
/// history and trailers are the body's.
///
/// Header names become lower case and lose their order among each other; the body's
/// [`headers`](Response::headers) have both. Cookies and credentials are marked sensitive.
///
/// # Errors
/// [`Kind::TooLarge`] for more header names, or longer ones, than an `http::HeaderMap` holds.
impl TryFrom<Response> for http::Response<Response> {
    type Error = Error;

    fn try_from(response: Response) -> Result<Self> {
        let headers = HeaderMap::try_from(response.headers())?;
        let status = response.status();
        let status = StatusCode::from_u16(status)
            .map_err(|error| Error::new(Kind::Protocol, format!("status {status}: {error}")))?;
        let version = response.version().into();
        let mut made = http::Response::new(response);
        (*made.status_mut(), *made.version_mut(), *made.headers_mut()) = (status, version, headers);
        let (url, timings, info) = {
            let response = made.body();
            (response.url().clone(), response.timings(), response.shared_connection())
        };
        let extensions = made.extensions_mut();
        extensions.insert(url);
        extensions.insert(timings);
        extensions.insert::<Arc<_>>(info);
        Ok(made)
    }
}

/// What would go out, for a [`Transport`](super::Transport) written in `http`'s types. The URI is absolute; the body is
/// lent, and [`Body::next_piece`] gives its bytes.
///
/// ```
/// use maypole::client::{Inbound, Outbound, Transport};
///
/// struct Mock;
/// impl Transport for Mock {
///     fn exchange(&self, request: Outbound<'_>) -> maypole::Result<Inbound> {
///         let request: http::Request<&mut maypole::Body> = request.try_into()?;
///         let answer = http::Response::builder().status(202).header("X-Path", request.uri().path());
///         answer.body("accepted").expect("legal").try_into()
///     }
/// }
///
/// let client = maypole::HttpClient::builder().transport(Mock).build()?;
/// let response = client.get("http://example.com/queue").send()?;
/// assert_eq!((response.status(), response.header("x-path")), (202, Some("/queue")));
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// # Errors
/// [`Kind::TooLarge`] for what an `http::HeaderMap` or a `Uri` cannot hold.
impl<'a> TryFrom<Outbound<'a>> for http::Request<&'a mut Body> {
    type Error = Error;

    fn try_from(outbound: Outbound<'a>) -> Result<Self> {
        let (uri, headers) = (Uri::try_from(outbound.url)?, HeaderMap::try_from(outbound.headers)?);
        let mut made = http::Request::new(outbound.body);
        (*made.method_mut(), *made.uri_mut()) = (outbound.method.into(), uri);
        (*made.version_mut(), *made.headers_mut()) = (outbound.version.into(), headers);
        Ok(made)
    }
}

/// An answer made with `http`'s types, for a [`Transport`](super::Transport). The body is moved.
///
/// # Errors
/// Those of [`Version`] and [`Headers`]: HTTP/2 and HTTP/3 are not spoken here.
impl<B: Into<Body>> TryFrom<http::Response<B>> for Inbound {
    type Error = Error;

    fn try_from(response: http::Response<B>) -> Result<Self> {
        let (parts, body) = response.into_parts();
        let mut head = Head::new(parts.status.as_u16(), "", &Headers::try_from(&parts.headers)?);
        head.version = Version::try_from(parts.version)?;
        Ok(Self { head, body: body.into() })
    }
}
