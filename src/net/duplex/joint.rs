//! One TLS session for both directions.
//!
//! Readers take turns, and writers do: a record that the socket did not take to its end is finished by the same bytes
//! before any others; and what one reader left in its buffer announces itself to no other one.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard};

use super::Tried;
use super::patience::Patience;
use super::seats::Seats;
use crate::net::stop::as_io;
use crate::net::transport::Transport;
use crate::rt::{Interest, Permit, Semaphore, scope};

/// One TLS record's worth of data (RFC 8446 §5.1).
pub(super) const RECORD: usize = 16 << 10;

pub(super) struct Joint {
    state: Mutex<State>,
    reading: Semaphore,
    writing: Semaphore,
    // The peer has said goodbye, or reading was ended on this side.
    ended: AtomicBool,
}

struct State {
    transport: Transport,
    record: Record,
    said_goodbye: bool,
}

/// The record that the socket did not take.
enum Record {
    None,
    /// Its writer is waiting, or was cancelled by unwinding.
    Waiting,
    /// Its writer gave up: the session goes on with these bytes or not at all.
    Left(Box<[u8]>),
}

impl Joint {
    pub(super) fn new(transport: Transport) -> Self {
        Self {
            state: Mutex::new(State { transport, record: Record::None, said_goodbye: false }),
            reading: Semaphore::new(1),
            writing: Semaphore::new(1),
            ended: AtomicBool::new(false),
        }
    }

    pub(super) fn into_transport(self) -> Transport {
        self.state.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()).transport
    }

    pub(super) fn reading(&self, patience: &mut Patience) -> io::Result<Permit> {
        turn(&self.reading, patience)
    }

    pub(super) fn writing(&self, patience: &mut Patience) -> io::Result<Turn<'_>> {
        Ok(Turn { joint: self, _permit: turn(&self.writing, patience)? })
    }

    /// Whether a read may find something without a wait. What the first seat knows is right only while nobody else
    /// has used the session meanwhile.
    #[inline(never)]
    pub(super) fn may_have_data(&self, seats: &Seats) -> bool {
        let state = self.lock();
        seats.is_crowded() || self.ended.load(SeqCst) || state.transport.may_have_data()
    }

    #[inline(never)]
    pub(super) fn try_read(&self, buffer: &mut [u8]) -> Tried<usize> {
        if self.ended.load(SeqCst) {
            return Tried::Done(Ok(0));
        }
        let mut state = self.lock();
        let result = state.transport.try_read(buffer);
        match &result {
            Ok(0) => self.ended.store(true, SeqCst),
            // Reading was ended on this side meanwhile: that the transport ends is no truncation.
            Err(error) if error.kind() != io::ErrorKind::WouldBlock && self.ended.load(SeqCst) => {
                return Tried::Done(Ok(0));
            }
            _ => {}
        }
        Tried::of(result, || state.transport.wants(Interest::Read))
    }

    /// Reads find the end from now on.
    pub(super) fn end_reading(&self) {
        self.ended.store(true, SeqCst);
    }

    /// Says goodbye if that can be done at once, and ends reading.
    pub(super) fn part(&self) {
        if let Some(permit) = self.writing.try_acquire() {
            // A peer that cannot be told sees the connection end.
            let _ = Turn { joint: self, _permit: permit }.try_goodbye();
        }
        self.end_reading();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn turn(semaphore: &Semaphore, patience: &mut Patience) -> io::Result<Permit> {
    if let Some(permit) = semaphore.try_acquire() {
        return Ok(permit);
    }
    let end = patience.end();
    // The semaphore obeys the scope's token by itself.
    match &patience.tokens {
        [_, Some(token)] => scope::with_cancel(token, || semaphore.acquire(end)),
        _ => semaphore.acquire(end),
    }
    .map_err(as_io)
}

/// The writer's turn.
pub(super) struct Turn<'a> {
    joint: &'a Joint,
    _permit: Permit,
}

impl Turn<'_> {
    /// Before the first try: whether the session would take these bytes.
    pub(super) fn begin(&self, bytes: &[u8]) -> io::Result<()> {
        let state = self.joint.lock();
        match &state.record {
            _ if state.said_goodbye => Err(io::ErrorKind::BrokenPipe.into()),
            Record::None => Ok(()),
            Record::Left(record) if bytes.starts_with(record) => Ok(()),
            _ => Err(unfinished()),
        }
    }

    #[inline(never)]
    pub(super) fn try_write(&mut self, bytes: &[u8]) -> Tried<usize> {
        let mut state = self.joint.lock();
        let result = state.transport.try_write(bytes);
        let blocked = result.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        state.record = if blocked { Record::Waiting } else { Record::None };
        Tried::of(result, || state.transport.wants(Interest::Write))
    }

    /// After the last try: a record that was not taken is kept, for who tries again with the same bytes.
    pub(super) fn end(&mut self, bytes: &[u8], written: &io::Result<usize>) {
        if written.is_err() {
            let mut state = self.joint.lock();
            if matches!(state.record, Record::Waiting) {
                state.record = Record::Left(bytes[..bytes.len().min(RECORD)].into());
            }
        }
    }

    #[inline(never)]
    pub(super) fn try_goodbye(&mut self) -> Tried<()> {
        let mut state = self.joint.lock();
        if state.said_goodbye {
            return Tried::Done(Ok(()));
        }
        if !matches!(state.record, Record::None) {
            return Tried::Done(Err(unfinished()));
        }
        let result = state.transport.goodbye();
        state.said_goodbye = result.is_ok();
        Tried::of(result, || state.transport.wants(Interest::Write))
    }
}

fn unfinished() -> io::Error {
    let what = "an earlier write ended in the middle of a TLS record, which only the same bytes can finish";
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

impl fmt::Debug for Joint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Joint").field("ended", &self.ended).finish_non_exhaustive()
    }
}
