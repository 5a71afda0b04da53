//! What goes wrong, by the names of `http.client`'s exceptions.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use crate::error::{Error as Cause, Kind as Why, Phase};
use crate::wire::{Rule, Violation};

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, by the name of the exception that Python's `http.client` raises.
///
/// ```
/// use maypole::compat::httplib::{HttpConnection, Kind};
/// let mut conn = HttpConnection::new("example.com", None)?;
/// let early = conn.get_response().unwrap_err();
/// assert_eq!(early.kind(), Kind::ResponseNotReady);
/// assert!(early.kind().is_improper_state());
/// # Ok::<(), maypole::compat::httplib::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// There is no connection, and [`set_auto_open`](super::HttpConnection::set_auto_open) says not to make one.
    NotConnected,
    /// A tunnel is set before connecting (Python: `RuntimeError`).
    AlreadyConnected,
    /// A host, port or target with something in it that it must not hold (`InvalidURL`).
    #[doc(alias = "InvalidURL")]
    InvalidUrl,
    /// A method, header or framing that would not be legal on the wire (`ValueError`). Nothing was sent.
    InvalidRequest,
    /// A request is begun while another one is on its way or its response is not read.
    CannotSendRequest,
    /// A header without a request, or behind the head.
    CannotSendHeader,
    /// A piece of a body without a head before it, or behind the response. Python sends it all the same.
    CannotSendBody,
    /// A response is asked for and no request was sent.
    ResponseNotReady,
    /// The answer is not HTTP, or its status is none; [`Error::line`] has what came.
    BadStatusLine,
    /// The server closed the connection without an answer.
    RemoteDisconnected,
    /// The message ended before its end; [`Error::partial`] has what came.
    IncompleteRead,
    /// The answer's version is neither HTTP/1.0 nor HTTP/1.1, or TLS agreed upon another protocol.
    UnknownProtocol,
    /// A transfer coding other than `chunked`.
    UnknownTransferEncoding,
    /// A head, chunk or trailer line beyond [`Limits`](crate::limits::Limits).
    LineTooLong,
    /// More header lines than [`Limits::head_lines`](crate::limits::Limits::head_lines).
    TooManyHeaders,
    /// A whole body or a line of it beyond [`Limits`](crate::limits::Limits).
    TooLarge,
    /// Framing that can be read in two ways, and all else that breaks the protocol; Python guesses.
    Protocol,
    /// The response, or its connection, was closed before the body was read. Python gives an empty body.
    ResponseClosed,
    /// The source of a request's body failed.
    Body,
    /// A wait took longer than it may (`TimeoutError`).
    Timeout,
    /// A [`CancelToken`](crate::rt::CancelToken) of the surrounding [`scope`](crate::rt::scope) was fired.
    Cancelled,
    /// Name lookup, connecting, TLS, a tunnel, a connection that broke (`OSError`); [`Error::cause`] says which.
    Network,
}

impl Kind {
    /// Whether calls came in the wrong order (`ImproperConnectionState`): a mistake of the program, not of the network.
    pub fn is_improper_state(self) -> bool {
        use Kind::{CannotSendBody, CannotSendHeader, CannotSendRequest, ResponseNotReady};
        matches!(self, CannotSendRequest | CannotSendHeader | CannotSendBody | ResponseNotReady)
    }
}

/// An error of [`httplib`](super): a [`Kind`] by Python's names over this crate's own [`Error`](crate::Error), which has
/// phase, address, URL and progress.
///
/// `?` turns it into a [`maypole::Error`](crate::Error) or an [`io::Error`] where a function returns those, and an
/// [`io::Error`] that a read gave back into this one.
///
/// ```
/// use maypole::compat::httplib::{HttpConnection, Kind, NO_HEADERS};
/// let mut conn = HttpConnection::new("localhost", 80)?;
/// let error = conn.request("GET", "/a\r\nX-Injected: 1", (), NO_HEADERS).unwrap_err();
/// assert_eq!(error.kind(), Kind::InvalidUrl);
/// assert!(error.to_string().starts_with("InvalidUrl: request: "));
/// # Ok::<(), maypole::compat::httplib::Error>(())
/// ```
#[doc(alias = "HTTPException")]
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    cause: Cause,
    partial: Vec<u8>,
    expected: Option<u64>,
}

impl Error {
    /// For calls in the wrong order, and what else no floor below has an error for.
    pub(super) fn new(kind: Kind, what: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        let (why, phase) = match kind {
            Kind::ResponseClosed => (Why::Closed, Phase::Body),
            Kind::UnknownProtocol => (Why::Protocol, Phase::Tls),
            Kind::Body => (Why::Body, Phase::Send),
            _ => (Why::InvalidRequest, Phase::Build),
        };
        Self::of(kind, Cause::new(why, what).with_phase(phase))
    }

    fn of(kind: Kind, cause: Cause) -> Self {
        Self(Box::new(Inner { kind, cause, partial: Vec::new(), expected: None }))
    }

    /// Keeps what of a body had come, and how much was still to come.
    #[must_use]
    pub(super) fn with_partial(mut self, partial: Vec<u8>, expected: Option<u64>) -> Self {
        (self.0.partial, self.0.expected) = (partial, expected);
        self
    }

    #[must_use]
    pub(super) fn with_url(mut self, url: &str) -> Self {
        self.0.cause = self.0.cause.with_url(url);
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The same as this crate knows it: [`Kind`](crate::error::Kind), phase, addresses, bytes sent and received.
    pub fn cause(&self) -> &Cause {
        &self.0.cause
    }

    /// The phase in which it went wrong.
    pub fn phase(&self) -> Option<Phase> {
        self.0.cause.phase()
    }

    /// What of the body had come when [`read_all`](super::HttpResponse::read_all) and its kin failed; Python's
    /// `IncompleteRead.partial`. Empty for other errors, and where the bytes are in the caller's hands already.
    pub fn partial(&self) -> &[u8] {
        &self.0.partial
    }

    /// The same without a copy.
    pub fn into_partial(self) -> Vec<u8> {
        self.0.partial
    }

    /// How many bytes were still to come, where the response had said so; Python's `IncompleteRead.expected`.
    pub fn expected(&self) -> Option<u64> {
        self.0.expected
    }

    /// The beginning of what came instead of a status line, escaped and cut; Python's `BadStatusLine.line`.
    pub fn line(&self) -> Option<&str> {
        let text =
            violation(&self.0.cause).filter(|_| self.0.kind == Kind::BadStatusLine).and_then(Violation::detail)?;
        // What came may be more than a line.
        text.split(r"\r\n").next()
    }
}

impl From<Cause> for Error {
    fn from(cause: Cause) -> Self {
        Self::of(kind_of(&cause), cause)
    }
}

impl From<Error> for Cause {
    fn from(error: Error) -> Self {
        error.0.cause
    }
}

/// Takes one back out that a [`Read`](io::Read) gave, or makes one of another's.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        error.downcast::<Self>().unwrap_or_else(|other| Cause::from_io(other).into())
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = io::Error::from(error.0.cause.again()).kind();
        io::Error::new(kind, error)
    }
}

fn kind_of(cause: &Cause) -> Kind {
    let rule = violation(cause).map(Violation::rule);
    match (cause.kind(), rule) {
        (Why::InvalidUrl, _) | (Why::InvalidRequest, Some(Rule::Target)) => Kind::InvalidUrl,
        (Why::InvalidRequest, _) => Kind::InvalidRequest,
        (Why::Timeout | Why::TooSlow, _) => Kind::Timeout,
        (Why::Cancelled, _) => Kind::Cancelled,
        (Why::ClosedBeforeResponse, _) => Kind::RemoteDisconnected,
        (Why::Incomplete, _) if cause.phase() != Some(Phase::Tls) => Kind::IncompleteRead,
        (Why::TooLarge, Some(Rule::HeadLines | Rule::TrailerLines)) => Kind::TooManyHeaders,
        (Why::TooLarge, Some(_)) => Kind::LineTooLong,
        (Why::TooLarge, None) => Kind::TooLarge,
        (Why::Protocol, Some(Rule::Version)) if names_http(cause) => Kind::UnknownProtocol,
        (Why::Protocol, Some(Rule::Version | Rule::Status)) => Kind::BadStatusLine,
        (Why::Protocol, Some(Rule::TransferEncoding | Rule::TransferEncodingVersion)) => Kind::UnknownTransferEncoding,
        (Why::Protocol, _) => Kind::Protocol,
        (Why::Body, _) => Kind::Body,
        _ => Kind::Network,
    }
}

/// `HTTP/2.0 200 OK` is a version that is not known, `ICY 200 OK` no status line at all.
fn names_http(cause: &Cause) -> bool {
    violation(cause).and_then(Violation::detail).is_some_and(|text| text.starts_with("HTTP/"))
}

fn violation(cause: &Cause) -> Option<&Violation> {
    cause.source()?.downcast_ref()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.0.kind, self.0.cause)?;
        match self.0.expected {
            Some(expected) => write!(f, " ({} bytes read, {expected} more expected)", self.0.partial.len()),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("cause", &self.0.cause)
            .field("partial", &self.0.partial.len())
            .field("expected", &self.0.expected)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0.cause)
    }
}

const _: () = assert!(size_of::<Error>() == size_of::<usize>());
