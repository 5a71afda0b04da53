//! The small file beside an unfinished one: which version it is of, and which bytes are there.
//!
//! ```text
//! maypole-download 1
//! boot 3e0b8e1c-…            the system's run in which it was written
//! synced no                  whether the bytes were on disk and not only on their way
//! total 1048576
//! source 9f86d08…            SHA-256 of the URL: a URL may hold secrets
//! etag "5e1f-1a2b"           of that source
//! modified Sun, 06 Nov 1994 08:49:37 GMT
//! dated                      the date is a strong validator
//! range 0 524288             first byte, one past the last
//! ```
//!
//! Not JSON, for which the library has no parser without the feature `json`.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::ranges::Ranges;
use super::validators::Validators;
use crate::message::Url;

const FIRST_LINE: &str = "maypole-download 1";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Meta {
    pub(super) boot: String,
    pub(super) synced: bool,
    pub(super) total: Option<u64>,
    pub(super) sources: Vec<Source>,
    pub(super) done: Ranges,
}

/// One URL with what it said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) id: String,
    pub(super) version: Validators,
}

/// What stands for a URL; user name, password and fragment do not count.
pub(super) fn source_id(url: &Url) -> String {
    let mut bare = url.clone();
    bare.remove_userinfo();
    bare.set_fragment(None);
    let digest = Sha256::digest(bare.as_str());
    digest.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").ok();
        text
    })
}

impl Meta {
    pub(super) fn to_text(&self) -> String {
        let mut text = format!("{FIRST_LINE}\nboot {}\nsynced {}\n", self.boot, if self.synced { "yes" } else { "no" });
        let mut line = |name: &str, value: &str| writeln!(text, "{name} {value}").unwrap_or_default();
        if let Some(total) = self.total {
            line("total", &total.to_string());
        }
        for source in &self.sources {
            line("source", &source.id);
            let version = &source.version;
            version.etag.iter().for_each(|etag| line("etag", etag));
            version.modified.iter().for_each(|modified| line("modified", modified));
            if version.is_date_strong {
                line("dated", "");
            }
        }
        for range in self.done.iter() {
            line("range", &format!("{} {}", range.start, range.end));
        }
        text
    }

    /// `None` if anything is wrong with it: then nothing is known about the file beside it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        if lines.next()? != FIRST_LINE {
            return None;
        }
        let mut meta = Self::default();
        for line in lines {
            let (name, value) = line.split_once(' ')?;
            match name {
                "boot" => meta.boot = value.to_owned(),
                "synced" => meta.synced = value == "yes",
                "total" => meta.total = Some(value.parse().ok()?),
                "source" => meta.sources.push(Source { id: value.to_owned(), ..Source::default() }),
                "etag" => meta.sources.last_mut()?.version.etag = Some(value.to_owned()),
                "modified" => meta.sources.last_mut()?.version.modified = Some(value.to_owned()),
                "dated" => meta.sources.last_mut()?.version.is_date_strong = true,
                "range" => {
                    let (start, end) = value.split_once(' ')?;
                    meta.done.add(start.parse().ok()?..end.parse().ok()?);
                }
                _ => return None,
            }
        }
        meta.total.is_none_or(|total| meta.done.end() <= total).then_some(meta)
    }

    /// Forgets what may never have reached the disk: written in an earlier run of the system, which may have ended by a
    /// loss of power. A file has its length before it has its bytes, so that there would be zeros instead.
    pub(super) fn trust(mut self, boot: &str, length: u64) -> Self {
        let is_trusted = (self.synced || (self.boot == boot && !boot.is_empty())) && self.done.end() <= length;
        if !is_trusted {
            self.done = Ranges::default();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Meta {
        let mut done = Ranges::default();
        done.add(0..10);
        done.add(20..30);
        let version =
            Validators { etag: Some("\"a b\"".into()), modified: Some("a date".into()), is_date_strong: true };
        let id = source_id(&Url::parse("http://u:p@h/x?token=1#f").unwrap());
        let sources = vec![Source { id, version }, Source { id: "2".into(), version: Validators::default() }];
        Meta { boot: "b".into(), synced: false, total: Some(99), sources, done }
    }

    #[test]
    fn what_is_written_can_be_read_and_holds_no_secret() {
        let text = example().to_text();
        assert_eq!(Meta::parse(&text), Some(example()));
        assert!(!text.contains("token") && !text.contains("u:p"));
        assert_eq!(example().sources[0].id, source_id(&Url::parse("http://h/x?token=1").unwrap()));
        assert_ne!(example().sources[0].id, source_id(&Url::parse("http://h/x?token=2").unwrap()));
    }

    #[test]
    fn a_torn_or_foreign_file_is_none() {
        let text = example().to_text();
        for cut in (0..text.len()).filter(|&cut| !text[..cut].ends_with('\n')) {
            assert_eq!(Meta::parse(&text[..cut]), None, "{cut}");
        }
        for bad in
            ["", "\n", "maypole-download 2\n", "{}\n", "maypole-download 1\nrange 5\n", "maypole-download 1\netag x\n"]
        {
            assert_eq!(Meta::parse(bad), None, "{bad}");
        }
        assert_eq!(Meta::parse(&format!("{FIRST_LINE}\ntotal 5\nrange 0 6\n")), None);
    }

    #[test]
    fn bytes_of_an_earlier_boot_count_only_if_they_were_on_disk() {
        let bytes = |meta: Meta, boot: &str, length| meta.trust(boot, length).done.bytes();
        assert_eq!(bytes(example(), "b", 30), 20);
        assert_eq!(bytes(example(), "c", 30), 0);
        assert_eq!(bytes(Meta { synced: true, ..example() }, "c", 30), 20);
        assert_eq!(bytes(example(), "b", 29), 0, "the file is shorter than it says");
    }
}
