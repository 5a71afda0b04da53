//! Response heads as text: for `-i`, `-D` and `-I`.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use maypole::message::Headers;

use super::failure::Failure;
use super::output;

/// The status line and every header line as received, with the empty line at the end.
pub(super) fn text(line: &str, headers: &Headers) -> Vec<u8> {
    let mut text = format!("{line}\r\n").into_bytes();
    for (name, value) in headers.iter() {
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value);
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b"\r\n");
    text
}

/// `HTTP/1.1 200 OK`, as curl prints it: with the blank also when there is no reason phrase.
pub(super) fn status_line(version: impl std::fmt::Display, status: u16, reason: Option<&str>) -> String {
    format!("{version} {status} {}", reason.unwrap_or_default())
}

/// The file of `-D`, made once for all URLs.
pub(super) struct Dump {
    path: PathBuf,
    file: File,
}

impl Dump {
    pub(super) fn create(path: &Path) -> Result<Self, Failure> {
        let file = if path.as_os_str() == "-" { output::stdout() } else { File::create(path) };
        match file {
            Ok(file) => Ok(Self { path: path.to_owned(), file }),
            Err(error) => Err(Failure::write(path, &error)),
        }
    }

    pub(super) fn write(&self, head: &[u8]) -> Result<(), Failure> {
        let write = || -> io::Result<()> { (&self.file).write_all(head) };
        write().map_err(|error| Failure::write(&self.path, &error))
    }
}
