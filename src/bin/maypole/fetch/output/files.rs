//! Bodies as files of a directory.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use maypole::Url;
use sha2::{Digest, Sha256};

use crate::fetch::work::Asked;

/// Of a name what a person recognizes; the rest of 255 bytes is for the digest and the ending.
const STEM: usize = 100;
const ENDING: usize = 16;

/// Threads that sync at once: what they ask for together a file system does together, at the price of one.
const AT_ONCE: usize = 16;

pub(in crate::fetch) struct Files {
    folder: PathBuf,
    is_durable: bool,
    /// Written and not synced yet, where that matters.
    parts: Vec<Part>,
}

/// A file that has not got its name yet.
struct Part {
    file: File,
    /// Its own, and the one that it is to have.
    from: PathBuf,
    to: PathBuf,
}

impl Files {
    /// Makes the directory and sees whether files can be made there.
    pub(in crate::fetch) fn open(folder: &Path, is_durable: bool) -> io::Result<Self> {
        if folder.metadata().is_ok_and(|there| !there.is_dir()) {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        fs::create_dir_all(folder)?;
        let probe = folder.join(format!(".maypole-{}", std::process::id()));
        File::create(&probe)?;
        fs::remove_file(&probe)?;
        Ok(Self { folder: folder.to_owned(), is_durable, parts: Vec::new() })
    }

    /// Stores the body of this item; it is there, and stays there, once [`settle`](Self::settle) has said so. Nobody ever
    /// sees half of it under its name, and a second run writes the same name.
    pub(in crate::fetch) fn store(&mut self, asked: &Asked, body: &[u8]) -> io::Result<PathBuf> {
        let name = name(asked);
        let (from, to) = (self.folder.join(format!(".{name}.part")), self.folder.join(name));
        let file = File::create(&from)?;
        let part = Part { file, from, to: to.clone() };
        if let Err(error) = (&part.file).write_all(body) {
            part.forget();
            return Err(error);
        }
        match self.is_durable {
            true => self.parts.push(part),
            false => part.name()?,
        }
        Ok(to)
    }

    /// What was stored since the last time survives a loss of power, names and all.
    pub(in crate::fetch) fn settle(&mut self) -> io::Result<()> {
        if self.parts.is_empty() {
            return Ok(());
        }
        let parts = std::mem::take(&mut self.parts);
        let settled = sync(&parts).and_then(|()| parts.iter().try_for_each(Part::name));
        if settled.is_err() {
            parts.iter().for_each(Part::forget);
        }
        settled?;
        File::open(&self.folder)?.sync_all()
    }
}

impl Part {
    fn name(&self) -> io::Result<()> {
        fs::rename(&self.from, &self.to).inspect_err(|_| self.forget())
    }

    fn forget(&self) {
        fs::remove_file(&self.from).ok();
    }
}

/// Contents only, with a few threads; those that cannot be started are not needed.
fn sync(parts: &[Part]) -> io::Result<()> {
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(part) = parts.get(next.fetch_add(1, Relaxed)) {
            part.file.sync_data()?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let others = 1..parts.len().min(AT_ONCE);
        let others: Vec<_> = others.filter_map(|_| thread::Builder::new().spawn_scoped(scope, work).ok()).collect();
        let own = work();
        let joined = others.into_iter().map(|other| other.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into())));
        joined.fold(own, io::Result::and)
    })
}

/// `host_last-segment-DIGEST.ending`: letters, digits, `.`, `-` and `_` alone, none in front that hides a file or begins a
/// flag; different for all items, and the same in every run.
fn name(asked: &Asked) -> String {
    let mut digest = Sha256::new();
    for part in [&asked.number.to_le_bytes()[..], asked.method.as_str().as_bytes(), asked.url.as_bytes()] {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    let digest: String = digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let Ok(url) = Url::parse(&asked.url) else { return digest };
    let segment = url.path().rsplit('/').next().unwrap_or_default();
    let (stem, ending) = match segment.rsplit_once('.') {
        Some((stem, ending)) if is_ending(ending) => (stem, format!(".{ending}")),
        _ => (segment, String::new()),
    };
    let mut text = safe(url.host());
    if !stem.is_empty() {
        text.push('_');
        text.push_str(&safe(stem));
    }
    text.truncate(STEM);
    format!("{text}-{digest}{ending}")
}

fn is_ending(text: &str) -> bool {
    (1..=ENDING).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn safe(text: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let text: String = text.chars().map(kept).collect();
    let text = text.trim_start_matches(['.', '-']);
    if text.is_empty() { "_".into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use maypole::Method;

    use super::*;

    fn asked(number: u64, url: &str) -> Asked {
        Asked { id: number.into(), meta: None, number, url: url.into(), method: Method::GET, tries_before: 0 }
    }

    fn of(number: u64, url: &str) -> String {
        name(&asked(number, url))
    }

    #[test]
    fn names_are_safe_and_tell_items_apart() {
        let plain = of(1, "http://h.test/dir/page.html?q=1");
        assert!(plain.starts_with("h.test_page-") && plain.ends_with(".html"), "{plain}");
        assert_eq!(plain, of(1, "http://h.test/dir/page.html?q=1"));
        assert_ne!(plain, of(2, "http://h.test/dir/page.html?q=1"));
        assert_ne!(plain, of(1, "http://h.test/dir/page.html?q=2"));
        let evil = [
            "http://h/..%2f..%2fetc%2fpasswd",
            "http://h/%00",
            "http://[::1]/-rf",
            "http://h/.bashrc",
            "http://h/a.b/c",
        ];
        for url in evil.into_iter().chain([format!("http://h/{}", "x".repeat(5_000)).as_str()]) {
            let name = of(1, url);
            assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)), "{name}");
            assert!(!name.starts_with(['.', '-']) && name.len() <= 150, "{name}");
        }
    }

    #[test]
    fn a_file_is_there_as_a_whole_or_not_at_all() {
        let folder = std::env::temp_dir().join(format!("maypole-files-{}", std::process::id()));
        let mut files = Files::open(&folder, true).unwrap();
        let item = asked(1, "http://h/x");
        let path = files.store(&item, b"body").unwrap();
        assert!(!path.exists(), "it is not synced");
        files.settle().unwrap();
        assert_eq!(files.store(&item, b"other").unwrap(), path);
        assert_eq!(fs::read(&path).unwrap(), b"body");
        let others = (2..40).map(|n| files.store(&asked(n, "http://h/x"), &[n as u8]).unwrap());
        let others: Vec<_> = others.collect();
        files.settle().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"other");
        assert!(others.iter().zip(2..).all(|(path, n)| fs::read(path).unwrap() == [n]));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 39);
        files.store(&item, b"last").unwrap();
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(files.settle().is_err(), "a directory has its name");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 39, "and nothing is left of it");
        fs::remove_dir_all(&folder).unwrap();
        assert!(files.store(&item, b"body").is_err());
    }
}
