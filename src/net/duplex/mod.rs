//! Both directions of one connection at once, and each by as many as want to.
//!
//! ```text
//!   read ──▶ turn, with TLS ──▶ seat ──▶ try ──▶ done
//!   write ─▶ turn, with TLS ──▶ seat     │ ▲ would block
//!                                        ▼ │
//!                             wait, on the own seat and outside of every lock
//! ```
//!
//! A seat is a registration for readiness that belongs to one call alone. The first one is the connection's own; more
//! are made when two calls overlap for the first time. A TLS session is one state for both directions: it is locked
//! for calls that never wait, and only for them.

mod joint;
mod patience;
mod seats;

pub(crate) use patience::Patience;

use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use super::info::ConnectionInfo;
use super::stream::Stream;
use super::transport::Transport;
use crate::rt::{Interest, Socket};
use joint::Joint;
use patience::Call;
use seats::Seats;

/// A connection whose calls take `&self`.
#[derive(Debug)]
pub(crate) struct Duplex {
    seats: Seats,
    tls: Option<Box<Joint>>,
    // Reading was ended on this side. What the peer does to the connection then is no error of reads any more.
    deaf: AtomicBool,
    info: Arc<ConnectionInfo>,
}

/// Where a read puts its bytes.
pub(crate) trait Room {
    /// Asked for only when there may be bytes: memory need not be there before.
    fn room(&mut self) -> &mut [u8];
}

impl Room for &mut [u8] {
    fn room(&mut self) -> &mut [u8] {
        self
    }
}

/// What a call that never waits came to.
enum Tried<T> {
    Done(io::Result<T>),
    /// It would have to wait for this; for nothing if the library was only interrupted.
    Blocked(Option<Interest>),
}

impl<T> Tried<T> {
    fn of(result: io::Result<T>, wants: impl FnOnce() -> Option<Interest>) -> Self {
        match result {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Self::Blocked(wants()),
            result => Self::Done(result),
        }
    }
}

impl Duplex {
    pub(crate) fn new(stream: Stream) -> Self {
        let (transport, info) = stream.into_parts();
        let seats = Seats::new(transport.socket().clone());
        let tls = match transport {
            Transport::Socket(_) => None,
            secured => Some(Box::new(Joint::new(secured))),
        };
        Self { seats, tls, deaf: AtomicBool::new(false), info }
    }

    /// The connection for one caller again.
    pub(crate) fn into_stream(self) -> Stream {
        let transport = match self.tls {
            Some(joint) => joint.into_transport(),
            None => Transport::Socket(self.seats.into_first()),
        };
        Stream::from_parts(transport, self.info)
    }

    pub(crate) fn info(&self) -> &Arc<ConnectionInfo> {
        &self.info
    }

    /// The socket, for its options and addresses.
    pub(crate) fn socket(&self) -> &socket2::Socket {
        self.seats.first().get_ref()
    }

    /// Whether a read may find something without a wait.
    pub(crate) fn may_have_data(&self) -> bool {
        match &self.tls {
            None => self.seats.first().may_have_data(),
            Some(joint) => joint.may_have_data(&self.seats),
        }
    }

    /// Reads some bytes; `Ok(0)` is the peer's end.
    pub(crate) fn read(&self, to: &mut impl Room, patience: &mut Patience) -> io::Result<usize> {
        let Some(joint) = &self.tls else {
            let mut call = Call::new(&self.seats, patience)?;
            // A read that finds nothing is a system call for nothing, and after a write it would find nothing.
            if !call.seat().may_have_data() {
                call.wait_first(false)?;
            }
            let read = run(&mut call, false, |socket| Tried::of(socket.try_read(to.room()), || Some(Interest::Read)));
            return if read.is_err() && self.deaf.load(SeqCst) { Ok(0) } else { read };
        };
        let _turn = joint.reading(patience)?;
        let mut call = Call::new(&self.seats, patience)?;
        if !joint.may_have_data(&self.seats) {
            call.wait_first(true)?;
        }
        run(&mut call, true, |_| joint.try_read(to.room()))
    }

    /// Writes some bytes, at least one.
    pub(crate) fn write(&self, bytes: &[u8], patience: &mut Patience) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let Some(joint) = &self.tls else {
            let mut call = Call::new(&self.seats, patience)?;
            let written = run(&mut call, false, |socket| Tried::of(socket.try_write(bytes), || Some(Interest::Write)))?;
            return if written == 0 { Err(io::ErrorKind::WriteZero.into()) } else { Ok(written) };
        };
        let mut turn = joint.writing(patience)?;
        turn.begin(bytes)?;
        let mut call = Call::new(&self.seats, patience)?;
        let written = run(&mut call, true, |_| turn.try_write(bytes));
        turn.end(bytes, &written);
        written
    }

    /// Writes a part of several pieces: a socket takes them in one call, TLS as one record if they fit into one.
    pub(crate) fn write_vectored(&self, pieces: &[IoSlice<'_>], patience: &mut Patience) -> io::Result<usize> {
        if self.tls.is_some() {
            let total = pieces.iter().map(|piece| piece.len()).sum();
            let first = pieces.iter().find(|piece| !piece.is_empty());
            return match first {
                Some(first) if first.len() < total && total <= joint::RECORD => {
                    let joined: Vec<u8> = pieces.iter().flat_map(|piece| piece.iter().copied()).collect();
                    self.write(&joined, patience)
                }
                first => self.write(first.map_or(&[], |first| first), patience),
            };
        }
        let mut call = Call::new(&self.seats, patience)?;
        run(&mut call, false, |socket| Tried::of(socket.try_write_vectored(pieces), || Some(Interest::Write)))
    }

    /// Ends one direction or both. Writing ends with close_notify under TLS, and waits like a write until the socket has
    /// taken it; ending both at once never waits.
    pub(crate) fn shutdown(&self, how: Shutdown, patience: &mut Patience) -> io::Result<()> {
        if how != Shutdown::Write {
            self.deaf.store(true, SeqCst);
        }
        let Some(joint) = &self.tls else { return self.socket().shutdown(how) };
        match how {
            Shutdown::Write => {
                let mut turn = joint.writing(patience)?;
                let mut call = Call::new(&self.seats, patience)?;
                run(&mut call, true, |_| turn.try_goodbye())
            }
            Shutdown::Read => {
                joint.end_reading();
                self.socket().shutdown(how)
            }
            Shutdown::Both => {
                joint.part();
                self.socket().shutdown(how)
            }
        }
    }
}

/// Tries and waits until it is done. `joint`: others may move the same session on.
fn run<T>(call: &mut Call<'_>, joint: bool, mut attempt: impl FnMut(&Socket) -> Tried<T>) -> io::Result<T> {
    loop {
        match attempt(call.seat()) {
            Tried::Blocked(Some(what)) => call.wait(what, joint)?,
            Tried::Blocked(None) => call.give_way()?,
            Tried::Done(result) => {
                call.take_turns();
                return result;
            }
        }
    }
}
