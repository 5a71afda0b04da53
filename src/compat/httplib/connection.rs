//! `HttpConnection`: the object, its options, connecting and closing.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::draft::{Draft, lines};
use super::error::{Error, Kind, Result};
use super::ongoing::Ongoing;
use super::place::{Held, Place, Shelf};
use super::way::{Info, Way};
use crate::deadline::Timeouts;
use crate::limits::Limits;
use crate::net::{ConnectionInfo, Network};
use crate::pool::Pooled;
use crate::wire::Headers;

/// One connection to one host, step by step: `http.client.HTTPConnection`.
///
/// It connects by itself when the first request is sent, and anew whenever there is no connection any more: after
/// [`close`](Self::close), after a response that ended it, after an error, and where the server has closed it between two
/// requests. Nothing is ever sent twice.
///
/// ```
/// # use std::io::{Read, Write};
/// # let server = std::net::TcpListener::bind("127.0.0.1:0")?;
/// # let port = server.local_addr()?.port();
/// # std::thread::spawn(move || {
/// #     let mut connection = server.accept().unwrap().0;
/// #     while matches!(connection.read(&mut [0; 4096]), Ok(1..)) {
/// #         connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nHello World!").unwrap();
/// #     }
/// # });
/// use maypole::compat::httplib::{HttpConnection, NO_HEADERS};
///
/// let mut conn = HttpConnection::new("127.0.0.1", port)?;
/// conn.request("GET", "/", (), NO_HEADERS)?;
/// let mut response = conn.get_response()?;
/// assert_eq!((response.status(), response.reason(), response.version()), (200, "OK", 11));
/// assert_eq!(response.read_all()?, b"Hello World!");
///
/// // The same connection, by hand.
/// conn.put_request("POST", "/upload")?;
/// conn.put_header("Content-Length", "4")?;
/// conn.end_headers()?;
/// conn.send(b"ping")?;
/// assert_eq!(conn.get_response()?.status(), 200);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It works the same on a coroutine, where only the coroutine waits, and on a plain thread. Dropping it closes the
/// connection without waiting; a response that still reads from it keeps it until its own end.
#[doc(alias = "HTTPConnection")]
pub struct HttpConnection {
    pub(super) way: Way,
    pub(super) state: State,
    pub(super) place: Arc<Place>,
    /// The body of the last response, if it ends before the connection does.
    pub(super) unread: Weak<Shelf>,
    info: Option<Info>,
    auto_open: bool,
}

#[derive(Debug)]
pub(super) enum State {
    Idle,
    Started(Box<Draft>),
    Sent(Box<Ongoing>),
}

impl HttpConnection {
    /// For `host`, which may be `name:port` where `port` is `None`; an IPv6 address may stand in brackets. The default port
    /// is 80. Nothing is connected yet.
    ///
    /// # Errors
    /// [`Kind::InvalidUrl`] for a host with blanks, control characters or delimiters in it, or a port that is no number.
    pub fn new(host: &str, port: impl Into<Option<u16>>) -> Result<Self> {
        Way::new(host, port.into(), false).map(Self::on)
    }

    pub(super) fn on(way: Way) -> Self {
        let (place, unread) = (Arc::default(), Weak::new());
        Self { way, state: State::Idle, place, unread, info: None, auto_open: true }
    }

    /// The host that is connected to, without brackets.
    pub fn host(&self) -> &str {
        &self.way.at.host
    }

    /// The port that is connected to.
    pub fn port(&self) -> u16 {
        self.way.at.port
    }

    /// How long each call may wait: for a name, a connection, a TLS handshake, room to send, a response's head, the next
    /// bytes of a body. `None` waits for ever. Default as [`Timeouts`] has it, 5 s until connected and 30 s for each wait
    /// behind that; Python's is none at all, with which a silent server holds a program for ever.
    #[doc(alias = "timeout")]
    pub fn set_timeout(&mut self, timeout: impl Into<Option<Duration>>) {
        self.way.set_timeout(timeout.into());
    }

    /// The same for each phase by itself; `total` counts from the sending of the head to the end of the body. Default
    /// [`Timeouts::default`].
    pub fn set_timeouts(&mut self, timeouts: Timeouts) {
        self.way.timeouts = timeouts;
    }

    /// The address, and unless it is 0 the port, to connect from. Default the system's choice.
    #[doc(alias = "source_address")]
    pub fn set_source_address(&mut self, address: impl Into<SocketAddr>) {
        self.way.source = Some(address.into());
    }

    /// Whether sending connects by itself where there is no connection. Default true, as in Python.
    #[doc(alias = "auto_open")]
    pub fn set_auto_open(&mut self, auto: bool) {
        self.auto_open = auto;
    }

    /// Makes connections by this: other name lookup, socket options, guards. Default one network for all connections of
    /// the process, with the options of [`Network::builder`].
    pub fn set_network(&mut self, network: Network) {
        self.way.network = Some(network);
    }

    /// Caps on what the server may make this side hold. Default [`Limits::default`]; Python has 65,536 bytes a line, 100
    /// lines, and none for [`read_all`](super::HttpResponse::read_all).
    pub fn set_limits(&mut self, limits: Limits) {
        self.way.limits = limits;
    }

    /// Goes through a tunnel: host and port of this connection are an HTTP proxy's, which is asked by `CONNECT` for `host`
    /// and `port` (default 80, or 443 for [`HttpsConnection`](super::HttpsConnection)), with `headers`. TLS is spoken with
    /// the host behind the tunnel. The head of the proxy's answer is in [`tunnel_headers`](Self::tunnel_headers).
    ///
    /// ```no_run
    /// use maypole::compat::httplib::HttpsConnection;
    /// let mut conn = HttpsConnection::new("proxy.test", 3128)?;
    /// conn.set_tunnel("example.com", None, [("Proxy-Authorization", "Basic bWU6c2VjcmV0")])?;
    /// # Ok::<(), maypole::compat::httplib::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Kind::AlreadyConnected`]; [`Kind::InvalidUrl`] for the host; [`Kind::InvalidRequest`] for a header that is none, or
    /// that frames a message, `Host` included: it is the tunnel's host.
    pub fn set_tunnel<N, V>(
        &mut self,
        host: &str,
        port: impl Into<Option<u16>>,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Result<()>
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        if self.is_connected() {
            return Err(Error::new(Kind::AlreadyConnected, "a tunnel is set before connecting; call `close` first"));
        }
        self.way.set_tunnel(host, port.into(), &lines(headers)?)
    }

    /// Connects now, instead of with the first request. An idle connection is closed for it; a response that is still read
    /// keeps its own.
    ///
    /// # Errors
    /// [`Kind::CannotSendRequest`] while a request is on its way; [`Kind::Timeout`]; [`Kind::Network`] for all that can go
    /// wrong in between, whose [`cause`](Error::cause) says what: lookup, connect, certificate, tunnel.
    pub fn connect(&mut self) -> Result<()> {
        if let State::Sent(ongoing) = &self.state {
            return Err(self.on_its_way(ongoing));
        }
        self.leave();
        let held = self.dialed()?;
        crate::exchange::Hold::give_back(held, Instant::now());
        Ok(())
    }

    /// Closes the connection, whatever it is in the middle of, and makes the object ready for another request. A response
    /// that has not been read to its end is closed with it, unless it was the connection's last: that one can be read on.
    /// Never waits.
    pub fn close(&mut self) {
        self.state = State::Idle;
        if let Some(unread) = self.unread.upgrade() {
            unread.close();
        }
        self.leave();
    }

    /// Whether there is a connection, idle or in use by this object's request or response. The server may have closed it.
    pub fn is_connected(&self) -> bool {
        matches!(self.state, State::Sent(_)) || self.place.is_taken() || self.is_unread()
    }

    /// What is known about the connection, or the last one there was: addresses, what TLS agreed upon, timings.
    #[doc(alias = "sock")]
    pub fn connection(&self) -> Option<&ConnectionInfo> {
        self.info.as_deref()
    }

    /// What the proxy answered to `CONNECT`.
    #[doc(alias = "get_proxy_response_headers")]
    pub fn tunnel_headers(&self) -> Option<&Headers> {
        self.info.as_ref()?.proxy_heads.last().map(|head| &head.headers)
    }

    /// The connection for the next request: the idle one if it is alive, else a new one.
    pub(super) fn held(&mut self) -> Result<Held> {
        if let Some(mut connection) = self.place.take()
            // Bytes that nobody has asked for must never pass for the next answer.
            && connection.is_alive(Duration::ZERO)
        {
            return Ok(Held::new(connection, &self.place));
        }
        if !self.auto_open {
            let what = "there is no connection, and `set_auto_open(false)` says not to make one; call `connect`";
            return Err(Error::new(Kind::NotConnected, what));
        }
        self.dialed()
    }

    fn dialed(&mut self) -> Result<Held> {
        let connection = self.way.dial().map_err(|error| error.with_url(&self.way.url("")))?;
        self.info = Some(connection.info().clone());
        Ok(Held::new(connection, &self.place))
    }

    /// Lets go of connection and response. Who still reads keeps the connection, and does not bring it back.
    fn leave(&mut self) {
        (self.place, self.unread) = (Arc::default(), Weak::new());
    }

    pub(super) fn is_unread(&self) -> bool {
        self.unread.upgrade().is_some_and(|shelf| shelf.is_open())
    }

    pub(super) fn on_its_way(&self, ongoing: &Ongoing) -> Error {
        let (method, url) = (&ongoing.method, self.way.url(&ongoing.target));
        let what = format!("{method} is on its way; call `get_response` for its answer first, or `close`");
        Error::new(Kind::CannotSendRequest, what).with_url(&url)
    }
}

impl fmt::Debug for HttpConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Idle if self.is_unread() => "unread response",
            State::Idle => "idle",
            State::Started(_) => "request started",
            State::Sent(_) => "request sent",
        };
        f.debug_struct("HttpConnection")
            .field("host", &self.host())
            .field("port", &self.port())
            .field("secure", &self.way.secure)
            .field("state", &state)
            .finish_non_exhaustive()
    }
}
