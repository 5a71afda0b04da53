//! An answer while it is written: under a name that nobody looks for, removed if it stays a draft.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::format::encode;
use super::os::private_file;
use crate::client::cache::digest::Digest;
use crate::client::cache::meta::Meta;

#[derive(Debug)]
pub(in crate::client::cache) struct Draft {
    file: File,
    path: PathBuf,
    front: usize,
    length: u64,
    sum: Sha256,
    named: bool,
}

impl Draft {
    pub(super) fn new(path: PathBuf, key: &Digest, meta: &Meta) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let mut file = private_file(options.write(true).create_new(true)).open(&path)?;
        // The sums are not known yet, their place is.
        let front = encode(key, meta, 0, &Digest([0; 32]));
        let written = file.write_all(&front);
        let draft = Self { file, path, front: front.len(), length: 0, sum: Sha256::new(), named: false };
        written.map(|()| draft)
    }

    pub(in crate::client::cache) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.sum.update(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// The size of the file to be.
    pub(super) fn size(&self) -> u64 {
        self.front as u64 + self.length
    }

    /// Gives it its name, in one step: whoever looks sees the old answer or this one. Not synced to the disk: a cache
    /// may lose what it held when the power fails, and the sums tell.
    pub(super) fn publish(mut self, key: &Digest, meta: &Meta, to: &Path) -> io::Result<()> {
        let sum = Digest(self.sum.clone().finalize().into());
        let front = encode(key, meta, self.length, &sum);
        if front.len() != self.front {
            return Err(io::Error::other("the head has changed"));
        }
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&front)?;
        fs::rename(&self.path, to)?;
        self.named = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.named {
            fs::remove_file(&self.path).ok();
        }
    }
}
