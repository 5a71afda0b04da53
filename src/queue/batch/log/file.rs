//! A log file that begins anew each day, week or month.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::clock::Date;
use super::line::line;
use super::logger::Logger;
use super::rotate::Rotate;
use super::writer::{Sink, Writer};
use crate::error::{Error, Kind, Phase, Result};
use crate::rt;

/// Writes dated lines to `<suffix>.log`, which becomes `<suffix>-YYYYMMDD.log` when its day, week or month is over; the date
/// is its first day, in UTC.
///
/// ```
/// # let dir = tempfile::tempdir().unwrap();
/// use maypole::queue::batch::{Batch, FileLogger};
/// let logger = FileLogger::rotating(dir.path(), "aquests").weekly().keep(30).open()?;
/// let batch = Batch::builder().logger(logger).build()?;
/// batch.log("info", "hello");
/// batch.fetch_all();
/// assert!(std::fs::read_to_string(dir.path().join("aquests.log")).unwrap().contains("[info] hello"));
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// A thread of its own writes, as for [`ScreenLogger`](super::ScreenLogger).
#[doc(alias = "file_logger")]
#[doc(alias = "rotate_logger")]
pub struct FileLogger {
    writer: Writer,
    path: PathBuf,
}

/// Options of a [`FileLogger`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `open`"]
pub struct FileLoggerBuilder {
    dir: PathBuf,
    suffix: String,
    rotate: Rotate,
    keep: usize,
}

impl FileLogger {
    /// A log in this directory, which is made if it is not there, under this name.
    pub fn rotating(dir: impl AsRef<Path>, suffix: impl Into<String>) -> FileLoggerBuilder {
        let (dir, suffix) = (dir.as_ref().to_owned(), suffix.into());
        FileLoggerBuilder { dir, suffix, rotate: Rotate::default(), keep: 100 }
    }

    /// The file that is written now.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lines that could not be written: a full disk, a directory that has gone.
    pub fn lost(&self) -> u64 {
        self.writer.lost()
    }
}

impl FileLoggerBuilder {
    /// When a file ends. Default each day, aquests'.
    pub fn rotate(mut self, rotate: Rotate) -> Self {
        self.rotate = rotate;
        self
    }

    /// A file for each day.
    pub fn daily(self) -> Self {
        self.rotate(Rotate::Daily)
    }

    /// A file for each week.
    pub fn weekly(self) -> Self {
        self.rotate(Rotate::Weekly)
    }

    /// A file for each month.
    pub fn monthly(self) -> Self {
        self.rotate(Rotate::Monthly)
    }

    /// How many old files stay; the oldest go. Default 100, aquests'.
    pub fn keep(mut self, files: usize) -> Self {
        self.keep = files;
        self
    }

    /// The logger. A log that is there goes on.
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`] for a name that is no plain file name; [`Kind::Io`] for a directory or file that cannot be
    /// made or written, with its path.
    pub fn open(self) -> Result<FileLogger> {
        if self.suffix.is_empty() || self.suffix.contains(['/', '\\', '\0']) || self.suffix.starts_with('.') {
            let what = format!("log file: `{}` is no plain file name", self.suffix.escape_debug());
            return Err(Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build));
        }
        let path = self.dir.join(format!("{}.log", self.suffix));
        let shown = path.display().to_string();
        let opened = rt::offload(None, move || self.open_at(SystemTime::now()));
        let opened = opened.unwrap_or_else(|_| Err(io::ErrorKind::Interrupted.into()));
        let rotating = opened.map_err(|error| {
            let what = format!("log file {shown}: {error}");
            Error::new(Kind::Io, what).with_phase(Phase::Build).with_source(error)
        })?;
        Ok(FileLogger { writer: Writer::new(rotating), path })
    }

    fn open_at(self, now: SystemTime) -> io::Result<Rotating> {
        fs::create_dir_all(&self.dir)?;
        let path = self.dir.join(format!("{}.log", self.suffix));
        let before = fs::metadata(&path).and_then(|meta| meta.modified()).unwrap_or(now);
        let file = Rotating::append(&path)?;
        let since = self.rotate.begin(Date::of(before));
        Ok(Rotating { options: self, path, file: Some(file), since })
    }
}

impl Logger for FileLogger {
    fn log(&self, kind: &str, name: &str, text: &str) {
        let now = SystemTime::now();
        self.writer.push(line(Some(now), kind, name, text), now);
    }

    fn flush(&self) {
        self.writer.flush();
    }
}

impl fmt::Debug for FileLogger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileLogger").field("path", &self.path).field("lost", &self.lost()).finish_non_exhaustive()
    }
}

/// The file, on the writer's thread.
struct Rotating {
    options: FileLoggerBuilder,
    path: PathBuf,
    /// None when it could not be opened; the next line tries again.
    file: Option<BufWriter<File>>,
    since: Date,
}

impl Rotating {
    fn append(path: &Path) -> io::Result<BufWriter<File>> {
        Ok(BufWriter::new(OpenOptions::new().create(true).append(true).open(path)?))
    }

    /// Gives the file its old name and begins a new one.
    fn turn(&mut self, begin: Date) -> io::Result<()> {
        if let Some(mut file) = self.file.take() {
            file.flush()?;
        }
        let (dir, suffix) = (&self.options.dir, &self.options.suffix);
        let stem = format!("{suffix}-{}", self.since.compact());
        let names = std::iter::once(format!("{stem}.log")).chain((2..1_000).map(|n| format!("{stem}.{n}.log")));
        let free = names.map(|name| dir.join(name)).find(|path| !path.exists());
        fs::rename(&self.path, free.ok_or(io::ErrorKind::AlreadyExists)?)?;
        self.since = begin;
        self.prune()
    }

    fn prune(&self) -> io::Result<()> {
        let prefix = format!("{}-", self.options.suffix);
        let is_old = |name: &str| {
            let rest = name.strip_prefix(&prefix).and_then(|rest| rest.strip_suffix(".log")).unwrap_or_default();
            let (date, number) = rest.split_once('.').unwrap_or((rest, "0"));
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            date.len() == 8 && digits(date) && digits(number)
        };
        let entries = fs::read_dir(&self.options.dir)?.flatten();
        let mut old: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        old.retain(|name| is_old(name));
        old.sort_unstable();
        let surplus = old.len().saturating_sub(self.options.keep);
        old[..surplus].iter().try_for_each(|name| fs::remove_file(self.options.dir.join(name)))
    }
}

impl Sink for Rotating {
    fn write(&mut self, line: &str, at: SystemTime) -> io::Result<()> {
        let begin = self.options.rotate.begin(Date::of(at));
        if begin.day_number > self.since.day_number {
            // What cannot be renamed or removed goes on: a line is worth more than its file's name.
            let turned = self.turn(begin);
            self.since = if turned.is_err() { begin } else { self.since };
        }
        let file = match &mut self.file {
            Some(file) => file,
            file => file.insert(Self::append(&self.path)?),
        };
        file.write_all(line.as_bytes())?;
        file.write_all(b"\n")
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.file.as_mut().map_or(Ok(()), Write::flush);
        if flushed.is_err() {
            self.file = None;
        }
        flushed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }

    fn day(n: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(86_400 * (20_778 + n))
    }

    #[test]
    fn q160_a_file_each_day_and_the_oldest_go() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a-b.log"), "another's").unwrap();
        fs::write(dir.path().join("a-20261122.log"), "from before").unwrap();
        let mut log = FileLogger::rotating(dir.path(), "a").keep(3).open_at(day(0)).unwrap();
        for n in 0..5 {
            log.write(&format!("day {n}"), day(n)).unwrap();
            log.write(&format!("again {n}"), day(n) + Duration::from_secs(3_600)).unwrap();
            log.flush().unwrap();
        }
        // A clock that was set back changes nothing.
        log.write("earlier", day(1)).unwrap();
        log.flush().unwrap();
        assert_eq!(
            names(dir.path()),
            ["a-20261122.log", "a-20261123.log", "a-20261124.log", "a-b.log", "a.log"],
            "20261121 and 20261122.2 are the oldest: names sort by date"
        );
        let read = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap();
        assert_eq!(read("a-20261123.log"), "day 2\nagain 2\n");
        assert_eq!(read("a.log"), "day 4\nagain 4\nearlier\n");
    }

    #[test]
    fn q160_a_log_that_is_there_goes_on_and_what_is_older_is_put_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.log");
        fs::write(&path, "old\n").unwrap();
        File::options().append(true).open(&path).unwrap().set_modified(day(0)).unwrap();
        let mut log = FileLogger::rotating(dir.path(), "a").monthly().open_at(day(3)).unwrap();
        log.write("same month", day(3)).unwrap();
        log.write("next month", day(12)).unwrap();
        log.flush().unwrap();
        assert_eq!(names(dir.path()), ["a-20261101.log", "a.log"]);
        assert_eq!(fs::read_to_string(dir.path().join("a-20261101.log")).unwrap(), "old\nsame month\n");
    }

    #[test]
    fn names_and_directories_that_cannot_be() {
        for suffix in ["", "a/b", "../a", ".hidden"] {
            let error = FileLogger::rotating("/tmp", suffix).open().unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidConfig, "{suffix}");
        }
        let error = FileLogger::rotating("/proc/none", "a").open().unwrap_err();
        assert!(error.kind() == Kind::Io && error.to_string().contains("/proc/none/a.log"), "{error}");
    }
}
