//! Loggers that write to a stream.

use std::fmt;
use std::io::{self, Write};
use std::time::SystemTime;

use super::line::line;
use super::logger::Logger;
use super::writer::{Sink, Writer};

/// Writes dated lines to the screen: `2026-11-21 18:57:23 [info] text`, in UTC.
///
/// ```
/// use maypole::queue::batch::{Logger, ScreenLogger};
/// let logger = ScreenLogger::new();
/// logger.log("info", "crawl", "hello");
/// logger.flush();
/// ```
///
/// A thread of its own writes; who logs waits only when a mebibyte of lines waits already. Dropping it waits for nothing:
/// lines after the last [`flush`](Logger::flush), which [`fetch_all`](super::super::Batch::fetch_all) does at its end, may
/// be lost when the process ends at once.
#[doc(alias = "screen_logger")]
pub struct ScreenLogger(Writer);

impl ScreenLogger {
    /// To standard error: what a program prints as its result stays apart from it.
    pub fn new() -> Self {
        Self::to(io::stderr())
    }

    /// To standard output, as aquests' does.
    pub fn stdout() -> Self {
        Self::to(io::stdout())
    }

    /// To any writer, which may block.
    pub fn to(writer: impl Write + Send + 'static) -> Self {
        Self(Writer::new(Stream(writer)))
    }

    /// Lines that could not be written.
    pub fn lost(&self) -> u64 {
        self.0.lost()
    }
}

impl Default for ScreenLogger {
    fn default() -> Self {
        Self::new()
    }
}

impl Logger for ScreenLogger {
    fn log(&self, kind: &str, name: &str, text: &str) {
        let now = SystemTime::now();
        self.0.push(line(Some(now), kind, name, text), now);
    }

    fn flush(&self) {
        self.0.flush();
    }
}

impl fmt::Debug for ScreenLogger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScreenLogger").field("lost", &self.lost()).finish_non_exhaustive()
    }
}

/// Writes lines without a date, `[info] text`: for a program behind a pipe that has its own.
///
/// ```
/// use maypole::queue::batch::{Logger, PipeLogger};
/// PipeLogger::new().log("info", "", "hello");
/// ```
///
/// Otherwise as [`ScreenLogger`].
#[doc(alias = "pipe_logger")]
pub struct PipeLogger(Writer);

impl PipeLogger {
    /// To standard output.
    pub fn new() -> Self {
        Self::to(io::stdout())
    }

    /// To any writer, which may block.
    pub fn to(writer: impl Write + Send + 'static) -> Self {
        Self(Writer::new(Stream(writer)))
    }

    /// Lines that could not be written.
    pub fn lost(&self) -> u64 {
        self.0.lost()
    }
}

impl Default for PipeLogger {
    fn default() -> Self {
        Self::new()
    }
}

impl Logger for PipeLogger {
    fn log(&self, kind: &str, name: &str, text: &str) {
        self.0.push(line(None, kind, name, text), SystemTime::now());
    }

    fn flush(&self) {
        self.0.flush();
    }
}

impl fmt::Debug for PipeLogger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PipeLogger").field("lost", &self.lost()).finish_non_exhaustive()
    }
}

struct Stream<W>(W);

impl<W: Write + Send + 'static> Sink for Stream<W> {
    fn write(&mut self, line: &str, _at: SystemTime) -> io::Result<()> {
        self.0.write_all(line.as_bytes())?;
        self.0.write_all(b"\n")
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
