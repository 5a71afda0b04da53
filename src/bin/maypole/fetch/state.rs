//! What of the input a state directory has already.
//!
//! The frontier knows how many lines it has accepted, and takes them up to the last one through a kill. Lines that it has
//! are read over in the next run. With `--dedupe` they are offered again instead, and it knows each one by what it is.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use maypole::queue::Item;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The frontier's part of the directory.
pub(super) fn queue(folder: &Path) -> PathBuf {
    folder.join("queue")
}

/// A digest of the first so many items: how a changed input is found out.
#[derive(Deserialize, Serialize, Debug, PartialEq, Eq)]
struct Mark {
    items: u64,
    sha256: String,
    /// Whether lines are known by what they are, and not by how many there were.
    dedupe: bool,
}

/// Follows what is read and says what is new.
pub(super) struct Progress {
    file: PathBuf,
    /// Items that the frontier has from earlier runs, in their order.
    known: u64,
    mark: Option<Mark>,
    is_deduping: bool,
    read: u64,
    digest: Sha256,
}

impl Progress {
    /// With `known` items in the directory.
    pub(super) fn open(folder: &Path, known: u64, is_deduping: bool) -> Result<Self, String> {
        let file = folder.join("input.json");
        let failed = |why: String| format!("--state {}: {}: {why}", folder.display(), file.display());
        let mark: Option<Mark> = match fs::read(&file) {
            Ok(text) => Some(serde_json::from_slice(&text).map_err(|error| failed(error.to_string()))?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error.to_string())),
        };
        let is_begun = mark.is_some();
        if mark.as_ref().is_some_and(|mark| mark.dedupe != is_deduping) {
            let how = if is_deduping { "without" } else { "with" };
            return Err(failed(format!("this state was begun {how} --dedupe, and goes on only so")));
        }
        let progress = Self { file: file.clone(), known, mark, is_deduping, read: 0, digest: Sha256::new() };
        if !is_begun {
            progress.write().map_err(|error| failed(error.to_string()))?;
        }
        Ok(progress)
    }

    /// Whether lines that are read now may be known.
    pub(super) fn is_behind(&self) -> bool {
        !self.is_deduping && self.read < self.known
    }

    /// Whether the item is new.
    ///
    /// # Errors
    /// What was read before is not what is read now.
    pub(super) fn is_new(&mut self, item: &Item) -> Result<bool, String> {
        if self.is_deduping {
            return Ok(true);
        }
        self.read += 1;
        let headers = item.headers.iter().flat_map(|(name, value)| [name.as_bytes(), value]);
        for part in [item.method.as_str().as_bytes(), item.url.as_bytes(), &item.body].into_iter().chain(headers) {
            self.digest.update((part.len() as u64).to_le_bytes());
            self.digest.update(part);
        }
        match &self.mark {
            Some(mark) if mark.items == self.read && mark.sha256 != self.sha256() => Err(format!(
                "among the first {} lines are others than those that this state was begun with. Give it the input that it \
                 had, which may have grown; or --dedupe, which finds the new lines wherever they are",
                self.read
            )),
            _ => Ok(self.read > self.known),
        }
    }

    fn sha256(&self) -> String {
        self.digest.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The input has ended. One that says nothing goes on with what is there: what came through a pipe is gone.
    ///
    /// # Errors
    /// It has ended before the place up to which it is known.
    pub(super) fn end(&self) -> Result<(), String> {
        match &self.mark {
            Some(mark) if (1..mark.items).contains(&self.read) => Err(format!(
                "this input has {} lines, and this state was begun with one of {}. Give it the input that it had, which may \
                 have grown; or --dedupe from the first run on; or another directory",
                self.read, mark.items
            )),
            _ => Ok(()),
        }
    }

    /// Everything read so far has been accepted.
    pub(super) fn save(&self) -> io::Result<()> {
        if self.read > self.known { self.write() } else { Ok(()) }
    }

    fn write(&self) -> io::Result<()> {
        let part = self.file.with_extension("part");
        let text = serde_json::to_vec(&Mark { items: self.read, sha256: self.sha256(), dedupe: self.is_deduping })?;
        let mut file = File::create(&part)?;
        file.write_all(&text)?;
        fs::rename(&part, &self.file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_read_over_and_a_change_is_found_out() {
        let folder = std::env::temp_dir().join(format!("maypole-state-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let item = |n: u32| Item::get(format!("http://h/{n}"));
        let mut first = Progress::open(&folder, 0, false).unwrap();
        assert!((0..5).all(|n| first.is_new(&item(n)) == Ok(true)));
        first.save().unwrap();
        // Two more were accepted, and killed before they were marked.
        let mut second = Progress::open(&folder, 7, false).unwrap();
        let new: Vec<_> = (0..9).map(|n| second.is_new(&item(n)).unwrap()).collect();
        assert_eq!(new, [false, false, false, false, false, false, false, true, true]);
        let mut changed = Progress::open(&folder, 5, false).unwrap();
        assert!((1..5).all(|n| changed.is_new(&item(n)) == Ok(false)));
        assert!(changed.is_new(&item(5)).unwrap_err().contains("first 5 lines"));
        assert!(Progress::open(&folder, 5, true).is_err());
        let mut shorter = Progress::open(&folder, 5, false).unwrap();
        assert_eq!(shorter.end(), Ok(()), "nothing was given again");
        assert!((0..4).all(|n| shorter.is_new(&item(n)) == Ok(false)));
        assert!(shorter.end().unwrap_err().contains("has 4 lines"));
        assert!(shorter.is_new(&item(4)) == Ok(false) && shorter.end().is_ok());
        fs::write(folder.join("input.json"), "x").unwrap();
        assert!(Progress::open(&folder, 5, false).is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
