//! One opaque error for the whole crate: what failed, in which phase, where, after how many attempts, and why.

mod kind;
mod panic;
mod phase;

pub use kind::Kind;
pub(crate) use panic::{defuse, panic_text};
pub use phase::Phase;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Mutex;
use std::time::Duration;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What failed, in which phase, at which address, after how many attempts and bytes, and why.
///
/// It is one pointer wide. `Display` is one line without secrets; [`source`](StdError::source) holds the causes.
///
/// ```
/// use maypole::error::{Error, Kind, Phase};
/// let e = Error::new(Kind::Connect, "connection refused").with_phase(Phase::Connect).with_address("127.0.0.1:9");
/// assert_eq!(e.to_string(), "connect: connection refused (127.0.0.1:9)");
/// assert_eq!(e.kind(), Kind::Connect);
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    what: Cow<'static, str>,
    phase: Option<Phase>,
    url: Option<Box<str>>,
    addresses: Vec<String>,
    attempts: u32,
    sent: u64,
    received: u64,
    reused: bool,
    retryable: bool,
    limit: Option<Duration>,
    earlier: Vec<Error>,
    source: Option<Box<dyn StdError + Send + Sync>>,
    // A status error keeps its response. The ground floor cannot name that type, and an error must stay `Sync`.
    payload: Mutex<Option<Box<dyn std::any::Any + Send>>>,
}

const _: () = assert!(std::mem::size_of::<Error>() == std::mem::size_of::<usize>());

impl Error {
    /// A new error; `what` says in a few words what was wrong, without repeating kind or phase.
    pub fn new(kind: Kind, what: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            what: what.into(),
            phase: None,
            url: None,
            addresses: Vec::new(),
            attempts: 0,
            sent: 0,
            received: 0,
            reused: false,
            retryable: false,
            limit: None,
            earlier: Vec::new(),
            source: None,
            payload: Mutex::new(None),
        }))
    }

    /// A time limit that was reached in `phase`.
    pub fn timeout(phase: Phase, limit: Option<Duration>) -> Self {
        let what = match limit {
            Some(limit) => format!("timed out after {limit:?}").into(),
            None => Cow::Borrowed("timed out"),
        };
        let mut error = Self::new(Kind::Timeout, what).with_phase(phase);
        error.0.limit = limit;
        error
    }

    /// Adds what is behind it to the message.
    #[must_use]
    pub(crate) fn because(mut self, why: impl fmt::Display) -> Self {
        self.0.what = format!("{}: {why}", self.0.what).into();
        self
    }

    /// The same error on the way to `hop`: its phase becomes a part of the text, and `phase` takes its place.
    #[must_use]
    pub(crate) fn on_the_way(mut self, phase: Phase, hop: impl fmt::Display) -> Self {
        self.0.what = match self.0.phase.replace(phase).filter(|inner| *inner != phase) {
            Some(inner) => format!("{hop}: {inner}: {}", self.0.what),
            None => format!("{hop}: {}", self.0.what),
        }
        .into();
        self
    }

    /// A cancel token that was fired during `phase`.
    pub fn cancelled(phase: Phase) -> Self {
        Self::new(Kind::Cancelled, "cancelled").with_phase(phase)
    }

    /// Makes an error of an I/O error, or takes ours back out of one that carried it.
    pub fn from_io(error: io::Error) -> Self {
        let error = match error.downcast::<Error>() {
            Ok(ours) => return ours,
            Err(other) => other,
        };
        Self::new(kind_of(&error), describe(&error)).with_source(error)
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Sets the phase, unless one is known already: the innermost one is the right one.
    #[must_use]
    pub fn with_phase(mut self, phase: Phase) -> Self {
        self.0.phase.get_or_insert(phase);
        self
    }

    /// Sets the URL, which must not hold a password any more.
    #[must_use]
    pub fn with_url(mut self, url: impl Into<Box<str>>) -> Self {
        self.0.url.get_or_insert(url.into());
        self
    }

    /// Adds an address that was involved.
    #[must_use]
    pub fn with_address(mut self, address: impl Into<String>) -> Self {
        self.0.addresses.push(address.into());
        self
    }

    /// Sets how many times the request was tried.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Sets how many bytes of the request had been written and of the response had been received.
    #[must_use]
    pub fn with_progress(mut self, sent: u64, received: u64) -> Self {
        (self.0.sent, self.0.received) = (sent, received);
        self
    }

    /// Sets whether the connection had been used before.
    #[must_use]
    pub fn with_reused(mut self, reused: bool) -> Self {
        self.0.reused = reused;
        self
    }

    /// Says that trying again cannot make the server act twice.
    #[must_use]
    pub fn with_retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = retryable;
        self
    }

    /// Sets the limit in time that was reached.
    #[must_use]
    pub fn with_limit(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.0.limit = limit.into();
        self
    }

    /// Keeps what the tries before the last one came to, in order.
    #[must_use]
    pub(crate) fn with_earlier(mut self, earlier: Vec<Error>) -> Self {
        self.0.earlier = earlier;
        self
    }

    /// The same error once more, for a stream that stays broken: its source as text, without a response.
    #[must_use]
    pub(crate) fn again(&self) -> Self {
        let e = &*self.0;
        Self(Box::new(Inner {
            kind: e.kind,
            what: e.what.clone(),
            phase: e.phase,
            url: e.url.clone(),
            addresses: e.addresses.clone(),
            attempts: e.attempts,
            sent: e.sent,
            received: e.received,
            reused: e.reused,
            retryable: e.retryable,
            limit: e.limit,
            earlier: e.earlier.iter().map(Error::again).collect(),
            source: e.source.as_ref().map(|source| source.to_string().into()),
            payload: Mutex::new(None),
        }))
    }

    pub(crate) fn with_payload(mut self, payload: Box<dyn std::any::Any + Send>) -> Self {
        self.0.payload = Mutex::new(Some(payload));
        self
    }

    pub(crate) fn take_payload(&self) -> Option<Box<dyn std::any::Any + Send>> {
        self.0.payload.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take()
    }

    /// What went wrong, as far as a program may want to act on it.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// What was wrong, in a few words; `Display` adds phase, URL, addresses and figures.
    pub fn what(&self) -> &str {
        &self.0.what
    }

    /// The phase in which it went wrong.
    pub fn phase(&self) -> Option<Phase> {
        self.0.phase
    }

    /// The URL of the request, without user name and password.
    pub fn url(&self) -> Option<&str> {
        self.0.url.as_deref()
    }

    /// Every address that was tried, or the one that was connected.
    pub fn addresses(&self) -> &[String] {
        &self.0.addresses
    }

    /// How many times the request was tried.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// What the tries before the last one came to, in order: an error each, of kind [`Kind::Status`] where a response
    /// was a reason to try again. Empty unless the client
    /// [retries](crate::client::Retry), resumes or hedges.
    #[doc(alias = "RetriesExceeded")]
    pub fn earlier(&self) -> &[Error] {
        &self.0.earlier
    }

    /// How many bytes of the last attempt's request had been handed to the system.
    pub fn bytes_sent(&self) -> u64 {
        self.0.sent
    }

    /// How many body bytes of the response had been received.
    pub fn bytes_received(&self) -> u64 {
        self.0.received
    }

    /// Whether the connection had been used before.
    pub fn is_reused(&self) -> bool {
        self.0.reused
    }

    /// The limit that a timeout reached.
    pub fn limit(&self) -> Option<Duration> {
        self.0.limit
    }

    /// Whether a time limit was reached.
    pub fn is_timeout(&self) -> bool {
        self.0.kind == Kind::Timeout
    }

    /// Whether trying again cannot make the server act twice.
    pub fn is_retryable(&self) -> bool {
        self.0.retryable
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let e = &*self.0;
        if let Some(phase) = e.phase {
            write!(f, "{phase}: ")?;
        }
        // The peer's text ends up in terminals and logs: no control characters, no line breaks.
        for c in e.what.chars() {
            if c.is_control() { write!(f, "{}", c.escape_default())? } else { fmt::Write::write_char(f, c)? }
        }
        let mut notes = Notes { f, any: false };
        if let Some(url) = &e.url {
            notes.add(format_args!("{url}"))?;
        }
        match e.addresses.len() {
            0 => {}
            1..=4 => notes.add(format_args!("{}", e.addresses.join(", ")))?,
            n => notes.add(format_args!("{} and {} more addresses", e.addresses[..3].join(", "), n - 3))?,
        }
        if e.sent > 0 || e.received > 0 {
            notes.add(format_args!("{} bytes sent, {} received", e.sent, e.received))?;
        }
        if e.reused {
            notes.add(format_args!("reused connection"))?;
        }
        if e.attempts > 1 {
            notes.add(format_args!("{} attempts", e.attempts))?;
        }
        notes.end()
    }
}

struct Notes<'a, 'f> {
    f: &'a mut fmt::Formatter<'f>,
    any: bool,
}

impl Notes<'_, '_> {
    fn add(&mut self, note: fmt::Arguments<'_>) -> fmt::Result {
        self.f.write_str(if self.any { "; " } else { " (" })?;
        self.any = true;
        self.f.write_fmt(note)
    }

    fn end(self) -> fmt::Result {
        if self.any { self.f.write_str(")") } else { Ok(()) }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.to_string())
            .field("source", &self.0.source)
            .field("earlier", &self.0.earlier)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            Kind::Timeout | Kind::TooSlow => io::ErrorKind::TimedOut,
            // Not `Interrupted`: `read_to_end` and friends would try again for ever.
            Kind::Cancelled => io::ErrorKind::ConnectionAborted,
            Kind::Incomplete | Kind::ClosedBeforeResponse => io::ErrorKind::UnexpectedEof,
            Kind::ConnectionLost => io::ErrorKind::ConnectionReset,
            Kind::Protocol | Kind::Decode | Kind::TooLarge => io::ErrorKind::InvalidData,
            Kind::InvalidUrl | Kind::InvalidRequest | Kind::InvalidConfig => io::ErrorKind::InvalidInput,
            Kind::Blocked => io::ErrorKind::PermissionDenied,
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}

fn kind_of(error: &io::Error) -> Kind {
    use io::ErrorKind as K;
    match error.kind() {
        K::TimedOut => Kind::Timeout,
        K::UnexpectedEof => Kind::Incomplete,
        K::ConnectionReset | K::ConnectionAborted | K::BrokenPipe | K::NotConnected => Kind::ConnectionLost,
        K::ConnectionRefused | K::HostUnreachable | K::NetworkUnreachable | K::NetworkDown => Kind::Connect,
        K::AddrNotAvailable | K::AddrInUse | K::OutOfMemory => Kind::Exhausted,
        _ if is_out_of_descriptors(error) => Kind::Exhausted,
        _ => Kind::Io,
    }
}

// EMFILE and ENFILE have no `ErrorKind`; the numbers are the same on every Unix.
fn is_out_of_descriptors(error: &io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24))
}

fn describe(error: &io::Error) -> Cow<'static, str> {
    use io::ErrorKind as K;
    match error.kind() {
        K::ConnectionReset => "connection reset by peer".into(),
        K::ConnectionRefused => "connection refused".into(),
        K::BrokenPipe => "connection closed by peer".into(),
        K::TimedOut => "timed out".into(),
        _ if is_out_of_descriptors(error) => "too many open files; raise the limit with `ulimit -n`".into(),
        _ => error.to_string().into(),
    }
}
