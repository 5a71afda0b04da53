//! Files of cookies: private, and replaced in one step.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::private;
use crate::error::{Error, Kind, Result};
use crate::rt::{self, Stop};

pub(super) fn save(path: &Path, bytes: Vec<u8>) -> Result<()> {
    blocking(path, "written", move |path| replace(path, &bytes))
}

pub(super) fn load(path: &Path) -> Result<Vec<u8>> {
    blocking(path, "read", |path| std::fs::read(path))
}

pub(super) fn unwritten(error: io::Error) -> Error {
    Error::new(Kind::Io, format!("the cookies could not be written: {error}")).with_source(error)
}

pub(super) fn unread(error: io::Error) -> Error {
    Error::new(Kind::Io, format!("the cookies could not be read: {error}")).with_source(error)
}

fn blocking<T: Send + 'static>(
    path: &Path,
    verb: &str,
    f: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
) -> Result<T> {
    let what = |why: &dyn std::fmt::Display| format!("cookie file `{}` could not be {verb}: {why}", path.display());
    let own = path.to_owned();
    match rt::offload(None, move || f(&own)) {
        Ok(done) => done.map_err(|error| Error::new(Kind::Io, what(&error)).with_source(error)),
        Err(Stop::TimedOut) => Err(Error::new(Kind::Timeout, what(&"timed out"))),
        Err(Stop::Cancelled) => Err(Error::new(Kind::Cancelled, what(&"cancelled"))),
    }
}

/// Writes another file beside it and renames that one, so that nobody ever sees half of it (CVE-2022-32207: the mode is
/// set before the first byte is in it).
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if is_special(path) {
        return std::fs::OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    let beside = beside(path)?;
    let written = private::create(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        // Else the name could reach the disk before the content.
        file.sync_all()
    });
    let done = written.and_then(|()| std::fs::rename(&beside, path));
    if done.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    done
}

/// Whether a device or a pipe is there, which is written into: a rename would put a file in the place of `/dev/null`.
pub(in crate::client) fn is_special(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir())
}

/// A name of its own in the same folder, for what is renamed to `path` once it is whole.
pub(in crate::client) fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not the name of a file"))?;
    let salt = getrandom::u64().map_err(|error| io::Error::other(error.to_string()))?;
    let mut own = std::ffi::OsString::from(".");
    own.push(name);
    own.push(format!(".{salt:016x}"));
    Ok(path.with_file_name(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_pipe_or_device_is_written_into_and_stays() {
        use std::os::unix::fs::FileTypeExt;
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let from = pipe.clone();
        let reader = std::thread::spawn(move || std::fs::read(from).unwrap());
        replace(&pipe, b"cookies").unwrap();
        assert_eq!(reader.join().unwrap(), b"cookies");
        assert!(std::fs::metadata(&pipe).unwrap().file_type().is_fifo());
    }

    #[test]
    fn sec_e6_a_file_is_private_and_replaced_as_a_whole() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jar");
        std::fs::write(&path, "old and readable by all").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let before = std::fs::metadata(&path).unwrap();
        let mut reader = std::fs::File::open(&path).unwrap();

        save(&path, b"new".to_vec()).unwrap();
        let after = std::fs::metadata(&path).unwrap();
        assert_eq!(after.permissions().mode() & 0o777, 0o600);
        assert_ne!(before.ino(), after.ino());
        assert_eq!(load(&path).unwrap(), b"new");
        let mut old = String::new();
        io::Read::read_to_string(&mut reader, &mut old).unwrap();
        assert_eq!(old, "old and readable by all", "whoever reads it meanwhile reads on");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn sec_e6_a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jar");
        std::fs::create_dir_all(path.join("in the way")).unwrap();
        let error = save(&path, b"new".to_vec()).unwrap_err();
        assert_eq!(error.kind(), Kind::Io);
        assert!(error.to_string().contains("jar"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(save(&folder.path().join("none/jar"), Vec::new()).is_err());
        assert!(save(Path::new(".."), Vec::new()).is_err());
        assert!(load(&folder.path().join("none")).unwrap_err().to_string().contains("could not be read"));
    }
}
