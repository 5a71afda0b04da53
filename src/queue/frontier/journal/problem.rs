//! Errors that say which file and what to do.

use std::io;
use std::path::Path;

use crate::error::{Error, Kind, Phase};

/// Something that the system refuses.
pub(super) fn cannot<'a>(what: &'a str, path: &'a Path) -> impl FnOnce(io::Error) -> Error + use<'a> {
    move |why| {
        let advice = match why.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                "; make room and open the directory again: nothing that was accepted is lost"
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                "; it needs a directory that this user may write to"
            }
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => "; a directory is needed there",
            _ => "",
        };
        Error::new(Kind::Io, format!("cannot {what} {}: {why}{advice}", path.display()))
            .with_phase(Phase::Build)
            .with_source(why)
    }
}

/// Something that no kill leaves.
pub(super) fn damaged(path: &Path, at: u64) -> Error {
    let what = format!("{} is damaged at byte {at}; restore it from a copy, or remove the directory", path.display());
    Error::new(Kind::Decode, what).with_phase(Phase::Build)
}

pub(super) fn foreign(path: &Path) -> Error {
    let what = format!("{} was not written by this version; use another directory", path.display());
    Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build)
}

pub(super) fn in_use(path: &Path, by: &str) -> Error {
    let by = if by.is_empty() { "another process".into() } else { format!("process {by}") };
    let what = format!("{} is in use by {by}; wait for its end, or use another directory", path.display());
    Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build)
}
