//! Answers, and those among them that are written to the socket piece by piece.
//!
//! `may_minihttp` writes a response of its own after every call. So a streamed answer is the last one of its
//! connection: it says `Connection: close`, and the sending side is shut down before `may_minihttp` gets to write.

use std::borrow::Cow;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use maypole::rt::{self, Interest};

use super::routes;

pub(super) const TEXT: &str = "Content-Type: text/plain; charset=utf-8";
pub(super) const BINARY: &str = "Content-Type: application/octet-stream";

/// How long a peer may take no byte at all before its connection is given up.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a peer gets to close its side after the end of the answer.
const LINGER: Duration = Duration::from_secs(2);

/// Lines of 64 bytes: a piece that is lost or doubled shows.
static PATTERN: [u8; 16 << 10] = {
    let line = b"0123456789 maypole abcdefghijklmnopqrstuvwxyz 0123456789 maypole\n";
    let mut bytes = [0; 16 << 10];
    let mut at = 0;
    while at < bytes.len() {
        bytes[at] = line[at % line.len()];
        at += 1;
    }
    bytes
};

/// The first `n` bytes of the pattern, in memory.
pub(super) fn pattern(n: u64) -> Vec<u8> {
    let n = n as usize;
    let mut bytes = Vec::with_capacity(n);
    while bytes.len() < n {
        bytes.extend_from_slice(&PATTERN[..PATTERN.len().min(n - bytes.len())]);
    }
    bytes
}

pub(super) struct Answer {
    pub(super) status: u16,
    /// The whole header line: that is what `may_minihttp` takes.
    pub(super) content_type: &'static str,
    pub(super) body: Body,
    closes: bool,
}

pub(super) enum Body {
    Static(&'static str),
    Held(Vec<u8>),
    Length(u64),
    Chunked(u64),
    Drip { count: u64, every: Duration },
    Lines { count: u64, every: Duration },
}

impl Answer {
    pub(super) fn new(content_type: &'static str, body: Body) -> Self {
        Self { status: 200, content_type, body, closes: false }
    }

    pub(super) fn text(status: u16, text: impl Into<Cow<'static, str>>) -> Self {
        let body = match text.into() {
            Cow::Borrowed(text) => Body::Static(text),
            Cow::Owned(text) => Body::Held(text.into_bytes()),
        };
        Self { status, ..Self::new(TEXT, body) }
    }

    /// After this answer the connection is of no use: the request was not read to its end.
    pub(super) fn closing(self) -> Self {
        Self { closes: true, ..self }
    }

    pub(super) fn reason(&self) -> &'static str {
        routes::reason(self.status)
    }

    /// Whether `may_minihttp` can send it: from memory, with a length, on a connection that goes on.
    pub(super) fn is_plain(&self) -> bool {
        let held = matches!(self.body, Body::Static(_) | Body::Held(_));
        held && !self.closes && !routes::is_bodiless(self.status) && !(300..400).contains(&self.status)
    }

    fn head(&self, version: u8) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\nServer: maypole\r\n", self.status, self.reason());
        if (301..=308).contains(&self.status) && self.status != 304 {
            head.push_str("Location: /\r\n");
        }
        if !routes::is_bodiless(self.status) {
            head.push_str(self.content_type);
            head.push_str("\r\n");
            match self.length() {
                Some(length) => head.push_str(&format!("Content-Length: {length}\r\n")),
                None if version > 0 => head.push_str("Transfer-Encoding: chunked\r\n"),
                // To HTTP/1.0 the end of the connection is the end of the body.
                None => {}
            }
        }
        head.push_str("Connection: close\r\n\r\n");
        head
    }

    fn length(&self) -> Option<u64> {
        match &self.body {
            Body::Static(text) => Some(text.len() as u64),
            Body::Held(bytes) => Some(bytes.len() as u64),
            Body::Length(n) | Body::Drip { count: n, .. } => Some(*n),
            Body::Chunked(_) | Body::Lines { .. } => None,
        }
    }
}

/// The socket of a connection, written to past `may_minihttp`.
pub(super) struct Raw {
    socket: rt::Socket,
}

impl Raw {
    pub(super) fn new(socket: socket2::Socket) -> io::Result<Self> {
        Ok(Self { socket: rt::Socket::new(socket)? })
    }

    /// `100 Continue`: the client waits with its body (RFC 9110 section 10.1.1).
    pub(super) fn proceed(self) -> io::Result<()> {
        self.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
    }

    /// Sends the answer and ends the connection. A peer that went away meanwhile is not worth a word.
    pub(super) fn send(self, method: &str, version: u8, answer: Answer) {
        let has_body = method != "HEAD" && !routes::is_bodiless(answer.status);
        let sent = self.write_all(answer.head(version).as_bytes());
        if sent.is_ok() && has_body && self.send_body(answer.body, version > 0).is_err() {
            // Cut short: the missing end tells, a clean end would lie to HTTP/1.0.
            self.socket.shutdown();
            return;
        }
        self.linger();
        self.socket.shutdown();
    }

    fn send_body(&self, body: Body, chunked: bool) -> io::Result<()> {
        match body {
            Body::Static(text) => self.write_all(text.as_bytes()),
            Body::Held(bytes) => self.write_all(&bytes),
            Body::Length(n) => self.repeat(n, |raw, piece| raw.write_all(piece)),
            Body::Chunked(n) => {
                self.repeat(n, |raw, piece| raw.chunk(piece, chunked))?;
                self.last_chunk(chunked)
            }
            Body::Drip { count, every } => (0..count).try_for_each(|n| {
                pause(n, every);
                self.write_all(&[b'0' + (n % 10) as u8])
            }),
            Body::Lines { count, every } => {
                for n in 0..count {
                    pause(n, every);
                    self.chunk(format!("{{\"line\":{n},\"of\":{count}}}\n").as_bytes(), chunked)?;
                }
                self.last_chunk(chunked)
            }
        }
    }

    fn repeat(&self, n: u64, write: impl Fn(&Self, &[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut left = n;
        while left > 0 {
            let piece = &PATTERN[..PATTERN.len().min(usize::try_from(left).unwrap_or(usize::MAX))];
            write(self, piece)?;
            left -= piece.len() as u64;
        }
        Ok(())
    }

    fn chunk(&self, piece: &[u8], chunked: bool) -> io::Result<()> {
        if !chunked {
            return self.write_all(piece);
        }
        // One write a chunk: with `TCP_NODELAY`, three would be three packets.
        let mut framed = Vec::with_capacity(piece.len() + 16);
        write!(framed, "{:x}\r\n", piece.len())?;
        framed.extend_from_slice(piece);
        framed.extend_from_slice(b"\r\n");
        self.write_all(&framed)
    }

    fn last_chunk(&self, chunked: bool) -> io::Result<()> {
        if chunked { self.write_all(b"0\r\n\r\n") } else { Ok(()) }
    }

    fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.socket.try_write(bytes) {
                Ok(n) => bytes = &bytes[n..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait(Interest::Write, PATIENCE)?,
                Err(error) => return Err(error),
            }
            self.socket.take_turns();
        }
        Ok(())
    }

    fn wait(&self, what: Interest, time: Duration) -> io::Result<()> {
        Ok(self.socket.wait(what, Some(Instant::now() + time))?)
    }

    /// Shuts the sending side and reads what still comes. Closing a socket with unread bytes resets the connection,
    /// and a reset throws away what the client has not read yet (RFC 9112 section 9.6).
    fn linger(&self) {
        if self.socket.get_ref().shutdown(std::net::Shutdown::Write).is_err() {
            return;
        }
        let end = Instant::now() + LINGER;
        let mut scrap = vec![0; 16 << 10];
        while Instant::now() < end {
            match self.socket.try_read(&mut scrap) {
                Ok(0) => return,
                Ok(_) => self.socket.take_turns(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if self.wait(Interest::Read, end.saturating_duration_since(Instant::now())).is_err() {
                        return;
                    }
                }
                Err(_) => return,
            }
        }
    }
}

fn pause(n: u64, every: Duration) {
    if n > 0 && !every.is_zero() {
        rt::sleep(every);
    }
}
