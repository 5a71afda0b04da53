//! Kinds of errors.

/// What went wrong, as far as a program may want to act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The URL cannot be parsed, has no host, or has a scheme that is not supported.
    InvalidUrl,
    /// A method, header or body that would not be legal on the wire; nothing was sent.
    InvalidRequest,
    /// An option out of range, a certificate file that cannot be read, options that contradict each other.
    InvalidConfig,
    /// A client bound to one origin was asked for another one.
    WrongOrigin,
    /// The host name has no address.
    Resolve,
    /// No address of the host could be connected.
    #[doc(alias = "ConnectionError")]
    Connect,
    /// The TLS handshake failed for another reason than the certificate.
    Tls,
    /// The peer's certificate is not trusted, expired, or for another name.
    Certificate,
    /// The peer's public key is not one of the pinned ones.
    PinnedKey,
    /// A proxy refused, or did not speak its protocol. What it answered to `CONNECT` is the
    /// [source](std::error::Error::source), a [`ProxyReply`](crate::net::ProxyReply).
    Proxy,
    /// A host or address that an [`AddressGuard`](crate::net::AddressGuard) does not let through; nothing was sent.
    Blocked,
    /// A limit in time was reached; [`Error::phase`](super::Error::phase) says where.
    Timeout,
    /// Fewer bytes came or went than [`Timeouts::min_speed`](crate::deadline::Timeouts::min_speed) asks for.
    TooSlow,
    /// A [`CancelToken`](crate::rt::CancelToken) was fired.
    Cancelled,
    /// The same request was made before, and the queue fetches each once.
    Duplicate,
    /// The client was closed.
    Closed,
    /// The peer broke the protocol.
    #[doc(alias = "HTTPParseError")]
    #[doc(alias = "BadStatusLine")]
    Protocol,
    /// The connection ended before a byte of the response came.
    #[doc(alias = "RemoteDisconnected")]
    ClosedBeforeResponse,
    /// The message ended before its end.
    #[doc(alias = "IncompleteRead")]
    Incomplete,
    /// The connection was reset or broke.
    ConnectionLost,
    /// A cap of [`Limits`](crate::limits::Limits), or of a policy, was exceeded.
    TooLarge,
    /// The status was turned into an error; the response can be taken back out.
    #[doc(alias = "BadStatusCode")]
    Status,
    /// A redirect that cannot or must not be followed; the response can be taken back out.
    Redirect,
    /// The body has been read once and cannot be sent again, as a redirect or a challenge wants it.
    BodyUsed,
    /// The body is not the text or JSON that was asked for, or its content coding is broken or unknown.
    Decode,
    /// A file's digest is not the one that was given.
    Checksum,
    /// The source of a request body failed, or gave more or fewer bytes than announced.
    Body,
    /// A job that cannot be given to another process: a closure, or a name that is not registered.
    NotTransferable,
    /// The process that did a job ended before the job did; the [source](std::error::Error::source) says how.
    WorkerDied,
    /// Code of the caller's panicked; the message has the panic's text.
    Panicked,
    /// Code of the caller's returned an error of its own, which is the [source](std::error::Error::source).
    Job,
    /// Not part of this build.
    Unsupported,
    /// Out of coroutines, memory maps, file descriptors or local ports.
    Exhausted,
    /// Any other error of the operating system.
    Io,
}
