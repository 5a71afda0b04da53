//! The directory, and how its files are made.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::problem::cannot;
use crate::error::Result;

/// Bytes at the start of each file: what it is, the version, and a number.
pub(super) const HEAD: u64 = 16;

/// The directory, and how its files are made.
pub(super) struct Place {
    pub(super) directory: PathBuf,
    pub(super) sync: bool,
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    Items,
    Seen,
    Ends,
}

impl Sort {
    pub(super) const ALL: [Self; 3] = [Self::Items, Self::Seen, Self::Ends];

    fn name(self) -> &'static str {
        match self {
            Self::Items => "items",
            Self::Seen => "seen",
            Self::Ends => "ends",
        }
    }

    /// The first eight bytes; the last of them is the version of the format.
    fn magic(self) -> &'static [u8; 8] {
        match self {
            Self::Items => b"MPItems1",
            Self::Seen => b"MPSeen.1",
            Self::Ends => b"MPEnds.1",
        }
    }

    pub(super) fn head(self, number: u64) -> [u8; HEAD as usize] {
        let mut head = [0; HEAD as usize];
        head[..8].copy_from_slice(self.magic());
        head[8..].copy_from_slice(&number.to_le_bytes());
        head
    }

    /// The number in a head; `None` if it is not one of this sort.
    pub(super) fn number(self, head: &[u8]) -> Option<u64> {
        let (magic, number) = head.split_at_checked(8)?;
        (magic == self.magic()).then(|| number.first_chunk().map(|bytes| u64::from_le_bytes(*bytes)))?
    }
}

/// The sort and number of a file by its name, and whether it was never finished.
pub(super) fn named(name: &str) -> Option<(Sort, u64, bool)> {
    let (stem, is_draft) = match name.strip_suffix(".log") {
        Some(stem) => (stem, false),
        None => (name.strip_suffix(".tmp")?, true),
    };
    let (sort, number) = stem.split_once('-')?;
    let sort = Sort::ALL.into_iter().find(|other| other.name() == sort)?;
    Some((sort, number.parse().ok()?, is_draft))
}

impl Place {
    pub(super) fn path(&self, sort: Sort, number: u64) -> PathBuf {
        self.directory.join(format!("{}-{number:010}.log", sort.name()))
    }

    /// A file that comes into being as a whole or not at all: written aside, made durable, renamed. Whatever it replaces
    /// can be removed then.
    pub(super) fn create(&self, sort: Sort, number: u64, content: &[u8]) -> Result<File> {
        let path = self.path(sort, number);
        let draft = path.with_extension("tmp");
        let make = || {
            fs::remove_file(&draft).ok();
            let mut file = OpenOptions::new().read(true).append(true).create_new(true).mode(0o600).open(&draft)?;
            file.write_all(content)?;
            file.sync_data()?;
            fs::rename(&draft, &path)?;
            self.sync_directory()?;
            Ok(file)
        };
        make().map_err(cannot("write", &path))
    }

    fn sync_directory(&self) -> io::Result<()> {
        File::open(&self.directory)?.sync_all()
    }

    /// Appends, or leaves the file as it was.
    pub(super) fn append(&self, mut file: &File, path: &Path, length: u64, bytes: &[u8]) -> Result<()> {
        let written = file.write_all(bytes).and_then(|()| if self.sync { file.sync_data() } else { Ok(()) });
        written.map_err(|why| {
            // What cannot be taken back now is cut off when the directory is opened.
            file.set_len(length).ok();
            cannot("write", path)(why)
        })
    }
}
