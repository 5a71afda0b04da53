//! Where a body goes, and when what arrived is handed on.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::failure::Failure;
use super::plan::Target;

/// When bytes leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// In pieces of 64 KiB.
    Buffered,
    /// As they arrive.
    AtOnce,
    /// Line by line.
    Lines,
}

/// What becomes of a file that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Replace,
    /// It is an error: the name is the server's.
    Keep,
    /// It is cut to this length, and written behind that.
    Append(u64),
}

const BUFFER: usize = 64 << 10;

/// A body's way out. A file is made with the first bytes, so that a request that fails leaves the old one alone.
pub(super) struct Output {
    target: Target,
    mode: Mode,
    create_dirs: bool,
    pace: Pace,
    writer: Option<BufWriter<File>>,
    /// The beginning of a line whose end has not come yet.
    partial: Vec<u8>,
}

impl Output {
    pub(super) fn new(target: Target, mode: Mode, create_dirs: bool, pace: Pace) -> Self {
        Self { target, mode, create_dirs, pace, writer: None, partial: Vec::new() }
    }

    /// Takes the name that the server gives.
    pub(super) fn rename(&mut self, name: &str) {
        (self.target, self.mode) = (Target::File(name.into()), Mode::Keep);
    }

    /// The file, if it is one.
    pub(super) fn path(&self) -> Option<&Path> {
        match &self.target {
            Target::Stdout => None,
            Target::File(path) | Target::Named(path) => Some(path),
        }
    }

    /// Writes a piece of the body, or of a head that goes before it.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.try_write(bytes).map_err(|error| self.failure(&error))
    }

    /// Writes what is still held, if anything was written at all.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        if self.writer.is_none() && self.partial.is_empty() { Ok(()) } else { self.finish() }
    }

    /// Writes what is still held; an empty body leaves an empty file.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        let partial = std::mem::take(&mut self.partial);
        self.open()
            .and_then(|writer| writer.write_all(&partial).and_then(|()| writer.flush()))
            .map_err(|error| self.failure(&error))
    }

    /// Sets the time of the file, which has been written; what has no time of its own stays as it is.
    pub(super) fn set_time(&self, time: SystemTime) -> io::Result<()> {
        match (&self.writer, self.path()) {
            (Some(writer), Some(path)) if path.is_file() => writer.get_ref().set_modified(time),
            _ => Ok(()),
        }
    }

    fn try_write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.pace {
            Pace::Buffered => self.open()?.write_all(bytes),
            Pace::AtOnce => {
                let writer = self.open()?;
                writer.write_all(bytes)?;
                writer.flush()
            }
            Pace::Lines => self.write_lines(bytes),
        }
    }

    fn write_lines(&mut self, bytes: &[u8]) -> io::Result<()> {
        let complete = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        // A line longer than the buffer is not worth waiting for.
        let complete = if self.partial.len() + bytes.len() > BUFFER { bytes.len() } else { complete };
        if complete > 0 {
            let partial = std::mem::take(&mut self.partial);
            let writer = self.open()?;
            writer.write_all(&partial)?;
            writer.write_all(&bytes[..complete])?;
            writer.flush()?;
        }
        self.partial.extend_from_slice(&bytes[complete..]);
        Ok(())
    }

    fn open(&mut self) -> io::Result<&mut BufWriter<File>> {
        if self.writer.is_none() {
            let file = match self.path() {
                None => stdout()?,
                Some(path) => self.create(path)?,
            };
            self.writer = Some(BufWriter::with_capacity(BUFFER, file));
        }
        self.writer.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn create(&self, path: &Path) -> io::Result<File> {
        if let (true, Some(parent)) = (self.create_dirs, path.parent()) {
            fs::create_dir_all(parent)?;
        }
        match self.mode {
            Mode::Replace => File::create(path),
            Mode::Keep => OpenOptions::new().write(true).create_new(true).open(path),
            Mode::Append(length) => {
                let file = OpenOptions::new().append(true).create(true).open(path)?;
                if file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() > length) {
                    file.set_len(length)?;
                }
                Ok(file)
            }
        }
    }

    fn failure(&self, error: &io::Error) -> Failure {
        let path = self.path().map_or_else(|| PathBuf::from("standard output"), Path::to_path_buf);
        Failure::write(&path, error)
    }
}

/// Standard output without the line buffer that the standard library puts before it.
pub(super) fn stdout() -> io::Result<File> {
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(path: &Path, mode: Mode, pace: Pace) -> Output {
        Output::new(Target::File(path.into()), mode, true, pace)
    }

    #[test]
    fn lines_leave_when_complete_and_the_rest_at_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b");
        let mut output = output(&path, Mode::Replace, Pace::Lines);
        output.write(b"on").unwrap();
        assert!(!path.exists());
        output.write(b"e\ntwo\nthr").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\n");
        output.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\nthr");
    }

    #[test]
    fn a_file_that_is_there_is_replaced_kept_or_gone_on_with() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let write = |mode, bytes: &[u8]| {
            let mut output = output(&path, mode, Pace::Buffered);
            output.write(bytes).and_then(|()| output.finish()).map_err(|failure| failure.code.0)
        };
        assert_eq!(write(Mode::Append(9), b"abc"), Ok(()));
        assert_eq!(write(Mode::Append(2), b"def"), Ok(()));
        assert_eq!(fs::read(&path).unwrap(), b"abdef");
        assert_eq!(write(Mode::Keep, b"no"), Err(23));
        assert_eq!(write(Mode::Replace, b"new"), Ok(()));
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn what_cannot_be_written_is_named() {
        let mut output = Output::new(Target::File("/nowhere/x".into()), Mode::Replace, false, Pace::Buffered);
        let failure = output.write(b"x").unwrap_err();
        assert_eq!(failure.code.0, 23);
        assert!(failure.message.contains("/nowhere/x"), "{}", failure.message);
    }
}
