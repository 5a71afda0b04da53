//! Walks one script over one connection and records what came.

use std::io;
use std::net::Shutdown;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openssl::ssl::SslAcceptor;

use super::body::wait_precisely;
use super::listener::Board;
use super::record::{Connection, End, Request, fields};
use super::script::Act;
use super::stream::{Shared, Stream};

/// Received bytes that a record keeps.
const KEPT: usize = 1 << 20;
/// The script's own patience; shorter than the watchdog, so that the message names the step.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Walk {
    board: Arc<Board>,
    index: usize,
    stream: Stream,
    // Received and not yet consumed by a step.
    input: Vec<u8>,
    gone: bool,
}

/// Why a walk ended before its script.
pub(super) enum Stop {
    Failed(String),
    Closed,
}

type Step = Result<(), Stop>;

fn failed<T>(message: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Failed(message.into()))
}

/// Accepts and walks; the error is what was not followed.
pub(super) fn run(
    board: &Arc<Board>,
    index: usize,
    socket: Shared,
    acceptor: Option<&SslAcceptor>,
    script: &[Act],
) -> Result<(), String> {
    socket.0.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.0.set_write_timeout(Some(PATIENCE)).unwrap();
    let (stream, seen) = match (Stream::accept(socket, acceptor), script.first()) {
        (Err(alert), Some(Act::Refused(name))) if alert.contains(name) => return Ok(()),
        (Err(e), _) => return if board.is_finishing() { Ok(()) } else { Err(format!("TLS handshake: {e}")) },
        (Ok(_), Some(Act::Refused(_))) => return Err("the client accepted the certificate".into()),
        (Ok(ready), _) => ready,
    };
    board.record(index, |c| c.tls = seen);
    let mut walk = Walk { board: board.clone(), index, stream, input: Vec::new(), gone: false };
    for (n, act) in script.iter().enumerate() {
        walk.board.step(index, n);
        match walk.act(act) {
            Ok(()) => {}
            Err(Stop::Closed) => return Ok(()),
            Err(Stop::Failed(why)) => return Err(format!("step {n}, {}: {why}", brief(act))),
        }
    }
    walk.board.step(index, script.len());
    match walk.closed() {
        Err(Stop::Failed(why)) => Err(format!("after the script: {why}")),
        _ => Ok(()),
    }
}

fn brief(act: &Act) -> String {
    let mut text = match act {
        Act::Expect(b) | Act::Request(b) | Act::Head(b) | Act::Reply(b) | Act::Serve(b) | Act::Flood(b) => {
            format!("{} {:?}", format!("{act:?}").split('(').next().unwrap(), String::from_utf8_lossy(b))
        }
        Act::Pieces(b, n, _) => format!("Pieces of {n}: {:?}", String::from_utf8_lossy(b)),
        other => format!("{other:?}"),
    };
    text.truncate(200);
    text
}

impl Walk {
    fn act(&mut self, act: &Act) -> Step {
        match act {
            Act::Expect(bytes) => self.expect(bytes),
            Act::Request(prefix) => self.request(prefix),
            Act::MayAsk => self.may_ask(),
            Act::Head(prefix) => self.head(prefix),
            Act::Body => self.body(),
            Act::Discard(n) => self.discard(*n),
            Act::Swallow => self.swallow(),
            Act::Reply(bytes) => self.write(bytes),
            Act::Pieces(bytes, size, pause) => self.pieces(bytes, *size, *pause),
            Act::Cut(bytes, at) => self.cut(bytes, *at),
            Act::Repeat(bytes, times) => (0..*times).try_for_each(|_| self.write(bytes)),
            Act::Flood(bytes) => self.flood(bytes),
            Act::Serve(bytes) => self.serve(bytes),
            Act::Pause(time) => {
                std::thread::sleep(*time);
                Ok(())
            }
            Act::Hold(gate) if gate.block(|| self.board.is_finishing()) => Ok(()),
            Act::Hold(_) => failed("the test ended and did not open the gate"),
            Act::Open(gate) => {
                gate.open();
                Ok(())
            }
            Act::Stall => self.stall(),
            Act::Closed => self.closed(),
            Act::HalfClose => {
                self.stream.notify();
                let _ = self.stream.socket().shutdown(Shutdown::Write);
                Ok(())
            }
            Act::Close => {
                self.stream.notify();
                self.end(End::Peer, Some(Shutdown::Both))
            }
            Act::Sever => self.end(End::Peer, Some(Shutdown::Both)),
            Act::Reset => {
                self.stream.socket().set_linger(Some(Duration::ZERO)).unwrap();
                // At once: the socket is closed some time after its end is known.
                let _ = rustix::net::connect_unspec(self.stream.socket());
                self.end(End::Peer, None)
            }
            Act::Refused(_) => unreachable!("judged by the handshake"),
        }
    }

    fn end(&mut self, end: End, how: Option<Shutdown>) -> Step {
        if let Some(how) = how {
            let _ = self.stream.socket().shutdown(how);
        }
        self.board.ended(self.index, end);
        Err(Stop::Closed)
    }

    /// More input; false at its end.
    fn fill(&mut self) -> Result<bool, Stop> {
        let mut buffer = vec![0; 64 << 10];
        match self.stream.read(&mut buffer) {
            Ok(0) => {
                self.left(End::Client);
                Ok(false)
            }
            Ok(n) => {
                self.input.extend_from_slice(&buffer[..n]);
                self.board.record(self.index, |c| note(c, &buffer[..n]));
                Ok(true)
            }
            Err(e) if is_reset(&e) => {
                self.left(End::ClientReset);
                Ok(false)
            }
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => failed(format!("nothing came within {PATIENCE:?}")),
            Err(e) => failed(e.to_string()),
        }
    }

    fn left(&mut self, end: End) {
        self.gone = true;
        let end = if self.board.is_finishing() { End::Peer } else { end };
        self.board.ended(self.index, end);
    }

    fn expect(&mut self, bytes: &[u8]) -> Step {
        while self.input.len() < bytes.len() && bytes.starts_with(&self.input) {
            if !self.fill()? {
                return failed(format!("the client left after {:?}", String::from_utf8_lossy(&self.input)));
            }
        }
        if !self.input.starts_with(bytes) {
            return failed(format!("got {:?}", String::from_utf8_lossy(&self.input)));
        }
        self.input.drain(..bytes.len());
        Ok(())
    }

    fn request(&mut self, prefix: &[u8]) -> Step {
        self.head(prefix)?;
        self.body()
    }

    fn head(&mut self, prefix: &[u8]) -> Step {
        let end = loop {
            if let Some(at) = find(&self.input, b"\r\n\r\n") {
                break at + 4;
            }
            if !self.fill()? {
                return failed(format!("the client left after {:?}", String::from_utf8_lossy(&self.input)));
            }
        };
        let head: Vec<u8> = self.input.drain(..end).collect();
        if !head.starts_with(prefix) {
            return failed(format!("got {:?}", String::from_utf8_lossy(&head)));
        }
        let request = Request::parse(&head).map_err(Stop::Failed)?;
        self.board.record(self.index, |c| c.requests.push(request));
        Ok(())
    }

    fn body(&mut self) -> Step {
        let mut request =
            self.board.record(self.index, |c| c.requests.pop()).ok_or(Stop::Failed("no head yet".into()))?;
        let read = if request.is_chunked() { self.chunked(&mut request) } else { self.sized(&mut request) };
        self.board.record(self.index, |c| c.requests.push(request));
        read
    }

    fn sized(&mut self, request: &mut Request) -> Step {
        let length = request.length().unwrap_or(0) as usize;
        self.need(length)?;
        request.body = self.input.drain(..length).collect();
        Ok(())
    }

    fn chunked(&mut self, request: &mut Request) -> Step {
        loop {
            let line = self.line()?;
            let Ok(size) = usize::from_str_radix(&line, 16) else { return failed(format!("chunk size {line:?}")) };
            if size == 0 {
                break;
            }
            self.need(size + 2)?;
            request.chunks.push(size);
            request.body.extend(self.input.drain(..size));
            self.expect(b"\r\n")?;
        }
        let mut lines = Vec::new();
        loop {
            match self.line()? {
                end if end.is_empty() => break,
                line => lines.push(line),
            }
        }
        request.trailers = fields(lines.iter().map(String::as_str)).map_err(Stop::Failed)?;
        Ok(())
    }

    fn line(&mut self) -> Result<String, Stop> {
        loop {
            if let Some(at) = find(&self.input, b"\r\n") {
                let line = String::from_utf8_lossy(&self.input[..at]).into_owned();
                self.input.drain(..at + 2);
                return Ok(line);
            }
            if !self.fill()? {
                return failed("the client left inside the chunked body");
            }
        }
    }

    fn need(&mut self, length: usize) -> Step {
        while self.input.len() < length {
            if !self.fill()? {
                return failed(format!("the client left after {} of {length} body bytes", self.input.len()));
            }
        }
        Ok(())
    }

    fn discard(&mut self, mut n: u64) -> Step {
        loop {
            let now = n.min(self.input.len() as u64);
            self.input.drain(..now as usize);
            n -= now;
            if n == 0 {
                return Ok(());
            }
            if !self.fill()? {
                return failed(format!("the client left, {n} bytes missing"));
            }
        }
    }

    fn swallow(&mut self) -> Step {
        self.board.idle(self.index, true);
        loop {
            self.input.clear();
            if self.gone || !self.fill()? {
                return Ok(());
            }
        }
    }

    fn serve(&mut self, bytes: &[u8]) -> Step {
        loop {
            self.may_ask()?;
            self.write(bytes)?;
        }
    }

    fn may_ask(&mut self) -> Step {
        self.board.idle(self.index, true);
        while self.input.is_empty() {
            if self.gone || !self.fill()? {
                return Err(Stop::Closed);
            }
        }
        self.board.idle(self.index, false);
        self.request(b"")
    }

    fn closed(&mut self) -> Step {
        self.board.idle(self.index, true);
        if !self.gone && self.input.is_empty() && self.fill()? || !self.input.is_empty() {
            return failed(format!("the client sent {:?}", String::from_utf8_lossy(&self.input)));
        }
        self.board.idle(self.index, false);
        Err(Stop::Closed)
    }

    fn stall(&mut self) -> Step {
        use rustix::event::{PollFd, PollFlags, poll};
        self.board.idle(self.index, true);
        let wait = rustix::event::Timespec { tv_sec: PATIENCE.as_secs() as i64, tv_nsec: 0 };
        let mut fds = [PollFd::new(self.stream.socket(), PollFlags::RDHUP)];
        match poll(&mut fds, Some(&wait)) {
            Ok(0) => failed("the client did not close"),
            Ok(_) => {
                let reset = fds[0].revents().contains(PollFlags::ERR);
                self.left(if reset { End::ClientReset } else { End::Client });
                Err(Stop::Closed)
            }
            Err(e) => failed(e.to_string()),
        }
    }

    fn write(&mut self, mut bytes: &[u8]) -> Step {
        while !self.gone && !bytes.is_empty() {
            match self.stream.write(bytes) {
                Ok(n) => {
                    self.board.record(self.index, |c| c.written += n as u64);
                    bytes = &bytes[n..];
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                    return failed(format!("the client did not read for {PATIENCE:?}"));
                }
                // The client left. It may have good reason to; what it sent before is still to be read.
                Err(e) => {
                    self.left(if is_reset(&e) { End::ClientReset } else { End::Client });
                }
            }
        }
        Ok(())
    }

    fn pieces(&mut self, bytes: &[u8], size: usize, pause: Duration) -> Step {
        for piece in bytes.chunks(size) {
            self.write(piece)?;
            if !self.gone {
                wait_precisely(pause);
            }
        }
        Ok(())
    }

    fn cut(&mut self, bytes: &[u8], at: usize) -> Step {
        self.write(&bytes[..at])?;
        wait_precisely(Duration::from_micros(300));
        self.write(&bytes[at..])
    }

    fn flood(&mut self, bytes: &[u8]) -> Step {
        self.board.idle(self.index, true);
        let start = Instant::now();
        while !self.gone {
            if start.elapsed() > PATIENCE {
                return failed("the client goes on reading");
            }
            self.write(bytes)?;
        }
        Ok(())
    }
}

fn note(c: &mut Connection, bytes: &[u8]) {
    c.received += bytes.len() as u64;
    let room = KEPT.saturating_sub(c.bytes.len()).min(bytes.len());
    c.bytes.extend_from_slice(&bytes[..room]);
}

fn is_reset(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)
}

pub(super) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}
