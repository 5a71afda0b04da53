//! The simplest use: a request without a client of one's own.
//!
//! All of these share one client with every default, made at the first use and kept until the program ends, so that
//! connections are reused here too. A program with options, or with more than a few requests, makes an
//! [`HttpClient`] of its own; with cookies and a login, a [`Session`](super::Session).

use std::sync::OnceLock;

use super::http_client::HttpClient;
use super::into_url::IntoUrl;
use super::middleware::Next;
use super::request::RequestBuilder;
use crate::error::Error;
use crate::message::Request;

fn client() -> &'static HttpClient {
    static CLIENT: OnceLock<HttpClient> = OnceLock::new();
    CLIENT.get_or_init(|| HttpClient::new().unwrap_or_else(fails_with))
}

/// A client whose every request fails: the environment names a proxy that is none, and nothing must leave without it.
fn fails_with(error: Error) -> HttpClient {
    let fails = move |_: Request, _: Next<'_>| Err(error.again());
    let client = HttpClient::builder().no_proxy().middleware(fails).build();
    client.expect("the defaults without the environment are legal")
}

/// A `GET` request, over a client with every default that the whole program shares.
///
/// ```no_run
/// let text = maypole::get("http://127.0.0.1:8080/").send()?.error_for_status()?.text()?;
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// The response streams, and is read whenever it suits; see [`Response`](super::Response). A proxy variable of the
/// environment that is no proxy's URL is the error of every request.
pub fn get(url: impl IntoUrl) -> RequestBuilder {
    client().get(url)
}

/// A `HEAD` request; see [`get`].
pub fn head(url: impl IntoUrl) -> RequestBuilder {
    client().head(url)
}

/// A `POST` request; see [`get`].
///
/// ```no_run
/// let response = maypole::post("http://127.0.0.1:8080/items").form([("name", "Ada"), ("born", "1815")]).send()?;
/// # Ok::<(), maypole::Error>(())
/// ```
pub fn post(url: impl IntoUrl) -> RequestBuilder {
    client().post(url)
}

/// A `PUT` request; see [`get`].
pub fn put(url: impl IntoUrl) -> RequestBuilder {
    client().put(url)
}

/// A `PATCH` request; see [`get`].
pub fn patch(url: impl IntoUrl) -> RequestBuilder {
    client().patch(url)
}

/// A `DELETE` request; see [`get`].
pub fn delete(url: impl IntoUrl) -> RequestBuilder {
    client().delete(url)
}

/// An `OPTIONS` request; see [`get`].
pub fn options(url: impl IntoUrl) -> RequestBuilder {
    client().options(url)
}

/// A request with any method; see [`get`]. A name in lower case is an error and never changed silently.
pub fn request(method: &str, url: impl IntoUrl) -> RequestBuilder {
    client().request(method, url)
}
