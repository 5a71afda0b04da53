//! The types of the `http` crate, in and out. Bodies are moved, never read or copied.
//!
//! | | there | back | lost |
//! |---|---|---|---|
//! | `Method` | `TryFrom`: no lower-case letters | `From` | – |
//! | `Version` | `TryFrom`: 1.0 and 1.1 | `From` | – |
//! | `HeaderMap`, `Headers` | `TryFrom` | `TryFrom`: at most 24,576 names | into the map: case, and the order between names |
//! | `Uri`, `Url` | `TryFrom`: absolute, `http` or `https` | `TryFrom`: at most 64 KiB | there: dot segments are resolved; back: the fragment |
//! | `Request<B>`, `Request` | `TryFrom`, `B: Into<Body>` | `TryFrom`, a `Request<Body>` | there: extensions; back: what was to be left out of the defaults |

use ::http::header::{HeaderMap, HeaderName, HeaderValue};
use ::http::{self, Uri};

use super::{Body, Headers, Method, Request, Url, Version};
use crate::error::{Error, Kind, Phase, Result};

fn refused(kind: Kind, what: String) -> Error {
    Error::new(kind, what).with_phase(Phase::Build)
}

/// ```
/// use maypole::Method;
/// assert_eq!(Method::try_from(&http::Method::PATCH)?, Method::PATCH);
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// # Errors
/// Those of [`Method::new`]: lower-case letters, which `http` lets pass.
impl TryFrom<&http::Method> for Method {
    type Error = Error;

    fn try_from(method: &http::Method) -> Result<Self> {
        Self::new(method.as_str())
    }
}

impl From<&Method> for http::Method {
    fn from(method: &Method) -> Self {
        Self::from_bytes(method.as_str().as_bytes()).expect("both take what is a token, and this is one")
    }
}

/// # Errors
/// [`Kind::Unsupported`] for anything but HTTP/1.0 and HTTP/1.1: this crate speaks neither HTTP/2 nor HTTP/3.
impl TryFrom<http::Version> for Version {
    type Error = Error;

    fn try_from(version: http::Version) -> Result<Self> {
        match version {
            http::Version::HTTP_10 => Ok(Self::Http10),
            http::Version::HTTP_11 => Ok(Self::Http11),
            other => {
                let what =
                    format!("{other:?} is not spoken here; set http::Version::HTTP_11, which every server knows");
                Err(refused(Kind::Unsupported, what))
            }
        }
    }
}

impl From<Version> for http::Version {
    fn from(version: Version) -> Self {
        match version {
            Version::Http10 => Self::HTTP_10,
            Version::Http11 => Self::HTTP_11,
        }
    }
}

/// Names stay in lower case, lines of one name stay together and in order; a name with a value that
/// [is sensitive](HeaderValue::is_sensitive) is hidden from `Debug`. Blanks around a value, which are no part of it, go.
///
/// # Errors
/// [`Kind::InvalidRequest`] for what is not legal on the wire.
impl TryFrom<&HeaderMap> for Headers {
    type Error = Error;

    fn try_from(map: &HeaderMap) -> Result<Self> {
        let mut headers = Self::with_capacity(map.len(), 32 * map.len());
        headers.hide(&sensitive(map));
        for (name, value) in map {
            headers
                .append(name.as_str(), value.as_bytes())
                .map_err(|broken| refused(Kind::InvalidRequest, format!("header `{name}`: {}", broken.rule())))?;
        }
        Ok(headers)
    }
}

/// The names with a value that is marked.
pub(crate) fn sensitive(map: &HeaderMap) -> Vec<Box<str>> {
    let marked = map.keys().filter(|name| map.get_all(*name).iter().any(HeaderValue::is_sensitive));
    marked.map(|name| name.as_str().into()).collect()
}

/// Names become lower case and lose their order among each other; values are the bytes that came. Credentials, cookies and
/// what was marked as [sensitive](crate::ClientBuilder::sensitive_headers) is so in the map.
///
/// # Errors
/// [`Kind::TooLarge`] for more names, or longer ones, than a map holds.
impl TryFrom<&Headers> for HeaderMap {
    type Error = Error;

    fn try_from(headers: &Headers) -> Result<Self> {
        // It panics on more than it can ever hold.
        let mut map = Self::with_capacity(headers.len().min(1 << 10));
        for (name, value) in headers {
            let too_much = || {
                let shown: String = name.chars().take(80).collect();
                refused(Kind::TooLarge, format!("header `{shown}` has no room in an http::HeaderMap"))
            };
            let mut value = HeaderValue::from_bytes(value).map_err(|_| too_much())?;
            value.set_sensitive(headers.is_secret(name));
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| too_much())?;
            map.try_append(name, value).map_err(|_| too_much())?;
        }
        Ok(map)
    }
}

/// # Errors
/// [`Kind::InvalidUrl`]: no scheme and host, as in the path alone, `*` or `host:port`; or those of [`Url::parse`].
impl TryFrom<&Uri> for Url {
    type Error = Error;

    fn try_from(uri: &Uri) -> Result<Self> {
        if uri.scheme().is_some() {
            return Self::parse(&uri.to_string());
        }
        let form = match uri.authority() {
            Some(_) => "a host without a scheme",
            None if uri.path() == "*" => "the asterisk",
            None => "a path without a host",
        };
        let what = format!("the URI is {form}; it must be absolute, as in http://host/path");
        Err(refused(Kind::InvalidUrl, what))
    }
}

/// User name and password stay in it, as in `Display`; the fragment, which a `Uri` does not have, goes.
///
/// # Errors
/// [`Kind::TooLarge`] above the 64 KiB that a `Uri` can have.
impl TryFrom<&Url> for Uri {
    type Error = Error;

    fn try_from(url: &Url) -> Result<Self> {
        with_target(url, url.request_target())
    }
}

fn with_target(url: &Url, target: &str) -> Result<Uri> {
    let text = url.as_str();
    let origin = text.split('#').next().unwrap_or(text);
    let origin = origin.strip_suffix(url.request_target()).unwrap_or(origin);
    Uri::from_maybe_shared(bytes::Bytes::from([origin, target].concat())).map_err(|error| {
        let what = format!("{} cannot be an http::Uri: {error}", url.without_userinfo());
        refused(if text.len() > u16::MAX as usize - 1 { Kind::TooLarge } else { Kind::InvalidUrl }, what)
    })
}

/// ```
/// use maypole::message::Request;
/// let body = bytes::Bytes::from_static(b"hello");
/// let request = http::Request::post("http://example.com/p").header("X-Trace", "7").body(body.clone())?;
/// let request = Request::try_from(request)?;
/// assert_eq!(request.body.as_bytes().unwrap().as_ptr(), body.as_ptr()); // moved, not copied
/// assert_eq!(request.headers.get("x-trace"), Some("7"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What has no length goes in as [`Body::stream`] or [`Body::chunks`]. Extensions are dropped.
///
/// # Errors
/// Those of each part: see [`Method`], [`Url`], [`Version`], [`Headers`].
impl<B: Into<Body>> TryFrom<http::Request<B>> for Request {
    type Error = Error;

    fn try_from(request: http::Request<B>) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let mut request = Self::new(Method::try_from(&parts.method)?, Url::try_from(&parts.uri)?);
        request.version = parts.version.try_into()?;
        request.headers = Headers::try_from(&parts.headers)?;
        request.body = body.into();
        Ok(request)
    }
}

/// The URI is absolute, with a target of the request's own if it has one.
///
/// # Errors
/// Those of [`Uri`] and [`HeaderMap`].
impl TryFrom<Request> for http::Request<Body> {
    type Error = Error;

    fn try_from(request: Request) -> Result<Self> {
        let uri = with_target(&request.url, request.path_and_query())?;
        let headers = HeaderMap::try_from(&request.headers)?;
        let (method, version) = ((&request.method).into(), request.version.into());
        let mut made = Self::new(request.body);
        (*made.method_mut(), *made.uri_mut(), *made.version_mut()) = (method, uri, version);
        *made.headers_mut() = headers;
        Ok(made)
    }
}
