//! What stands in for the network: answers made up or recorded, for tests without a socket.

use crate::error::Result;
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

/// Answers requests in place of the network. Everything above it works as ever: redirects, cookies, credentials, retries,
/// cache, decoding.
///
/// It runs on the coroutine or thread of the caller, and may wait, lock, and make requests with other clients.
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
