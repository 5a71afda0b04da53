//! Building one request.

use std::sync::Arc;
use std::time::Duration;

use super::contradictions::{self, Chosen};
use super::http_client::HttpClient;
use super::middleware::Next;
use super::policy::Policy;
use super::response::Response;
use crate::deadline::Timeouts;
use crate::error::{Error, Kind, Phase, Result};
use crate::exchange::OnInterim;
use crate::message::{Body, Headers, Method, Request, Url, Version, form::Pair, multipart::Form};
use crate::rt::CancelToken;
use crate::wire::h1::Head;

/// One request; the first thing that is wrong with it is the error of [`send`](Self::send), before anything is sent.
///
/// ```
/// # use maypole::client::{Inbound, Outbound, Transport};
/// # struct Site;
/// # impl Transport for Site {
/// #     fn exchange(&self, request: Outbound<'_>) -> maypole::Result<Inbound> {
/// #         Inbound::new(200, [], format!("{} {}", request.method, request.url))
/// #     }
/// # }
/// # let client = maypole::HttpClient::builder().transport(Site).build()?;
/// let response = client
///     .post("http://127.0.0.1:8080/items")
///     .query([("page", 2)])
///     .header("X-Request-Id", "7")
///     .body("hello")
///     .send()?;
/// assert_eq!(response.text()?, "POST http://127.0.0.1:8080/items?page=2");
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// `W` is how it is sent, and no concern of who sends it here and now. A
/// [`FuturesSession`](crate::queue::FuturesSession) makes requests that go out in the background, with the same options.
#[must_use = "nothing is sent before `send`"]
pub struct RequestBuilder<W = Here> {
    pub(super) client: HttpClient,
    pub(super) request: Result<Request>,
    pub(super) options: Options,
    /// Names of the options set so far that exclude others.
    pub(super) set: Chosen,
    /// Whether an option of its own is more than a value, or of those that nobody carries elsewhere.
    pub(super) local: bool,
    pub(super) way: W,
}

/// A request that its caller waits for.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Here;

/// What a request has beside its message.
#[derive(Clone)]
pub(super) struct Options {
    pub(super) policy: Arc<Policy>,
    pub(super) timeouts: Timeouts,
    pub(super) token: Option<CancelToken>,
    pub(super) expect: bool,
    pub(super) on_interim: Option<Arc<OnInterim>>,
}

impl RequestBuilder {
    pub(super) fn new(client: HttpClient, request: Result<Request>) -> Self {
        let (policy, timeouts) = (client.0.policy.clone(), client.0.timeouts);
        let options = Options { policy, timeouts, token: None, expect: false, on_interim: None };
        Self { client, request, options, set: Chosen::default(), local: false, way: Here }
    }

    /// Sends the request and waits for the head of the response; the body is read from the response.
    ///
    /// # Errors
    /// [`Error`] says what failed in which phase. A status is never an error here; see
    /// [`Response::error_for_status`].
    pub fn send(mut self) -> Result<Response> {
        // By reference from here on: the builder lies in the caller's frame anyway.
        let Self { client, request, options, set, .. } = &mut self;
        let request = match request {
            Ok(request) => request,
            Err(error) => return Err(std::mem::replace(error, Error::new(Kind::InvalidRequest, ""))),
        };
        check(client, request, options, set)?;
        Next::new(client, options).go(request)
    }
}

impl<W> RequestBuilder<W> {
    /// Adds a header line. Lines of one name add up; a client's default of that name is left out. Default the client's.
    ///
    /// # Errors
    /// [`send`](Self::send) refuses a name that is no token and a value with a control character (RFC 9110 §5.5).
    pub fn header(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.change(|request| request.append_header(name, value))
    }

    /// Adds several header lines; see [`header`](Self::header). Default the client's.
    pub fn headers(self, headers: &Headers) -> Self {
        self.change(|request| headers.iter().try_for_each(|(name, value)| request.append_header(name, value)))
    }

    /// Leaves out a header that would be sent otherwise: a default one, or one that was added before. Default the
    /// client's.
    pub fn without_header(self, name: &str) -> Self {
        self.change(|request| {
            request.remove_header(name);
            Ok(())
        })
    }

    /// Adds pairs to the query of the URL, percent-encoded; a list is a repeated key, `None` is skipped. Default none.
    pub fn query<P: Pair>(self, pairs: impl IntoIterator<Item = P>) -> Self {
        self.change(|request| {
            request.url.query_extend(pairs);
            Ok(())
        })
    }

    /// Sets the body: text, bytes, a file, or any [`Body`]. Default none. The last call of this, `form`, `multipart` and
    /// `json` counts.
    pub fn body(self, body: impl Into<Body>) -> Self {
        self.change(|request| {
            request.body = body.into();
            Ok(())
        })
    }

    /// Sets pairs as the body, `application/x-www-form-urlencoded`. Default no body.
    pub fn form<P: Pair>(self, pairs: impl IntoIterator<Item = P>) -> Self {
        self.body(Body::form(pairs))
    }

    /// Sets a form of several parts as the body, `multipart/form-data` (RFC 7578). Default no body.
    ///
    /// # Errors
    /// [`send`](Self::send) has those of [`Form::into_body`]: a file that cannot be opened, an illegal name.
    pub fn multipart(self, form: Form) -> Self {
        self.change(|request| {
            request.body = form.into_body()?;
            Ok(())
        })
    }

    /// Sets any serde value as the body, `application/json`. Default no body.
    ///
    /// # Errors
    /// [`send`](Self::send) refuses a value that serde cannot write.
    #[cfg(feature = "json")]
    pub fn json<T: serde::Serialize + ?Sized>(self, value: &T) -> Self {
        self.change(|request| {
            request.body = Body::json(value)?;
            Ok(())
        })
    }

    /// Sends this path and query as they are, instead of the URL's, which has no `/../` any more; curl's
    /// `--path-as-is`. Default the URL's.
    ///
    /// # Errors
    /// [`send`](Self::send) has those of [`Request::set_target`].
    pub fn request_target(self, path_and_query: &str) -> Self {
        self.change(|request| request.set_target(path_and_query))
    }

    /// Hands a chunked body out as it came, with its chunk sizes and trailer lines; curl's `--raw`. For what is to be
    /// looked at. Default off.
    ///
    /// # Errors
    /// [`send`](Self::send) refuses it with [`decode`](Self::decode) on: what a decoder got would be no coding.
    pub fn raw_framing(self, on: bool) -> Self {
        self.with_policy(|policy| policy.raw_framing = on)
    }

    /// HTTP version of this request. Default the client's.
    pub fn version(self, version: Version) -> Self {
        self.change(|request| {
            request.version = version;
            Ok(())
        })
    }

    /// All timeouts of this request at once. Default the client's; [`Timeouts::default`] goes back to those of the crate.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.options.timeouts = timeouts;
        self
    }

    /// From `send()` to the last byte of the body. Default the client's.
    pub fn timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.options.timeouts.total = limit.into();
        self
    }

    /// Connecting, over all addresses. Default the client's.
    pub fn connect_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.options.timeouts.connect = limit.into();
        self
    }

    /// From the end of the request to the end of the response head. Default the client's.
    pub fn head_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.options.timeouts.head = limit.into();
        self
    }

    /// Between two reads of the body that bring data. Default the client's.
    pub fn idle_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.options.timeouts.idle = limit.into();
        self
    }

    /// Waiting for a free connection. Default the client's.
    pub fn checkout_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.options.timeouts.checkout = limit.into();
        self
    }

    /// Ends this request, in whatever phase, and the reading of its body, when `token` is fired; the error is of kind
    /// [`Cancelled`](Kind::Cancelled). Default none but that of a surrounding [`scope`](crate::rt::scope).
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.options.token = Some(token.clone());
        self
    }

    /// Sends `Expect: 100-continue` and holds the body back until the server agrees, refuses, or stays silent for
    /// [`Timeouts::expect_continue`] (RFC 9110 §10.1.1). Default off: it costs a round trip. Without a body it is not
    /// sent; with HTTP/1.0, which does not know it, it is an error of [`send`](Self::send).
    pub fn expect_continue(mut self) -> Self {
        self.options.expect = true;
        self
    }

    /// Calls `f` with every interim (1xx) response, such as `103 Early Hints` (RFC 8297). Default none: they are read over.
    pub fn on_interim(mut self, f: impl Fn(&Head) + Send + Sync + 'static) -> Self {
        self.options.on_interim = Some(Arc::new(f));
        self
    }

    /// The URL as it will be used, unless the request is wrong.
    pub fn url(&self) -> Option<&Url> {
        self.request.as_ref().ok().map(|request| &request.url)
    }

    /// The method, unless the request is wrong.
    pub fn method(&self) -> Option<&Method> {
        self.request.as_ref().ok().map(|request| &request.method)
    }

    /// The same request, and the way that it had.
    pub(crate) fn by<V>(self, way: V) -> (RequestBuilder<V>, W) {
        let Self { client, request, options, set, local, way: before } = self;
        (RequestBuilder { client, request, options, set, local, way }, before)
    }

    pub(crate) fn way_mut(&mut self) -> &mut W {
        &mut self.way
    }

    /// Adds the lines whose names it neither has nor leaves out, over the client's defaults.
    pub(crate) fn default_headers(self, headers: &Headers) -> Self {
        self.change(|request| {
            let names = |request: &Request, name: &str| request.headers.contains(name) || request.is_removed(name);
            let absent = headers.iter().filter(|(name, _)| !names(request, name));
            let absent: Vec<_> = absent.collect();
            absent.into_iter().try_for_each(|(name, value)| request.append_header(name, value))
        })
    }

    /// Changes an option for this request alone.
    pub(super) fn with_policy(self, f: impl FnOnce(&mut Policy)) -> Self {
        self.with_value(true, f)
    }

    /// As [`with_policy`](Self::with_policy), for an option that another process can be told, unless it is `local`.
    pub(super) fn with_value(mut self, local: bool, f: impl FnOnce(&mut Policy)) -> Self {
        f(Arc::make_mut(&mut self.options.policy));
        self.local |= local;
        self
    }

    /// As [`with_value`](Self::with_value), with a value that may be wrong.
    pub(super) fn with_checked_value<T>(self, checked: Result<T>, f: impl FnOnce(&mut Policy, T)) -> Self {
        match checked {
            Ok(value) => self.with_value(false, |policy| f(policy, value)),
            Err(error) => self.change(|_| Err(error)),
        }
    }

    /// As [`with_policy`](Self::with_policy), with a value that may be wrong.
    pub(super) fn with_checked<T>(self, checked: Result<T>, f: impl FnOnce(&mut Policy, T)) -> Self {
        match checked {
            Ok(value) => self.with_policy(|policy| f(policy, value)),
            Err(error) => self.change(|_| Err(error)),
        }
    }

    pub(super) fn change(mut self, f: impl FnOnce(&mut Request) -> Result<(), Error>) -> Self {
        if let Ok(request) = &mut self.request
            && let Err(error) = f(request)
        {
            self.request = Err(error);
        }
        self
    }
}

/// Options of a request that cannot be meant together, or together with its client's.
// Outlined: what it needs must not lie on the stack while the request waits.
#[inline(never)]
fn check(client: &HttpClient, request: &Request, options: &Options, set: &Chosen) -> Result<()> {
    let policy = &*options.policy;
    super::cache::check_request(policy)?;
    // RFC 9110 §10.1.1: an expectation in a request that is HTTP/1.0 is ignored.
    if options.expect && request.version == Version::Http10 {
        let what = "expect_continue and version 1.0: nobody answers it";
        return Err(Error::new(Kind::InvalidRequest, what).with_phase(Phase::Build));
    }
    if policy.raw_framing && policy.decode.is_on() {
        let what = "raw_framing and decode: what lies between chunks is no coding";
        return Err(Error::new(Kind::InvalidRequest, what).with_phase(Phase::Build));
    }
    let route = policy.route.as_deref();
    contradictions::of_request(set, route.is_some_and(|route| route.unix.is_some()))?;
    if !set.has("local_address") && !set.has("ip_family") {
        return Ok(());
    }
    let network = &client.0.network;
    let local = route.and_then(|route| route.local_address).or(network.tcp().local_address);
    let family = route.and_then(|route| route.family).unwrap_or(network.ip_family());
    contradictions::of_addresses(local, family).map_err(contradictions::in_request)
}
