//! Answers every request after exactly one second, `/after/MS` after so many milliseconds, `/stalls` by the schedule of
//! `stall.rs`, ten thousand of them at once: one thread, epoll, and a heap.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};

use crate::payload;
use crate::stall;

const DELAY: Duration = Duration::from_secs(1);

pub(crate) fn serve(listener: TcpListener) -> io::Result<()> {
    // The standard library listens with a backlog of 128; a second `listen` on the same socket raises it.
    rustix::net::listen(&listener, 16_384)?;
    listener.set_nonblocking(true)?;
    let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", payload::SMALL_BYTES).into_bytes();
    answer.extend(payload::small());
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let mut server =
        Slow { poll, answer, connections: HashMap::new(), due: BinaryHeap::new(), accepted: 0, began: None };
    epoll::add(&server.poll, &listener, epoll::EventData::new_u64(u64::MAX), epoll::EventFlags::IN)?;
    let mut events = Vec::with_capacity(1024);
    loop {
        let patience = server.answer_what_is_due()?;
        events.clear();
        epoll::wait(&server.poll, spare_capacity(&mut events), patience.as_ref())?;
        for event in events.drain(..) {
            match event.data.u64() {
                u64::MAX => server.accept(&listener)?,
                fd => server.request(fd as RawFd),
            }
        }
    }
}

struct Connection {
    stream: TcpStream,
    /// Descriptors are used again: an answer that was due to another before is not for this one.
    number: u64,
}

struct Slow {
    poll: OwnedFd,
    answer: Vec<u8>,
    connections: HashMap<RawFd, Connection>,
    due: BinaryHeap<Reverse<(Instant, RawFd, u64)>>,
    accepted: u64,
    /// When the schedule of stalls began: at the first request after a time without connections.
    began: Option<Instant>,
}

impl Slow {
    fn accept(&mut self, listener: &TcpListener) -> io::Result<()> {
        loop {
            match listener.accept() {
                Ok((stream, _)) => {
                    stream.set_nonblocking(true)?;
                    stream.set_nodelay(true)?;
                    let fd = stream.as_raw_fd();
                    let token = epoll::EventData::new_u64(fd as u64);
                    epoll::add(&self.poll, &stream, token, epoll::EventFlags::IN)?;
                    self.accepted += 1;
                    self.connections.insert(fd, Connection { stream, number: self.accepted });
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(e) => return Err(e),
            }
        }
    }

    /// A request's head arrives in one piece here: all contenders write it with one call.
    fn request(&mut self, fd: RawFd) {
        let mut head = [0; 1024];
        let Some(connection) = self.connections.get_mut(&fd) else { return };
        match connection.stream.read(&mut head) {
            Ok(n) if n > 0 => {
                assert!(head[..n].ends_with(b"\r\n\r\n"), "a request in pieces");
                let now = Instant::now();
                let at = match head.starts_with(b"GET /stalls ") {
                    true => {
                        let began = *self.began.get_or_insert(now);
                        began + stall::answered(now - began)
                    }
                    false => now + delay(&head[..n]),
                };
                self.due.push(Reverse((at, fd, connection.number)));
            }
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
            _ => self.remove(fd),
        }
    }

    fn remove(&mut self, fd: RawFd) {
        self.connections.remove(&fd);
        if self.connections.is_empty() {
            self.began = None;
        }
    }

    /// How long to wait for the next one; for ever when there is none.
    fn answer_what_is_due(&mut self) -> io::Result<Option<Timespec>> {
        while let Some(&Reverse((at, fd, number))) = self.due.peek() {
            let left = at.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                return Ok(Some(Timespec::try_from(left).map_err(io::Error::other)?));
            }
            self.due.pop();
            // Gone in the meantime: its end of file is on its way through epoll.
            if let Some(connection) = self.connections.get_mut(&fd).filter(|connection| connection.number == number) {
                let _ = connection.stream.write_all(&self.answer);
            }
        }
        Ok(None)
    }
}

fn delay(head: &[u8]) -> Duration {
    let path = head.strip_prefix(b"GET /after/").unwrap_or_default();
    let digits = path.iter().take_while(|byte| byte.is_ascii_digit());
    match digits.fold(0, |ms, byte| ms * 10 + u64::from(byte - b'0')) {
        0 => DELAY,
        ms => Duration::from_millis(ms),
    }
}
