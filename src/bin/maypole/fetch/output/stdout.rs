//! Standard output, line by line.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::AsFd;

/// Whole lines alone leave here, whoever else writes there.
pub(in crate::fetch) struct Stdout {
    file: File,
    is_durable: bool,
}

impl Stdout {
    /// What is `is_durable` survives a loss of power, where standard output is a file.
    pub(in crate::fetch) fn open(is_durable: bool) -> io::Result<Self> {
        let file = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let is_regular = file.metadata()?.is_file();
        let mut stdout = Self { file, is_durable: is_durable && is_regular };
        if is_regular {
            stdout.end_last_line()?;
        }
        Ok(stdout)
    }

    /// A run that was killed may have left half a line; what is appended to it would be lost with it.
    fn end_last_line(&mut self) -> io::Result<()> {
        // Opened for writing alone, as a shell does it; by this name it can be read.
        let Ok(mut reading) = File::open("/proc/self/fd/1") else { return Ok(()) };
        let mut last = [b'\n'];
        if reading.seek(SeekFrom::End(-1)).is_ok() && reading.read(&mut last).is_ok() && last != [b'\n'] {
            self.file.write_all(b"\n")?;
        }
        Ok(())
    }

    pub(in crate::fetch) fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        self.file.write_all(lines)?;
        if self.is_durable { self.file.sync_data() } else { Ok(()) }
    }
}
