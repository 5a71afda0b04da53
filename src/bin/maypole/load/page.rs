//! A file that is there when it is whole.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::files::{is_standard, standard_output};

/// Where a page is to be, and where it is written until it is whole.
pub(super) struct PageFile {
    path: PathBuf,
    to: To,
}

enum To {
    /// A file beside it.
    Part(PathBuf),
    /// The path itself, a device or a pipe, which nothing may replace; or standard output.
    Device(File),
}

impl PageFile {
    /// Finds out whether it can be written, before a run of an hour is made for it, and leaves nothing behind: a run may be
    /// killed.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let path = path.to_owned();
        if is_standard(&path) {
            return Ok(Self { path, to: To::Device(standard_output()?) });
        }
        match fs::metadata(&path) {
            Ok(known) if known.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(known) if !known.is_file() => {
                let device = File::options().write(true).open(&path)?;
                Ok(Self { path, to: To::Device(device) })
            }
            _ => {
                // What a link leads to is replaced, not the link.
                let path = fs::canonicalize(&path).unwrap_or(path);
                let mut part = path.clone().into_os_string();
                part.push(format!(".{}.part", std::process::id()));
                let part = PathBuf::from(part);
                // A file of somebody else's is neither followed nor replaced.
                drop(File::create_new(&part)?);
                fs::remove_file(&part)?;
                Ok(Self { path, to: To::Part(part) })
            }
        }
    }

    pub(super) fn write(self, page: &str) -> io::Result<()> {
        match self.to {
            To::Device(mut device) => device.write_all(page.as_bytes()),
            To::Part(part) => {
                let mut file = File::create_new(&part)?;
                let written = file.write_all(page.as_bytes()).and_then(|()| fs::rename(&part, &self.path));
                // A half of it is of no use to anyone.
                written.inspect_err(|_| drop(fs::remove_file(&part)))
            }
        }
    }
}
