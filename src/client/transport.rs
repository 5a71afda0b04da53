//! What stands in for the network: answers made up or recorded, for tests without a socket.

use crate::error::{Error, Kind, Result};
use crate::message::{Body, Headers, Method, Url, Version};
use crate::wire::h1::Head;

/// One request as it would go out: every line, cookies and credentials included.
#[non_exhaustive]
pub struct Outbound<'a> {
    /// The method.
    pub method: &'a Method,
    /// The URL of this hop.
    pub url: &'a Url,
    /// Version of the request line.
    pub version: Version,
    /// Every header line, in order.
    pub headers: &'a Headers,
    /// The body; [`Body::next_piece`] gives its bytes.
    pub body: &'a mut Body,
}

/// The answer to an [`Outbound`].
pub struct Inbound {
    /// Status and header lines.
    pub head: Head,
    /// The body as it would come from the connection: framing removed, content coding not.
    pub body: Body,
}

impl Inbound {
    /// An answer with this status, these header lines and this body.
    ///
    /// # Errors
    /// [`Kind::InvalidRequest`](crate::error::Kind::InvalidRequest) for a line that is not legal on the wire.
    pub fn new<'h>(
        status: u16,
        lines: impl IntoIterator<Item = (&'h str, &'h str)>,
        body: impl Into<Body>,
    ) -> Result<Self> {
        let headers = Headers::from_pairs(lines)
            .map_err(|broken| Error::new(Kind::InvalidRequest, format!("a header of the answer: {}", broken.rule())))?;
        Ok(Self { head: Head::new(status, "", &headers), body: body.into() })
    }
}

/// Answers requests in place of the network. Everything above it works as ever: redirects, cookies, credentials, retries,
/// cache, decoding.
///
/// ```
/// use maypole::HttpClient;
/// use maypole::client::{Inbound, Outbound, Transport};
///
/// struct Greeter;
/// impl Transport for Greeter {
///     fn exchange(&self, request: Outbound<'_>) -> maypole::Result<Inbound> {
///         match request.url.path() {
///             "/old" => Inbound::new(301, [("Location", "/new")], ()),
///             path => Inbound::new(200, [], format!("hello from {path}")),
///         }
///     }
/// }
///
/// let client = HttpClient::builder().transport(Greeter).build()?;
/// assert_eq!(client.get("http://example.com/old").send()?.text()?, "hello from /new");
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// It runs on the coroutine or thread of the caller, and may wait, lock, and make requests with other clients. What it
/// waits for with this crate ends with the deadline and the cancel token of the request; what takes longer without it
/// comes too late, and is an error all the same, as from the network. The same holds for the pieces of the body, and
/// rates and [`max_concurrent`](super::ClientBuilder::max_concurrent) count, too.
pub trait Transport: Send + Sync + 'static {
    /// Answers one try of one hop.
    ///
    /// # Errors
    /// Whatever the network could have said; the request fails or is tried again as with the network.
    fn exchange(&self, request: Outbound<'_>) -> Result<Inbound>;
}

impl super::ClientBuilder {
    /// Answers requests with this instead of the network, for tests without a socket. Default the network.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.policy.transport = Some(std::sync::Arc::new(transport));
        self
    }
}

impl<W> super::RequestBuilder<W> {
    /// Answers this request, and the hops of its redirects, with this instead of the network. Default the client's.
    pub fn transport(self, transport: impl Transport) -> Self {
        self.with_policy(|policy| policy.transport = Some(std::sync::Arc::new(transport)))
    }
}
