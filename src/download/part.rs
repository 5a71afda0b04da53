//! The unfinished file, its lock, and the step to its final name. Everything here blocks: it runs on threads for that.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FallocateFlags, FlockOperation, OFlags, RenameFlags};

use super::meta::Meta;

/// Longer than any that was written: eight thousand ranges.
const LONGEST_META: u64 = 512 << 10;

/// `NAME.part`, open and locked, with `NAME.part.meta` beside it.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) file: Arc<File>,
    pub(super) target: PathBuf,
    pub(super) path: PathBuf,
    meta: PathBuf,
    /// Whether it was under its final name before.
    pub(super) is_adopted: bool,
}

impl Part {
    /// Opens or creates the unfinished file of `target` and locks it; with what an earlier run has left.
    ///
    /// # Errors
    /// `ResourceBusy` if another download is at it, `AlreadyExists` if the file is there and not one of ours.
    pub(super) fn open(target: &Path) -> io::Result<(Self, Option<Meta>)> {
        let (path, meta) = (with_suffix(target, ".part"), with_suffix(target, ".part.meta"));
        let file = loop {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                // A link planted there could lead anywhere.
                .custom_flags(OFlags::NOFOLLOW.bits() as i32)
                .open(&path)
                .map_err(|error| said(error, &format!("cannot create {}", path.display())))?;
            if rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
                let what = format!("file busy: another download is writing {}", path.display());
                return Err(io::Error::new(io::ErrorKind::ResourceBusy, what));
            }
            // The one that held the lock before may have renamed or removed it in between.
            let (ours, there) = (file.metadata()?, fs::symlink_metadata(&path));
            if there.is_ok_and(|there| (there.ino(), there.dev()) == (ours.ino(), ours.dev())) {
                break file;
            }
        };
        let length = file.metadata()?.len();
        let part = Self { file: Arc::new(file), target: target.to_owned(), path, meta, is_adopted: false };
        let known = part.read_meta().map(|meta| meta.trust(&boot_id(), length));
        if known.is_none() && length > 0 {
            let what = format!("{} is there, and no download of ours to go on with; remove it", part.path.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, what));
        }
        Ok((part, known))
    }

    /// Lets the next one in. Closing the file would not do while a process that this one has just forked holds it too.
    pub(super) fn unlock(&self) {
        rustix::fs::flock(&*self.file, FlockOperation::Unlock).ok();
    }

    fn read_meta(&self) -> Option<Meta> {
        let file = OpenOptions::new().read(true).custom_flags(OFlags::NOFOLLOW.bits() as i32).open(&self.meta).ok()?;
        let mut text = String::new();
        file.take(LONGEST_META).read_to_string(&mut text).ok()?;
        Meta::parse(&text)
    }

    /// Replaces what is known about the file, as a whole or not at all.
    pub(super) fn save(&self, meta: &Meta) -> io::Result<()> {
        let new = with_suffix(&self.meta, ".new");
        fs::remove_file(&new).ok();
        let mut file = OpenOptions::new().write(true).create_new(true).open(&new)?;
        file.write_all(meta.to_text().as_bytes())?;
        fs::rename(&new, &self.meta)
    }

    /// Empties it.
    pub(super) fn clear(&self) -> io::Result<()> {
        self.file.set_len(0)
    }

    /// Takes over a file under its final name, as the first bytes of this one.
    pub(super) fn adopt(self) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(OFlags::NOFOLLOW.bits() as i32)
            .open(&self.target)?;
        rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        fs::rename(&self.target, &self.path)?;
        Ok(Self { file: Arc::new(file), is_adopted: true, ..self })
    }

    /// Undoes [`adopt`](Self::adopt).
    pub(super) fn give_back(&self) -> io::Result<()> {
        fs::remove_file(&self.meta).ok();
        rename_new(&self.path, &self.target)
    }

    /// A disk that is too small for `left` more bytes is seen at once, and not an hour later.
    pub(super) fn check_space(&self, left: u64) -> io::Result<()> {
        let Ok(disk) = rustix::fs::fstatvfs(&*self.file) else { return Ok(()) };
        // Some systems do not know how large they are, and say 0.
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if disk.f_blocks == 0 || left <= free { Ok(()) } else { Err(self.full(left)) }
    }

    fn full(&self, bytes: u64) -> io::Error {
        io::Error::new(io::ErrorKind::StorageFull, format!("no room for {bytes} bytes at {}", self.path.display()))
    }

    /// Sets the space aside, where the file system can.
    pub(super) fn preallocate(&self, total: u64) -> io::Result<()> {
        match rustix::fs::fallocate(&*self.file, FallocateFlags::KEEP_SIZE, 0, total) {
            Err(rustix::io::Errno::NOSPC | rustix::io::Errno::FBIG) => Err(self.full(total)),
            _ => Ok(()),
        }
    }

    /// Gives the finished file its name and returns it; `replace` says whether it may take another's place.
    pub(super) fn publish(&self, target: &Path, replace: bool) -> io::Result<()> {
        if replace {
            fs::rename(&self.path, target)?;
        } else {
            rename_new(&self.path, target)?;
        }
        fs::remove_file(&self.meta).ok();
        Ok(())
    }

    /// Removes it, and what is known about it.
    pub(super) fn discard(&self) -> io::Result<()> {
        fs::remove_file(&self.meta).ok();
        fs::remove_file(&self.path)
    }
}

/// Never takes another file's place, whoever made it a moment ago.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, renameat_with};
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // A file system without it.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
            fs::hard_link(from, to)?;
            fs::remove_file(from)
        }
        result => Ok(result?),
    }
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Which run of the system this is.
pub(super) fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

fn said(error: io::Error, what: &str) -> io::Error {
    io::Error::new(error.kind(), format!("{what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{FileExt, symlink};

    #[test]
    fn c340_the_second_to_open_it_is_told_that_it_is_busy() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("x");
        let (part, meta) = Part::open(&target).unwrap();
        assert!(meta.is_none());
        assert_eq!(Part::open(&target).unwrap_err().kind(), io::ErrorKind::ResourceBusy);
        part.discard().unwrap();
        drop(part);
        Part::open(&target).unwrap();
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (target, foreign) = (dir.path().join("x"), dir.path().join("foreign"));
        fs::write(&foreign, "mine").unwrap();
        symlink(&foreign, dir.path().join("x.part")).unwrap();
        assert!(Part::open(&target).is_err());
        fs::remove_file(dir.path().join("x.part")).unwrap();
        fs::write(dir.path().join("x.part"), "mine too").unwrap();
        assert_eq!(Part::open(&target).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&foreign).unwrap(), b"mine");
    }

    #[test]
    fn c339_the_name_comes_last_and_takes_no_other_file_s_place() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("x");
        let (part, _) = Part::open(&target).unwrap();
        part.preallocate(1 << 20).unwrap();
        part.check_space(1 << 20).unwrap();
        assert_eq!(part.check_space(1 << 62).unwrap_err().kind(), io::ErrorKind::StorageFull);
        part.file.write_all_at(b"new", 0).unwrap();
        part.save(&Meta::default()).unwrap();
        fs::write(&target, "old").unwrap();
        assert_eq!(part.publish(&target, false).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&target).unwrap(), b"old");
        part.publish(&target, true).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
