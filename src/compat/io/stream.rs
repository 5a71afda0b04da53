//! `Stream`: one handle of a connection.

use std::fmt;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::buffer::Buffer;
use super::shared::{Settings, Shared};
use crate::error::{Error, Kind, Phase, Result};
use crate::exchange::Upgraded;
use crate::net::{self, ConnectionInfo, Duplex, TlsConfig};
use crate::rt::{CancelToken, scope};

/// A connection as [`std::net::TcpStream`] is one: TCP or Unix socket, plain or with TLS, direct or through a proxy.
///
/// It is [`Read`](io::Read), [`Write`](io::Write) and [`BufRead`](io::BufRead), and `&Stream` is `Read` and `Write`, so
/// that a coroutine may read while another one writes: from a shared `Arc<Stream>`, from a [`try_clone`](Self::try_clone),
/// or from the halves of a [`split`](Self::split). Neither waits for the other, with TLS too.
///
/// ```
/// use maypole::compat::io::{Connector, Stream};
/// use std::io::{Read, Write};
/// use std::time::Duration;
/// # let server = std::net::TcpListener::bind("127.0.0.1:0")?;
/// # let address = server.local_addr()?;
/// # std::thread::spawn(move || {
/// #     let (connection, _) = server.accept().unwrap();
/// #     std::io::copy(&mut &connection, &mut &connection).unwrap();
/// # });
/// let stream: Stream = Connector::new()
///     .read_timeout(Some(Duration::from_secs(10)))
///     .connect(&format!("tcp://{address}"))?;
/// let (mut reader, mut writer) = (&stream, &stream);
/// writer.write_all(b"hello")?;
/// let mut echo = [0; 5];
/// reader.read_exact(&mut echo)?;
/// assert_eq!(&echo, b"hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// On a coroutine only the coroutine waits, on a plain thread the thread, as with `std`; a wait never answers
/// [`WouldBlock`](io::ErrorKind::WouldBlock). Waits end
/// - by [`set_read_timeout`](Self::set_read_timeout) and [`set_write_timeout`](Self::set_write_timeout): each call so long,
///   default none, as with `std`;
/// - by [`set_deadline`](Self::set_deadline) and the deadline of a surrounding [`scope`]: nothing goes on past it, not
///   even a stream that never has to wait;
/// - by [`set_cancel_token`](Self::set_cancel_token) and the token of a surrounding scope.
///
/// `BufRead` reads ahead, 8 KiB at most, into a buffer of this handle: its own `read` takes from there first, other
/// handles know nothing of it. Writes are not buffered, `flush` does nothing.
///
/// Dropping the last handle closes the connection and never waits. With TLS that is an end without close_notify, which
/// some peers report as a truncation: [`shutdown(Shutdown::Write)`](Self::shutdown) says goodbye.
///
/// # Errors
/// The kinds of `std`, and what failed and with whom in the text; [`TimedOut`](io::ErrorKind::TimedOut) for both timeouts
/// and deadlines, [`ConnectionAborted`](io::ErrorKind::ConnectionAborted) for a fired token,
/// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) where a TLS peer left without close_notify.
/// [`Error::from_io`] takes this crate's [`Error`] out of each. Behind a write that timed out under TLS only the same
/// bytes go on, because a part of their record may have been sent; others are
/// [`InvalidInput`](io::ErrorKind::InvalidInput).
///
/// Source: `std::net::TcpStream`, and gevent's cooperative `socket`.
#[doc(alias = "TcpStream")]
#[doc(alias = "socket")]
pub struct Stream {
    pub(super) shared: Arc<Shared>,
    buffer: Mutex<Buffer>,
}

impl Stream {
    pub(super) fn new(stream: net::Stream, host: Option<String>, settings: Settings) -> Self {
        Self::of(Arc::new(Shared::new(Duplex::new(stream), host, settings)))
    }

    pub(super) fn of(shared: Arc<Shared>) -> Self {
        Self { shared, buffer: Mutex::default() }
    }

    /// How long one read may wait; `None`, the default, as long as it takes. Zero takes what is there and never waits.
    /// Counts for every handle, from the next call on.
    pub fn set_read_timeout(&self, limit: Option<Duration>) {
        self.shared.settings().read = limit;
    }

    /// How long one write may wait; `None`, the default, as long as it takes. Counts for every handle, from the next
    /// call on.
    pub fn set_write_timeout(&self, limit: Option<Duration>) {
        self.shared.settings().write = limit;
    }

    /// What was set by [`set_read_timeout`](Self::set_read_timeout).
    pub fn read_timeout(&self) -> Option<Duration> {
        self.shared.settings().read
    }

    /// What was set by [`set_write_timeout`](Self::set_write_timeout).
    pub fn write_timeout(&self) -> Option<Duration> {
        self.shared.settings().write
    }

    /// When every call ends, whatever it does; `None`, the default, never. Counts for every handle, from the next call
    /// on.
    pub fn set_deadline(&self, at: Option<Instant>) {
        self.shared.settings().deadline = at;
    }

    /// Ends every call once `token` is fired; `None`, the default, for no token. Counts for every handle, from the next
    /// call on.
    pub fn set_cancel_token(&self, token: Option<&CancelToken>) {
        self.shared.settings().token = token.cloned();
    }

    /// The address at the other end, of a proxy if there is one.
    ///
    /// # Errors
    /// [`Unsupported`](io::ErrorKind::Unsupported) for a Unix socket; [`info`](Self::info) has its path.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.shared.info().peer.ok_or_else(no_address)
    }

    /// The address at this end.
    ///
    /// # Errors
    /// As [`peer_addr`](Self::peer_addr).
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.shared.info().local.ok_or_else(no_address)
    }

    /// What is known about the connection: addresses, certificate, proxy, how long each step took.
    pub fn info(&self) -> Arc<ConnectionInfo> {
        self.shared.info().clone()
    }

    /// Whether small writes leave at once (`TCP_NODELAY`). On unless the [`Connector`](super::Connector)'s network says otherwise; `std`'s
    /// default is off, which makes the second of two small writes wait for an acknowledgement, 40 ms.
    ///
    /// # Errors
    /// The system's, for a Unix socket.
    pub fn set_nodelay(&self, on: bool) -> io::Result<()> {
        self.shared.duplex.socket().set_tcp_nodelay(on)
    }

    /// A second handle of the same connection, TLS or not. Options count for both; what this one has read ahead stays
    /// with it.
    ///
    /// # Errors
    /// None; it is a `Result` so that code written for `std` compiles.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Self::of(self.shared.clone()))
    }

    /// Ends one direction or both, for every handle; who waits sees it.
    ///
    /// `Write` tells the peer that nothing more comes, and reading goes on: under TLS by close_notify (RFC 8446 §6.1),
    /// for which it may wait as a write does. `Both` says it only if that needs no wait, and closes the connection.
    ///
    /// # Errors
    /// The system's, and those of a write.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.shared.shutdown(how)
    }

    /// Secures the connection from here on, with `name` at its other end: behind the go-ahead to IMAP's or SMTP's
    /// `STARTTLS`, or PostgreSQL's `SSLRequest`. It may take as long as connecting
    /// ([`Connector::connect_timeout`](super::Connector::connect_timeout)).
    ///
    /// Servers of other protocols than HTTP may refuse a client that offers HTTP by ALPN, as [`TlsConfig::default`]
    /// does: build one with `alpn([""; 0])`.
    ///
    /// # Errors
    /// As [`Network::connect`](crate::net::Network::connect), and then the connection is closed.
    /// [`Protocol`](Kind::Protocol) when bytes came behind the go-ahead in the clear: somebody on the way may have put
    /// them there, to be taken for the server's (CVE-2011-0411). [`InvalidRequest`](Kind::InvalidRequest) while other
    /// handles of the connection exist.
    #[doc(alias = "STARTTLS")]
    pub fn start_tls(self, config: &TlsConfig, name: &str) -> Result<Self> {
        let refused = |kind, what| Err(Error::new(kind, what).with_phase(Phase::Tls));
        if !self.buffer().filled().is_empty() {
            return refused(Kind::Protocol, "bytes came in the clear where TLS was to begin");
        }
        let Ok(shared) = Arc::try_unwrap(self.shared) else {
            return refused(
                Kind::InvalidRequest,
                "other handles of the connection exist; TLS would garble what they do",
            );
        };
        let (duplex, host, settings) = shared.into_parts();
        let scope = scope::current();
        let now = Instant::now();
        let deadline = settings.deadline.map(|at| at.saturating_duration_since(now));
        let until = scope.until().or_sooner(now, deadline).or_sooner(now, settings.connect);
        let token = either(scope.token(), settings.token.as_ref());
        let stream = duplex.into_stream().secure(config, name, until, token.as_ref())?;
        Ok(Self::new(stream, host, settings))
    }

    pub(super) fn buffer(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(super) fn buffer_mut(&mut self) -> (&Shared, &mut Buffer) {
        (&self.shared, self.buffer.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }
}

/// A token that is fired with either of them.
fn either(one: Option<&CancelToken>, other: Option<&CancelToken>) -> Option<CancelToken> {
    match (one, other) {
        (Some(one), Some(other)) => Some(CancelToken::child_of([one, other])),
        (one, other) => one.or(other).cloned(),
    }
}

fn no_address() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "a Unix socket has a path and no such address")
}

impl From<net::Stream> for Stream {
    /// Without timeouts, as `std` has none.
    fn from(stream: net::Stream) -> Self {
        Self::new(stream, None, Settings::default())
    }
}

impl From<Upgraded> for Stream {
    /// What a `101` was answered with: timeouts are those of the request, its total one is the deadline, and what came
    /// behind the head is read first. It leaves the client's pool, and the token of the request behind.
    fn from(upgraded: Upgraded) -> Self {
        let (stream, ahead, pace) = upgraded.into_parts();
        let mut settings = Settings { read: pace.timeouts.idle, write: pace.timeouts.send, ..Settings::default() };
        settings.deadline = pace.total.at();
        let mut stream = Self::new(stream, None, settings);
        stream.buffer_mut().1.preload(ahead);
        stream
    }
}

impl AsFd for Stream {
    /// For socket options. It is in non-blocking mode and has to stay there.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.shared.duplex.socket().as_fd()
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("peers", &self.shared.peers()).finish_non_exhaustive()
    }
}
