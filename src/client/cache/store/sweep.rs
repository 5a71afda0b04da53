//! Measuring the folder and making room in it.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::format::FRONT;
use super::{Bounds, Usage};

/// A draft this old has no writer any more, whatever its number says.
const OLD_DRAFT: Duration = Duration::from_secs(60 * 60);
/// How full the folder is after room was made, in percent: made for one entry alone, each further one would have all of
/// it measured again.
const FULL: u64 = 90;

/// How closely to look at each file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Names,
    /// At its first bytes and its length too.
    Inside,
}

struct Entry {
    path: PathBuf,
    used: SystemTime,
    size: u64,
}

/// What a file takes of the disk, which gives room in blocks.
pub(super) fn blocks(bytes: u64) -> u64 {
    bytes.div_ceil(4096) * 4096
}

/// Removes what is no entry and, if there is too much with `more` bytes to come, what was unused for longest.
pub(super) fn sweep(root: &Path, bounds: Bounds, more: u64, look: Look) -> Usage {
    let mut entries = entries(root, look);
    let mut usage =
        Usage { bytes: entries.iter().map(|entry| entry.size).sum(), entries: entries.len() as u64, evicted: 0 };
    let most = bounds.entries as u64;
    if usage.bytes + more <= bounds.bytes && usage.entries + u64::from(more > 0) <= most {
        return usage;
    }
    entries.sort_unstable_by_key(|entry| entry.used);
    let (bytes, most) = ((bounds.bytes / 100 * FULL).min(bounds.bytes.saturating_sub(more)), most * FULL / 100);
    for entry in entries {
        if usage.bytes <= bytes && usage.entries <= most {
            break;
        }
        if fs::remove_file(&entry.path).is_ok() {
            usage.evicted += 1;
        }
        usage.bytes -= entry.size;
        usage.entries -= 1;
    }
    usage
}

/// Everything in the folders of entries. What has another name than an entry's is garbage there and removed; folders and
/// files beside them are not ours to touch.
fn entries(root: &Path, look: Look) -> Vec<Entry> {
    let mut found = Vec::new();
    for first in folders(root, 1) {
        for second in folders(&first, 2) {
            let Ok(files) = fs::read_dir(&second) else { continue };
            for file in files.filter_map(Result::ok) {
                let Ok(meta) = file.metadata() else { continue };
                if meta.is_dir() {
                    continue;
                }
                let path = file.path();
                let named = meta.is_file() && file.file_name().to_str().is_some_and(is_name);
                if !named || (look == Look::Inside && !is_entry(&path, meta.len())) {
                    fs::remove_file(&path).ok();
                    continue;
                }
                let used = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                found.push(Entry { path, used, size: blocks(meta.len()) });
            }
        }
    }
    found
}

fn folders(parent: &Path, digits: usize) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    let ours = |entry: &fs::DirEntry| {
        entry.file_type().is_ok_and(|kind| kind.is_dir())
            && entry.file_name().to_str().is_some_and(|name| name.len() == digits && name.bytes().all(is_digit))
    };
    entries.filter_map(Result::ok).filter(ours).map(|entry| entry.path()).collect()
}

fn is_name(name: &str) -> bool {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(is_digit);
    name.split_once('-').is_some_and(|(key, variant)| digits(key, 61) && digits(variant, 16))
}

fn is_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// Whether its first bytes are of this version and its length is what they say. The sums are looked at when it is used.
fn is_entry(path: &Path, length: u64) -> bool {
    let mut front = Vec::with_capacity(FRONT);
    let read = fs::File::open(path).and_then(|file| file.take(FRONT as u64).read_to_end(&mut front));
    read.is_ok() && super::format::is_front(&front, length)
}

/// Removes the drafts of processes that are gone. A wrong guess costs its writer one entry: the rename then fails.
pub(super) fn drafts(folder: &Path, own: &str) {
    let Ok(files) = fs::read_dir(folder) else { return };
    for file in files.filter_map(Result::ok) {
        let name = file.file_name().to_string_lossy().into_owned();
        let age = file.metadata().and_then(|meta| meta.modified()).ok().and_then(|at| at.elapsed().ok());
        let other = |pid: &str| own.split('-').next() != Some(pid) && Path::new("/proc").join(pid).exists();
        let lives = name.starts_with(own) || name.split('-').next().is_some_and(other);
        if !lives || age.is_some_and(|age| age > OLD_DRAFT) {
            fs::remove_file(file.path()).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::cache::digest::Digest;

    #[test]
    fn names_of_entries() {
        let hex = Digest::of([]).hex();
        let name = format!("{}-{}", &hex[3..], &hex[..16]);
        assert!(is_name(&name));
        for other in ["", "-", "a-b", &name[1..], &name.to_uppercase(), &format!("{name}0"), &name.replace('-', "_")] {
            assert!(!is_name(other), "{other}");
        }
    }
}
