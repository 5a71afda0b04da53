//! `.netrc`: names and passwords by host, in a file that curl, ftp and git read too.

mod parse;

use std::env;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::login::Login;
use crate::error::{Error, Kind, Phase, Result};
use crate::rt;
use parse::Entry;

/// Larger than any such file; what is larger was not meant.
const FILE_BYTES: u64 = 1 << 20;

/// Names and passwords by host, as a `.netrc` file has them.
///
/// ```
/// use maypole::{HttpClient, client::Netrc};
/// let netrc = Netrc::parse("machine api.example login me password \"a secret\"")?;
/// let client = HttpClient::builder().netrc(netrc).build()?;
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// An entry is used for exactly the host that it names, on any port, and is looked up again for each redirect: a host
/// without an entry gets nothing. A `default` entry is for the host of a request's first URL alone. A user name in the
/// URL without a password picks the entry with that login. Once a request has gone over `https`, no entry is sent over
/// `http`.
///
/// The format is curl's: `machine`, `default`, `login`, `password`, `account` (not used) and `macdef` (skipped) in any
/// case, comments from `#` to the end of the line, values in quotes with `\n`, `\r`, `\t` and `\` before any other
/// character. The file's permissions are not looked at, as curl does not either: who may read it is the system's matter.
#[derive(Clone, PartialEq, Eq)]
pub struct Netrc {
    entries: Box<[Entry]>,
}

impl Netrc {
    /// Reads the text of such a file.
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`] for a quote that does not end on its line, with the number of that line and nothing of
    /// its text.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self> {
        let entries = parse::entries(text.as_ref())
            .map_err(|line| wrong(format!("netrc, line {line}: a quote that does not end")))?;
        Ok(Self { entries: entries.into() })
    }

    /// Reads a file, once and now, on a thread where that does no harm.
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`], when it cannot be read, is larger than 1 MiB, or as [`parse`](Self::parse).
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = read(path).map_err(|error| {
            wrong(format!("netrc file {} cannot be read: {error}", path.display())).with_source(error)
        })?;
        Self::parse(text)
    }

    /// Reads the file that `$NETRC` names, else `.netrc` in `$HOME`. Without `$NETRC`, a file that does not exist is one
    /// without entries.
    ///
    /// # Errors
    /// As [`from_file`](Self::from_file).
    pub fn from_env() -> Result<Self> {
        if let Some(path) = env::var_os("NETRC").filter(|path| !path.is_empty()) {
            return Self::from_file(PathBuf::from(path));
        }
        let Some(home) = env::var_os("HOME").filter(|home| !home.is_empty()) else { return Self::parse("") };
        let path = Path::new(&home).join(".netrc");
        match read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::parse(""),
            Err(error) => {
                Err(wrong(format!("netrc file {} cannot be read: {error}", path.display())).with_source(error))
            }
            Ok(text) => Self::parse(text),
        }
    }

    /// The first entry for the host, with that login if one is asked for. `first`: the host is that of the first URL,
    /// so that a `default` entry counts.
    pub(super) fn login(&self, host: &str, user: Option<&[u8]>, first: bool) -> Option<Login> {
        let matching = self.entries.iter().find(|entry| {
            let is_host = entry.machine.as_ref().map_or(first, |machine| machine.eq_ignore_ascii_case(host.as_bytes()));
            is_host && user.is_none_or(|user| *entry.login == *user)
        })?;
        Some(Login::new(&matching.login, &matching.password))
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let path = path.to_owned();
    let reading = rt::offload(None, move || {
        let length = std::fs::metadata(&path)?.len();
        if length > FILE_BYTES {
            return Err(io::Error::other(format!("{length} bytes, and {FILE_BYTES} are the limit")));
        }
        std::fs::read(&path)
    });
    reading.unwrap_or_else(|stop| Err(io::Error::other(stop)))
}

fn wrong(what: String) -> Error {
    Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build)
}

impl fmt::Debug for Netrc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Netrc").field("entries", &self.entries.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
