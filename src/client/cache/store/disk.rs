//! Answers in a folder: `0/1a/<rest of the key>-<variant>`, one file each, drafts in `tmp`.
//!
//! The folder is the truth: nothing about its entries is remembered but how large they are together, so that several
//! processes may share it without locks. A rename puts an entry in place, an open file outlives its name, and an entry
//! that is replaced or removed by another process is simply found as it is, or not. Everything here blocks.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::time::SystemTime;

use super::draft::Draft;
use super::format::{decode, read_whole};
use super::os::{private_file, private_folder};
use super::sweep::{self, blocks};
use super::{Bounds, Content, Found, Usage, VARIANTS};
use crate::client::cache::digest::Digest;
use crate::client::cache::meta::Meta;
use crate::client::cache::vary::{self, Asker};
use crate::error::{Error, Kind, Phase, Result};

/// Up to this size a body is read and checked at once; a larger one streams, and is checked by its end.
const SMALL: u64 = 256 << 10;
/// After writing this part of the bound it is measured again what other processes have put beside it.
const MEASURE_EVERY: u64 = 10;
/// Says to backup programs that nothing here is worth keeping, and to us that the folder is a cache and not somebody's
/// documents (<https://bford.info/cachedir/>).
const TAG: &str = "CACHEDIR.TAG";
const TAG_TEXT: &[u8] =
    b"Signature: 8a477f597d28d172789f06886806bc55\n# The HTTP cache of a program that uses maypole.\n";

#[derive(Debug)]
pub(in crate::client::cache) struct Disk {
    root: PathBuf,
    used: Mutex<Used>,
    /// Held while the folder is measured; `used` is only ever held for a moment.
    measuring: Mutex<()>,
}

#[derive(Debug, Default)]
struct Used {
    usage: Usage,
    since_measured: u64,
}

impl Disk {
    /// Opens a folder, makes it if it is not there, removes what is not an entry of this version, and what is too much.
    pub(in crate::client::cache) fn open(root: &Path, bounds: Bounds) -> Result<Self> {
        let wrong = |error: io::Error| {
            let what = format!("cache folder {}: {error}", root.display());
            Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build).with_source(error)
        };
        private_folder(DirBuilder::new().recursive(true)).create(root).map_err(wrong)?;
        tag(root).map_err(wrong)?;
        private_folder(DirBuilder::new().recursive(true)).create(root.join("tmp")).map_err(wrong)?;
        let disk = Self { root: root.into(), used: Mutex::default(), measuring: Mutex::default() };
        sweep::drafts(&disk.root.join("tmp"), mark().map_err(wrong)?);
        disk.used().usage = sweep::sweep(&disk.root, bounds, 0, sweep::Look::Inside);
        Ok(disk)
    }

    pub(super) fn find(&self, key: &Digest, asker: Asker<'_>) -> Option<Found> {
        let mut best: Option<(Meta, super::Part, PathBuf)> = None;
        for path in self.variants(key) {
            let Ok(file) = File::open(&path) else { continue };
            let Some((meta, part)) = decode(file, key) else {
                self.discard(&path);
                continue;
            };
            let later = best.as_ref().is_none_or(|(found, ..)| found.came < meta.came);
            if later && vary::fits(&meta.head, &meta.variant, asker) {
                best = Some((meta, part, path));
            }
        }
        let (meta, mut part, path) = best?;
        // The time of the last use: what was unused for longest goes first.
        part.file.set_modified(SystemTime::now()).ok();
        if part.length > SMALL {
            return Some(Found { meta, content: Content::File(part) });
        }
        let Some(body) = read_whole(&mut part) else {
            self.discard(&path);
            return None;
        };
        Some(Found { meta, content: Content::Bytes(body.into()) })
    }

    pub(in crate::client::cache) fn draft(&self, key: &Digest, meta: &Meta) -> io::Result<Draft> {
        let name = format!("{}-{}", mark()?, NEXT.fetch_add(1, Relaxed));
        Draft::new(self.root.join("tmp").join(name), key, meta)
    }

    pub(in crate::client::cache) fn publish(
        &self,
        draft: Draft,
        key: &Digest,
        meta: &Meta,
        bounds: Bounds,
    ) -> io::Result<()> {
        let (folder, path) = self.place(key, &meta.variant);
        let size = blocks(draft.size());
        if size > bounds.bytes {
            return Err(io::Error::other("larger than the whole cache"));
        }
        private_folder(DirBuilder::new().recursive(true)).create(&folder)?;
        let there = self.variants(key).into_iter().filter(|other| *other != path).collect::<Vec<_>>();
        if there.len() >= VARIANTS {
            let oldest = there.into_iter().min_by_key(|path| fs::metadata(path).and_then(|meta| meta.modified()).ok());
            oldest.iter().for_each(|path| self.discard(path));
        }
        self.make_room(size, bounds);
        let replaced = fs::metadata(&path).map(|meta| blocks(meta.len())).ok();
        draft.publish(key, meta, &path)?;
        let mut used = self.used();
        used.since_measured += size;
        used.usage.bytes = (used.usage.bytes + size).saturating_sub(replaced.unwrap_or(0));
        used.usage.entries += u64::from(replaced.is_none());
        Ok(())
    }

    pub(super) fn put(&self, key: &Digest, meta: &Meta, content: Content, bounds: Bounds) -> io::Result<()> {
        let mut draft = self.draft(key, meta)?;
        match content {
            Content::Bytes(bytes) => draft.write(&bytes)?,
            Content::File(part) => copy(part, &mut draft)?,
        }
        self.publish(draft, key, meta, bounds)
    }

    pub(super) fn remove(&self, key: &Digest, variant: Option<&Digest>) {
        let only = variant.map(|variant| self.place(key, variant).1);
        let gone = self.variants(key).into_iter().filter(|path| only.as_ref().is_none_or(|only| only == path));
        gone.for_each(|path| self.discard(&path));
    }

    pub(super) fn clear(&self) {
        sweep::sweep(&self.root, Bounds { bytes: 0, entries: 0 }, 0, sweep::Look::Names);
        let mut used = self.used();
        let evicted = used.usage.evicted;
        *used = Used { usage: Usage { evicted, ..Usage::default() }, since_measured: 0 };
    }

    pub(super) fn usage(&self) -> Usage {
        self.used().usage
    }

    /// Evicts when `size` more would be too much, and measures now and then.
    fn make_room(&self, size: u64, bounds: Bounds) {
        // Who waits here would only do the same, and stands on a thread made for waiting.
        let _measuring = self.measuring.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let (Usage { bytes, entries, evicted }, since) = {
            let used = self.used();
            (used.usage, used.since_measured)
        };
        let full = bytes + size > bounds.bytes || entries as usize >= bounds.entries.max(1);
        if full || since > bounds.bytes / MEASURE_EVERY {
            let found = sweep::sweep(&self.root, bounds, size, sweep::Look::Names);
            *self.used() = Used { usage: Usage { evicted: evicted + found.evicted, ..found }, since_measured: 0 };
        }
    }

    fn discard(&self, path: &Path) {
        let size = fs::symlink_metadata(path).map_or(0, |meta| blocks(meta.len()));
        if fs::remove_file(path).is_ok() {
            let mut used = self.used();
            used.usage.bytes = used.usage.bytes.saturating_sub(size);
            used.usage.entries = used.usage.entries.saturating_sub(1);
        }
    }

    /// Folder and file of an entry.
    fn place(&self, key: &Digest, variant: &Digest) -> (PathBuf, PathBuf) {
        let (key, variant) = (key.hex(), variant.hex());
        let folder = self.root.join(&key[..1]).join(&key[1..3]);
        let file = folder.join(format!("{}-{}", &key[3..], &variant[..16]));
        (folder, file)
    }

    /// The files of a key; of regular files only, so that no link leads out of the folder.
    fn variants(&self, key: &Digest) -> Vec<PathBuf> {
        let (folder, _) = self.place(key, key);
        let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
        let name = &key.hex()[3..];
        let of_key = |entry: &fs::DirEntry| {
            entry
                .file_name()
                .to_str()
                .and_then(|file| file.strip_prefix(name))
                .is_some_and(|rest| rest.starts_with('-'))
                && entry.file_type().is_ok_and(|kind| kind.is_file())
        };
        entries.filter_map(io::Result::ok).filter(of_key).map(|entry| entry.path()).collect()
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

static NEXT: AtomicU64 = AtomicU64::new(0);

/// Tells the drafts of this process from those of one that died and had the same number, as the only process of a
/// container has it every time.
fn mark() -> io::Result<&'static str> {
    static MARK: OnceLock<String> = OnceLock::new();
    if let Some(mark) = MARK.get() {
        return Ok(mark);
    }
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(MARK.get_or_init(|| format!("{}-{:016x}", std::process::id(), u64::from_le_bytes(random))))
}

/// Marks a new or empty folder as a cache, and refuses one that holds something else: entries are removed here.
fn tag(root: &Path) -> io::Result<()> {
    let path = root.join(TAG);
    let mut found = Vec::new();
    match File::open(&path) {
        Ok(file) => {
            file.take(TAG_TEXT.len() as u64).read_to_end(&mut found)?;
            if found == TAG_TEXT { Ok(()) } else { Err(io::Error::other("another program's cache")) }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let foreign = |entry: &fs::DirEntry| !entry.file_name().to_string_lossy().starts_with(TAG);
            if fs::read_dir(root)?.filter_map(Result::ok).any(|entry| foreign(&entry)) {
                return Err(io::Error::other("not empty and not a cache; give a folder of its own"));
            }
            let mut options = File::options();
            // Under its name at once or not at all: a process that is killed here leaves a folder that can be opened.
            let draft = root.join(format!("{TAG}.{}", mark()?));
            private_file(options.write(true).create(true).truncate(true)).open(&draft)?.write_all(TAG_TEXT)?;
            fs::rename(draft, path)
        }
        Err(error) => Err(error),
    }
}

fn copy(part: super::Part, draft: &mut Draft) -> io::Result<()> {
    let mut file = part.file;
    file.seek(SeekFrom::Start(part.start))?;
    let (mut piece, mut left) = (vec![0; 64 << 10], part.length);
    while left > 0 {
        let most = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        match file.read(&mut piece[..most])? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => {
                draft.write(&piece[..n])?;
                left -= n as u64;
            }
        }
    }
    Ok(())
}
