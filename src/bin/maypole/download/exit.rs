//! Exit codes: curl's, and those that a file adds.

use maypole::error::{Error, Kind, Phase};

/// The list for `--help`.
pub(super) const HELP: &str = "\
Exit codes, curl's but for 32, aria2's:
  0 done                   23 file exists, busy, or not written
  2 usage                  28 timeout
  3 malformed URL          32 checksum differs
  6 host name not found    35 TLS handshake
  7 could not connect      56 could not receive
  18 cut short             60 certificate not trusted
  22 status >= 400         130 Ctrl-C
With several files it is that of the last one that failed.";

pub(super) const USAGE: u8 = 2;
const STATUS: u8 = 22;
const WRITE: u8 = 23;
const CHECKSUM: u8 = 32;
pub(super) const INTERRUPTED: u8 = 130;

pub(super) fn code(error: &Error) -> u8 {
    match (error.kind(), error.phase()) {
        (Kind::Status, _) => STATUS,
        (Kind::Checksum, _) => CHECKSUM,
        (Kind::Cancelled, _) => INTERRUPTED,
        // Of the network every error has a phase.
        (Kind::Io, None | Some(Phase::Build)) => WRITE,
        _ => crate::get::exit_code(error),
    }
}
