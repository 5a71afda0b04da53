//! Files and standard input: opened before anything is sent, counted where that is cheap.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Seek, SeekFrom, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use maypole::Url;

use super::lines::{Line, Lines};
use super::{BadLine, Input, Read};

/// Files beyond this are not read twice for the sake of a percentage.
const COUNTED: u64 = 1 << 30;

/// One input.
pub(in crate::fetch) struct Source {
    pub(in crate::fetch) name: String,
    pub(super) file: File,
    /// Nobody waits for what a file has.
    pub(in crate::fetch) is_regular: bool,
}

/// What a source cannot be used for.
pub(in crate::fetch) enum Refused {
    /// There is none.
    Usage(String),
    Read(String),
}

/// Opens `files`, or standard input if there are none.
pub(in crate::fetch) fn open(files: &[PathBuf]) -> Result<Vec<Source>, Refused> {
    if files.is_empty() {
        if io::stdin().is_terminal() {
            return Err(Refused::Usage(
                "no FILE, and standard input is a terminal; `-` reads what is typed there".into(),
            ));
        }
        return Ok(vec![Source::open(Path::new("-"))?]);
    }
    files.iter().map(|file| Source::open(file)).collect()
}

impl Source {
    fn open(path: &Path) -> Result<Self, Refused> {
        let is_stdin = path.as_os_str() == "-";
        let name = if is_stdin { "-".to_owned() } else { path.display().to_string() };
        let failed = |error: io::Error| Refused::Read(format!("cannot read {name}: {error}"));
        let file = match is_stdin {
            true => File::from(io::stdin().as_fd().try_clone_to_owned().map_err(failed)?),
            false => File::open(path).map_err(|error| match Url::parse(&name) {
                Ok(url) => {
                    let url = url.without_userinfo();
                    Refused::Usage(format!("{url} is no file; URLs are read: echo {url} | maypole fetch"))
                }
                Err(_) => failed(error),
            })?,
        };
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(Refused::Read(format!("cannot read {name}: it is a directory")));
        }
        Ok(Self { name, file, is_regular: metadata.is_file() })
    }

    /// How many lines say something; `None` if that takes more than a look.
    pub(in crate::fetch) fn count(&mut self) -> io::Result<Option<u64>> {
        if !self.is_regular || self.file.metadata()?.len() > COUNTED {
            return Ok(None);
        }
        self.twice(|source| {
            let (mut lines, mut line, mut count) = (Lines::new(source.file.try_clone()?), Vec::new(), 0);
            while let Some(how) = lines.next(&mut line)? {
                let says = line.iter().find(|byte| !byte.is_ascii_whitespace());
                count += u64::from(how != Line::Whole || says.is_some_and(|&byte| byte != b'#'));
            }
            Ok(Some(count))
        })
    }

    /// Every line that is wrong; what can be read only once is kept in a file without a name meanwhile.
    pub(in crate::fetch) fn check(&mut self, told: &mut dyn FnMut(&BadLine)) -> Result<u64, String> {
        let failed = |name: &str, error: io::Error| format!("cannot read {name}: {error}");
        if !self.is_regular {
            self.spool()?;
        }
        let name = self.name.clone();
        self.twice(|source| {
            let copy = Self { name: source.name.clone(), file: source.file.try_clone()?, is_regular: true };
            let (mut input, mut wrong) = (Input::new(vec![copy]), 0);
            while let Some(read) = input.next().map_err(|(_, error)| error)? {
                if let Read::Malformed(bad) = read {
                    told(&bad);
                    wrong += 1;
                }
            }
            Ok(wrong)
        })
        .map_err(|error| failed(&name, error))
    }

    /// Reads on from the same place afterwards. The place belongs to all copies of the descriptor.
    fn twice<T>(&mut self, look: impl FnOnce(&mut Self) -> io::Result<T>) -> io::Result<T> {
        let start = self.file.stream_position()?;
        let seen = look(self)?;
        self.file.seek(SeekFrom::Start(start))?;
        Ok(seen)
    }

    fn spool(&mut self) -> Result<(), String> {
        let path = std::env::temp_dir().join(format!("maypole-fetch-{}", std::process::id()));
        let failed =
            |error: io::Error| format!("cannot keep {} in {} for --strict: {error}", self.name, path.display());
        let opened = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path);
        let mut spool = opened.map_err(failed)?;
        std::fs::remove_file(&path).map_err(failed)?;
        io::copy(&mut self.file, &mut spool).map_err(failed)?;
        spool.flush().and_then(|()| spool.rewind()).map_err(failed)?;
        (self.file, self.is_regular) = (spool, true);
        Ok(())
    }
}
