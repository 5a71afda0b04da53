//! What only Linux has.

use std::io;

pub(super) fn bind_device(socket: &socket2::Socket, interface: &str) -> io::Result<()> {
    socket.bind_device(Some(interface.as_bytes()))
}
