//! A file that is there when it is whole.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where a page is to be, and where it is written until it is whole.
pub(super) struct PageFile {
    file: File,
    path: PathBuf,
    /// `None`: the path is a device or a pipe, which nothing may replace.
    part: Option<PathBuf>,
}

impl PageFile {
    /// Finds out whether it can be written, before a run of an hour is made for it.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let path = path.to_owned();
        match fs::metadata(&path) {
            Ok(known) if known.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(known) if !known.is_file() => {
                Ok(Self { file: File::options().write(true).open(&path)?, path, part: None })
            }
            _ => {
                // What a link leads to is replaced, not the link.
                let path = fs::canonicalize(&path).unwrap_or(path);
                let mut part = path.clone().into_os_string();
                // A file of somebody else's is neither followed nor replaced.
                part.push(format!(".{}.part", std::process::id()));
                let part = PathBuf::from(part);
                Ok(Self { file: File::create_new(&part)?, path, part: Some(part) })
            }
        }
    }

    pub(super) fn write(mut self, page: &str) -> io::Result<()> {
        self.file.write_all(page.as_bytes())?;
        if let Some(part) = &self.part {
            fs::rename(part, &self.path)?;
            self.part = None;
        }
        Ok(())
    }
}

impl Drop for PageFile {
    fn drop(&mut self) {
        if let Some(part) = &self.part {
            // It is of no use to anyone, and nobody is left to tell.
            fs::remove_file(part).ok();
        }
    }
}
