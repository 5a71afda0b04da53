//! Where a body goes, and when what arrived is handed on.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::fd::AsFd;
use std::path::Path;

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

const BUFFER: usize = 64 << 10;

/// A body's way out. A file is made with the first bytes, so that a request that fails leaves the old one alone.
pub(super) struct Output {
    target: Target,
    create_dirs: bool,
    pace: Pace,
    writer: Option<BufWriter<File>>,
    /// The beginning of a line whose end has not come yet.
    partial: Vec<u8>,
}

impl Output {
    pub(super) fn new(target: Target, create_dirs: bool, pace: Pace) -> Self {
        Self { target, create_dirs, pace, writer: None, partial: Vec::new() }
    }

    /// Writes a piece of the body, or of a head that goes before it.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.try_write(bytes).map_err(|error| self.failure(&error))
    }

    /// Writes what is still held; an empty body leaves an empty file.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        let partial = std::mem::take(&mut self.partial);
        self.open()
            .and_then(|writer| writer.write_all(&partial).and_then(|()| writer.flush()))
            .map_err(|error| self.failure(&error))
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
        let file = match (&self.writer, &self.target) {
            (Some(_), _) => None,
            (None, Target::Stdout) => Some(stdout()?),
            (None, Target::File(path)) => {
                if let (true, Some(parent)) = (self.create_dirs, path.parent()) {
                    fs::create_dir_all(parent)?;
                }
                Some(File::create(path)?)
            }
        };
        Ok(self
            .writer
            .get_or_insert_with(|| BufWriter::with_capacity(BUFFER, file.expect("opened when there is no writer"))))
    }

    fn failure(&self, error: &io::Error) -> Failure {
        match &self.target {
            Target::Stdout => Failure::write(Path::new("standard output"), error),
            Target::File(path) => Failure::write(path, error),
        }
    }
}

/// Standard output without the line buffer that the standard library puts before it.
pub(super) fn stdout() -> io::Result<File> {
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_leave_when_complete_and_the_rest_at_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b");
        let mut output = Output::new(Target::File(path.clone()), true, Pace::Lines);
        output.write(b"on").unwrap();
        assert!(!path.exists());
        output.write(b"e\ntwo\nthr").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\n");
        output.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\nthr");
    }

    #[test]
    fn what_cannot_be_written_is_named() {
        let mut output = Output::new(Target::File("/nowhere/x".into()), false, Pace::Buffered);
        let failure = output.write(b"x").unwrap_err();
        assert_eq!(failure.code.0, 23);
        assert!(failure.message.contains("/nowhere/x"), "{}", failure.message);
    }
}
