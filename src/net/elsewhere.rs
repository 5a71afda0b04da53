//! In place of what only Linux has.

use std::io;

pub(super) fn bind_device(_: &socket2::Socket, _: &str) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "only on Linux"))
}
