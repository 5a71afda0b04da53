//! Unix sockets: a path instead of a name.

use std::path::Path;

use socket2::SockAddr;

use crate::deadline::Until;
use crate::error::{Error, Kind, Phase, Result};
use crate::rt::{CancelToken, Socket};

/// Connects to the socket at `path`. A full queue of waiting connections is waited for, as a blocking connect does.
pub(super) fn connect(path: &Path, until: Until, token: Option<&CancelToken>) -> Result<Socket> {
    let at_path = |error: Error| error.with_phase(Phase::Connect).with_address(path.display().to_string());
    // A path has 107 bytes at most.
    let address = SockAddr::unix(path)
        .map_err(|error| at_path(Error::new(Kind::InvalidConfig, "not a path of a Unix socket").with_source(error)))?;
    Socket::connect(&address, |_| Ok(()), until.at(), token)
        .map_err(|error| at_path(super::failures::failed(error, until)))
}
