//! What ends a call that waits, and the call itself.

use std::io;
use std::time::{Duration, Instant};

use super::seats::{Seat, Seats};
use crate::net::stop::as_io;
use crate::rt::{self, CancelGuard, CancelToken, Interest, Socket, Stop};

/// What ends the waits of one call.
#[derive(Default)]
pub(crate) struct Patience {
    /// So long from the first wait on. The clock is read only when a wait is due.
    pub(crate) timeout: Option<Duration>,
    /// An instant.
    pub(crate) at: Option<Instant>,
    /// Tokens that may be fired: the scope's, the stream's.
    pub(crate) tokens: [Option<CancelToken>; 2],
}

impl Patience {
    /// Whether a call may begin at all, or go on without a wait.
    pub(crate) fn check(&self) -> io::Result<()> {
        if self.tokens.iter().flatten().any(CancelToken::is_cancelled) {
            return Err(as_io(Stop::Cancelled));
        }
        if self.at.is_some_and(|at| at <= Instant::now()) { Err(as_io(Stop::TimedOut)) } else { Ok(()) }
    }

    /// When the wait that begins now, or began already, must end.
    pub(super) fn end(&mut self) -> Option<Instant> {
        if let Some(timeout) = self.timeout.take() {
            let end = Instant::now().checked_add(timeout);
            self.at = [self.at, end].into_iter().flatten().min();
        }
        self.at
    }
}

/// On a plain thread nobody can be woken out of `poll`. Where another one may have read from the socket what this one
/// waits for, which TLS up to 1.2 does when it negotiates anew, a thread looks again after this time.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A call under way: its seat, and what ends it.
pub(super) struct Call<'a> {
    // Ended before the seat is given back.
    guards: [Option<CancelGuard>; 2],
    seats: &'a Seats,
    seat: Seat<'a>,
    patience: &'a mut Patience,
}

impl<'a> Call<'a> {
    pub(super) fn new(seats: &'a Seats, patience: &'a mut Patience) -> io::Result<Self> {
        Ok(Self { guards: [None, None], seats, seat: seats.sit()?, patience })
    }

    pub(super) fn seat(&self) -> &Socket {
        &self.seat
    }

    /// Waits after a call that would have blocked. `joint`: others may move the same session on.
    pub(super) fn wait(&mut self, what: Interest, joint: bool) -> io::Result<()> {
        let end = self.patience.end();
        for (guard, token) in self.guards.iter_mut().zip(&self.patience.tokens) {
            if let (None, Some(token)) = (&guard, token) {
                *guard = Some(self.seat.cancel_with(token));
            }
        }
        if !joint || !self.seats.is_crowded() || rt::is_coroutine() {
            return self.seat.wait(what, end).map_err(as_io);
        }
        let again = Instant::now() + LOOK_AGAIN;
        match self.seat.wait(what, Some(end.map_or(again, |end| end.min(again)))) {
            Err(Stop::TimedOut) => self.patience.check(),
            result => result.map_err(as_io),
        }
    }

    /// Waits before the first try. When time is up already, what is there is still taken.
    pub(super) fn wait_first(&mut self, joint: bool) -> io::Result<()> {
        match self.wait(Interest::Read, joint) {
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Ok(()),
            result => result,
        }
    }

    /// After a call that was interrupted: there is nothing to wait for.
    pub(super) fn give_way(&mut self) -> io::Result<()> {
        self.take_turns();
        self.patience.end();
        self.patience.check()
    }

    pub(super) fn take_turns(&self) {
        // A session counts what goes through it at the first seat, wherever its caller sits.
        self.seats.first().take_turns();
        self.seat.take_turns();
    }
}
