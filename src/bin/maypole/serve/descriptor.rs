//! A second descriptor of an accepted socket.
//!
//! `may_minihttp` keeps the stream to itself and only gives its number away. Making a descriptor of a number takes
//! `unsafe`, unless the kernel does it: the number goes through a socket pair to this same process (`SCM_RIGHTS`) and
//! comes back as a descriptor that is owned. `pidfd_getfd` would do as well, but containers forbid it.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixDatagram;
use std::sync::{Mutex, PoisonError};

use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use socket2::Socket;

/// The socket pair, one for the whole server.
pub(super) struct Duplicator(Mutex<(UnixDatagram, UnixDatagram)>);

impl Duplicator {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self(Mutex::new(UnixDatagram::pair()?)))
    }

    /// Another descriptor for the socket with number `fd`, which the caller knows to be open.
    pub(super) fn duplicate(&self, fd: RawFd) -> io::Result<Socket> {
        // Held over two system calls that never wait: the message is there before it is asked for.
        let pair = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        send(&pair.0, fd)?;
        receive(&pair.1).map(Socket::from)
    }
}

// Out of line: both read errno, and a coroutine must not find another thread's there.
#[inline(never)]
fn send(to: &UnixDatagram, fd: RawFd) -> io::Result<()> {
    let rights = [fd];
    let message = [ControlMessage::ScmRights(&rights)];
    sendmsg::<()>(to.as_raw_fd(), &[IoSlice::new(b"f")], &message, MsgFlags::MSG_DONTWAIT, None)?;
    Ok(())
}

#[inline(never)]
fn receive(from: &UnixDatagram) -> io::Result<OwnedFd> {
    let mut byte = [0];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT;
    recvmsg(from, &mut [IoSliceMut::new(&mut byte)], &mut ancillary, flags)?;
    ancillary
        .drain()
        .find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut fds) => fds.next(),
            _ => None,
        })
        .ok_or_else(|| io::Error::other("no descriptor came back"))
}
