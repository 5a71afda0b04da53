//! One process at a time.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::{FlockOperation, OFlags, flock};

use super::problem::{cannot, in_use};
use crate::error::Result;

/// The lock of a directory. The system takes it back from a process that is killed.
pub(super) struct Lock(File);

impl Lock {
    pub(super) fn take(directory: &Path) -> Result<Self> {
        let path = directory.join("frontier.lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            // A link planted there could lead anywhere.
            .custom_flags(OFlags::NOFOLLOW.bits() as i32)
            .open(&path)
            .map_err(cannot("create", &path))?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            let mut by = String::new();
            (&mut file).take(20).read_to_string(&mut by).ok();
            return Err(in_use(directory, by.trim()));
        }
        // Who it is, for the message above; nothing depends on it.
        let pid = format!("{}\n", std::process::id());
        file.set_len(0).and_then(|()| file.write_all(pid.as_bytes())).map_err(cannot("write", &path))?;
        Ok(Self(file))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing would not do while a process that this one has just forked holds the file, too.
        flock(&self.0, FlockOperation::Unlock).ok();
    }
}
