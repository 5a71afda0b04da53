//! A socket whose calls never block and whose waits are ours: readiness, deadline, cancel.
//!
//! ```text
//!             try_read ── short or would block ──▶ drained ──▶ wait ── readable edge ─┐
//!   data? ◀────────────── full: there may be more ◀────────────────────────────────────┘
//! ```
//!
//! Readiness is edge-triggered: an edge comes once, so a reader goes on until a read is short or would block, and only
//! then waits. A short read with the peer's end already announced is the exception: that edge has been taken.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::Shutdown;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

use rustix::event::epoll::EventFlags;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{readv, retry_on_intr};
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags, recv, send, sendmsg};
use socket2::SockAddr;

use super::alarm::{Alarm, Ring};
use super::cancel::{CancelGuard, CancelToken, OnCancel, Watch};
use super::registration::{Held, Registration, Wakeup};
use super::waiter::Stop;

/// What a wait is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Data, the peer's end, or an error.
    Read,
    /// Room to write, or an error.
    Write,
    /// Either of them.
    Both,
}

const READABLE: usize = EventFlags::IN.bits() as usize;
const WRITABLE: usize = EventFlags::OUT.bits() as usize;
const ENDING: usize = (EventFlags::RDHUP.bits() | EventFlags::HUP.bits() | EventFlags::ERR.bits()) as usize;
/// The bit that a wake-up sets, whoever made it.
const WOKEN: usize = 0x8000_0000;

/// Bytes moved without giving way, after which one stream could starve the worker's others.
const TURN_BYTES: usize = 256 << 10;
/// What a call counts besides its bytes: 256 tiny reads are a turn as well.
const TURN_CALL: usize = 1 << 10;

/// A TCP or Unix socket, registered for readiness where coroutines wait for it.
///
/// Any coroutine or thread may use it, one at a time; two directions at once need
/// [`try_clone`](Self::try_clone). Dropping it closes it.
pub struct Socket {
    // It goes before the descriptor, and fields drop in this order.
    registration: Registration,
    socket: socket2::Socket,
    events: Arc<Events>,
    alarm: Alarm,
    // Hints: a wrong `true` costs a system call, a wrong `false` would hang.
    data: AtomicBool,
    ending: AtomicBool,
    turn: AtomicUsize,
}

/// The part that timers and tokens hold on to; it may outlive the socket.
struct Events {
    wakeup: Wakeup,
    watch: Watch,
}

impl Socket {
    /// Takes over a socket and makes it non-blocking.
    pub fn new(socket: socket2::Socket) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self::non_blocking(socket))
    }

    fn non_blocking(socket: socket2::Socket) -> Self {
        super::runtime::ensure_started();
        let events = Arc::new(Events { wakeup: Wakeup::default(), watch: Watch::default() });
        Self {
            registration: Registration::new(),
            socket,
            alarm: Alarm::new(events.clone()),
            events,
            // What has come before the registration is announced as an edge of its own.
            data: AtomicBool::new(false),
            ending: AtomicBool::new(false),
            turn: AtomicUsize::new(0),
        }
    }

    /// Connects to `address`, until `at` at most; `prepare` sets options before.
    ///
    /// # Errors
    /// The system's, or [`io::ErrorKind::TimedOut`].
    pub fn connect(
        address: &SockAddr,
        prepare: impl FnOnce(&socket2::Socket) -> io::Result<()>,
        at: Option<Instant>,
        token: Option<&CancelToken>,
    ) -> io::Result<Self> {
        let raw = socket2::Socket::new(address.domain(), socket2::Type::STREAM.nonblocking(), None)?;
        prepare(&raw)?;
        while !start_connect(&raw, address)? {
            // A Unix socket whose queue is full announces nothing when there is room again.
            super::sleep(Duration::from_millis(5));
            if at.is_some_and(|at| at <= Instant::now()) {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
        let socket = Self::non_blocking(raw);
        let _guard = token.map(|token| socket.cancel_with(token));
        loop {
            match socket.get_ref().peer_addr() {
                Ok(_) => return Ok(socket),
                Err(error) if error.kind() != io::ErrorKind::NotConnected => return Err(error),
                Err(_) => {}
            }
            if let Some(error) = socket.get_ref().take_error()? {
                return Err(error);
            }
            socket.wait(Interest::Write, at)?;
        }
    }

    /// The socket itself, for options and addresses.
    pub fn get_ref(&self) -> &socket2::Socket {
        &self.socket
    }

    /// A second handle with a registration of its own, so that one coroutine can read while another writes.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Self::non_blocking(self.get_ref().try_clone()?))
    }

    /// Reads what is there; [`io::ErrorKind::WouldBlock`] when nothing is. Never waits.
    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = read(self.get_ref(), buffer);
        self.note_read(&result, buffer.len());
        result
    }

    /// Reads what is there into several pieces in one call, in order.
    pub fn try_read_vectored(&self, pieces: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let room = pieces.iter().map(|piece| piece.len()).sum();
        let result = read_vectored(self.get_ref(), pieces);
        self.note_read(&result, room);
        result
    }

    fn note_read(&self, result: &io::Result<usize>, room: usize) {
        match result {
            Ok(n) if *n == room => self.turn.fetch_add(n + TURN_CALL, Relaxed),
            Ok(n) => {
                self.data.store(self.ending.load(Relaxed), Relaxed);
                self.turn.fetch_add(n + TURN_CALL, Relaxed)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.ending.store(false, Relaxed);
                self.data.store(false, Relaxed);
                0
            }
            Err(_) => 0,
        };
    }

    /// Writes what fits; [`io::ErrorKind::WouldBlock`] when nothing does. Never waits.
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let result = write(self.get_ref(), bytes);
        self.turn.fetch_add(result.as_ref().map_or(0, |n| n + TURN_CALL), Relaxed);
        result
    }

    /// Writes what fits of several pieces in one call.
    pub fn try_write_vectored(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let result = write_vectored(self.get_ref(), pieces);
        self.turn.fetch_add(result.as_ref().map_or(0, |n| n + TURN_CALL), Relaxed);
        result
    }

    /// Whether a read may find something. After `false`, wait before reading: a read that finds nothing is a system
    /// call for nothing, and after a request that is what the first read finds.
    pub fn may_have_data(&self) -> bool {
        self.data.load(Relaxed)
    }

    /// Waits until `what` may be possible, until `at` at most. May return early without a reason, so callers try and
    /// wait in a loop.
    pub fn wait(&self, what: Interest, at: Option<Instant>) -> Result<(), Stop> {
        if may::coroutine::is_coroutine() {
            let Ok((queue, entered)) = self.enter() else {
                return self.look_up_later(at);
            };
            self.alarm.set(at);
            if entered {
                self.check(at)?;
            }
            loop {
                let flags = queue.wait();
                self.note(flags);
                // The clock and the tokens are looked at only after a wake-up that the system did not send.
                if flags & WOKEN != 0 {
                    return self.check(at);
                }
                // Both directions are announced. Room to write, which comes right after connecting, is no reason for a
                // reader to fetch a buffer and try, nor is each arrival one for a writer.
                let wanted = match what {
                    Interest::Read => READABLE | ENDING,
                    Interest::Write => WRITABLE | ENDING,
                    Interest::Both => READABLE | WRITABLE | ENDING,
                };
                if flags & wanted != 0 {
                    return Ok(());
                }
            }
        } else {
            self.registration.leave();
            self.check(at)?;
            if !poll_one(self.get_ref(), what, at, self.events.watch.is_empty()) {
                return self.check(at);
            }
            self.data.store(true, Relaxed);
            self.check_cancelled()
        }
    }

    fn enter(&self) -> io::Result<(Held, bool)> {
        self.registration.enter(self.socket.as_raw_fd(), &self.events.wakeup)
    }

    /// The system has no room for one more in its event queue.
    #[cold]
    fn look_up_later(&self, at: Option<Instant>) -> Result<(), Stop> {
        super::sleep(Duration::from_millis(5));
        self.data.store(true, Relaxed);
        self.check(at)
    }

    /// Gives way to the worker's other coroutines once in a while; called between reads or writes that never wait.
    pub fn take_turns(&self) {
        if self.turn.load(Relaxed) >= TURN_BYTES {
            self.turn.store(0, Relaxed);
            super::yield_io();
        }
    }

    /// Makes waits end with [`Stop::Cancelled`] once `token` is fired, as long as the guard lives.
    pub fn cancel_with(&self, token: &CancelToken) -> CancelGuard {
        self.events.watch.start(token, self.events.clone())
    }

    /// For a connection that lies idle: whether nothing has come, no byte, no end and no error.
    pub fn is_quiet(&self) -> bool {
        self.alarm.clear();
        peeks_nothing(self.get_ref())
    }

    /// Ends both directions: every waiter sees the end.
    pub fn shutdown(&self) {
        self.get_ref().shutdown(Shutdown::Both).ok();
    }

    /// A waker for whoever waits for this socket.
    pub(super) fn waker(&self) -> Waker {
        // From now on, wake-ups find it there.
        self.enter().ok();
        Waker::from(self.events.clone())
    }

    /// Waits for any event or wake-up, without a deadline; on a coroutine only.
    pub(super) fn wait_any(&self) {
        match self.enter() {
            Ok((queue, _)) => self.note(queue.wait()),
            Err(_) => super::sleep(Duration::from_millis(5)),
        }
    }

    fn note(&self, flags: usize) {
        if flags & ENDING != 0 {
            self.ending.store(true, Relaxed);
        }
        if flags & (READABLE | ENDING) != 0 {
            self.data.store(true, Relaxed);
        }
    }

    fn check(&self, at: Option<Instant>) -> Result<(), Stop> {
        self.check_cancelled()?;
        if at.is_some_and(|at| at <= Instant::now()) { Err(Stop::TimedOut) } else { Ok(()) }
    }

    fn check_cancelled(&self) -> Result<(), Stop> {
        if self.events.watch.is_cancelled() { Err(Stop::Cancelled) } else { Ok(()) }
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get_ref().fmt(f)
    }
}

impl Ring for Events {
    fn ring(&self) {
        self.wakeup.wakeup();
    }
}

impl OnCancel for Events {
    fn fired(&self) {
        self.wakeup.wakeup();
    }
}

impl Wake for Events {
    fn wake(self: Arc<Self>) {
        self.wakeup.wakeup();
    }
}

impl From<Stop> for io::Error {
    fn from(stop: Stop) -> Self {
        let kind = match stop {
            Stop::TimedOut => io::ErrorKind::TimedOut,
            Stop::Cancelled => io::ErrorKind::ConnectionAborted,
        };
        io::Error::new(kind, stop)
    }
}

// Outlined, as everything that reads errno: in release builds its address was kept over a yield, and a coroutine that
// had moved read the errno of its old thread.

#[inline(never)]
fn read(socket: &socket2::Socket, buffer: &mut [u8]) -> io::Result<usize> {
    retry_on_intr(|| recv(socket, &mut *buffer, RecvFlags::empty())).map(|(n, _)| n).map_err(io::Error::from)
}

#[inline(never)]
fn read_vectored(socket: &socket2::Socket, pieces: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
    retry_on_intr(|| readv(socket, pieces)).map_err(io::Error::from)
}

#[inline(never)]
fn write(socket: &socket2::Socket, bytes: &[u8]) -> io::Result<usize> {
    retry_on_intr(|| send(socket, bytes, SendFlags::NOSIGNAL)).map_err(io::Error::from)
}

#[inline(never)]
fn write_vectored(socket: &socket2::Socket, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
    let mut nothing = SendAncillaryBuffer::default();
    retry_on_intr(|| sendmsg(socket, pieces, &mut nothing, SendFlags::NOSIGNAL)).map_err(io::Error::from)
}

/// `false` when the connection cannot be started right now.
#[inline(never)]
fn start_connect(socket: &socket2::Socket, address: &SockAddr) -> io::Result<bool> {
    use rustix::io::Errno;
    match socket.connect(address) {
        Err(error) if error.raw_os_error() == Some(Errno::INPROGRESS.raw_os_error()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
        result => result.map(|()| true),
    }
}

#[inline(never)]
fn peeks_nothing(socket: &socket2::Socket) -> bool {
    let peeked = retry_on_intr(|| recv(socket, &mut [0u8; 1][..], RecvFlags::PEEK | RecvFlags::DONTWAIT));
    peeked.is_err_and(|error| error == rustix::io::Errno::WOULDBLOCK)
}

/// Blocks a plain thread; whether the socket is ready, or it is time to look at the clock. A cancel from elsewhere cannot
/// end `poll`, so where one may come it looks up from time to time.
#[inline(never)]
fn poll_one(socket: &socket2::Socket, what: Interest, at: Option<Instant>, undisturbed: bool) -> bool {
    const LOOK_UP: Duration = Duration::from_millis(20);
    let longest = if undisturbed { Duration::from_secs(3600) } else { LOOK_UP };
    let left = at.map_or(longest, |at| at.saturating_duration_since(Instant::now()).min(longest));
    let timeout = Timespec { tv_sec: left.as_secs() as _, tv_nsec: left.subsec_nanos() as _ };
    let flags = match what {
        Interest::Read => PollFlags::IN | PollFlags::RDHUP,
        Interest::Write => PollFlags::OUT,
        Interest::Both => PollFlags::IN | PollFlags::RDHUP | PollFlags::OUT,
    };
    poll(&mut [PollFd::new(socket, flags)], Some(&timeout)).is_ok_and(|ready| ready > 0)
}
