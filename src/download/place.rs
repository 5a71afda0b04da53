//! Where the file goes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::meta::Meta;
use super::name;
use super::part::Part;
use super::settings::Existing;
use crate::error::{Error, Kind, Result};
use crate::rt;

/// Names tried in `Existing::Rename`, as in aria2.
const NUMBERS: u32 = 9_999;

/// The open file of a download.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub(super) part: Part,
    /// What an earlier run has left.
    pub(super) meta: Option<Meta>,
    /// The length of a file of that name that another program has begun.
    pub(super) adopted: Option<u64>,
    /// Whether the name is taken by what the new file may take the place of.
    pub(super) replaces: bool,
}

/// Opens `target`, or what stands in for it. Waits, without blocking a worker.
pub(super) fn open(target: PathBuf, existing: Existing, adopt: bool) -> Result<Spot> {
    blocking(move || {
        let name = target.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        let mut number = 0;
        loop {
            // A name that is not text cannot be numbered.
            let candidate = match (&name, number) {
                (Some(name), 1..) => target.with_file_name(name::numbered(name, number)),
                _ => target.clone(),
            };
            let may_rename = existing == Existing::Rename && name.is_some() && number < NUMBERS;
            match open_one(&candidate, existing, adopt) {
                Err(error) if may_rename && is_taken(&error) => number += 1,
                result => return result,
            }
        }
    })
}

/// Somebody else's file, or a download that runs.
fn is_taken(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::ResourceBusy)
}

fn open_one(target: &Path, existing: Existing, adopt: bool) -> io::Result<Spot> {
    // Not followed: a link that leads nowhere is there as well.
    let there = fs::symlink_metadata(target).ok();
    let begun = there.as_ref().filter(|there| adopt && there.is_file()).map(fs::Metadata::len);
    if there.as_ref().is_some_and(fs::Metadata::is_dir) {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, format!("{} is a directory", target.display())));
    }
    // A file would take its place: nobody means that of /dev/null.
    if there.as_ref().is_some_and(|there| !there.is_file() && !there.is_symlink()) {
        let what = format!("{} is a device, pipe or socket, not a file", target.display());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    if there.is_some() && begun.is_none() && existing != Existing::Replace {
        let what = format!("{} exists; it is not overwritten unless that is asked for", target.display());
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, what));
    }
    let (part, meta) = Part::open(target)?;
    let meta = meta.filter(|meta| !meta.done.is_empty());
    let adopted = begun.filter(|&length| length > 0 && meta.is_none());
    Ok(Spot { part, meta, adopted, replaces: begun.is_some() })
}

/// Gives the file its name and returns which one it became.
pub(super) fn publish(part: &Part, existing: Existing, replaces: bool) -> io::Result<PathBuf> {
    let (target, name) = (&part.target, part.target.file_name().and_then(|name| name.to_str()));
    let mut number = 0;
    loop {
        let candidate = match (name, number) {
            (Some(name), 1..) => target.with_file_name(name::numbered(name, number)),
            _ => target.clone(),
        };
        let may_rename = existing == Existing::Rename && name.is_some() && number < NUMBERS;
        match part.publish(&candidate, existing == Existing::Replace || replaces) {
            Ok(()) => return Ok(candidate),
            Err(error) if may_rename && is_taken(&error) => number += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Runs what blocks on a thread for that.
pub(super) fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T> {
    let done = rt::offload(None, work).unwrap_or_else(|stop| Err(io::Error::other(stop)));
    done.map_err(|error| Error::new(Kind::Io, error.to_string()).with_source(error))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_or_device_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let refused = open_one(&pipe, Existing::Replace, true).err().unwrap();
        assert!(refused.to_string().contains("not a file"), "{refused}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
