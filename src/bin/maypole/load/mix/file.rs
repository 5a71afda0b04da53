//! A mix as a file, or from standard input.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::entry::{Body, Entry};
use super::{object, plain};
use crate::load::files;
use plain::Line;

/// All requests of a file; `-` is standard input.
///
/// # Errors
/// The file, the line, and what is wrong with it.
pub(in crate::load) fn read(path: &Path) -> Result<Vec<Entry>, String> {
    let bytes = files::read(path)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    Reader { folder, bodies: HashMap::new(), entries: Vec::new(), is_open: false }.all(&files::name(path), &bytes)
}

struct Reader<'a> {
    /// Where files of bodies are.
    folder: &'a Path,
    bodies: HashMap<PathBuf, Bytes>,
    entries: Vec<Entry>,
    /// Whether headers may follow for the last one.
    is_open: bool,
}

impl Reader<'_> {
    fn all(mut self, name: &str, bytes: &[u8]) -> Result<Vec<Entry>, String> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            let place = format!("{name}:{number}");
            self.line(line, &place).map_err(|why| format!("{place}: {why}"))?;
        }
        if self.entries.is_empty() { Err(format!("{name}: it has no request")) } else { Ok(self.entries) }
    }

    fn line(&mut self, line: &[u8], place: &str) -> Result<(), String> {
        let text =
            std::str::from_utf8(line).map_err(|error| format!("byte {} is no UTF-8", error.valid_up_to() + 1))?;
        if text.trim_start().starts_with('{') {
            let (mut entry, file) = object::parse(text)?;
            if let Some(file) = file {
                entry.body = Some(self.body(&file)?);
            }
            entry.place = place.to_owned();
            self.entries.push(entry);
            self.is_open = false;
            return Ok(());
        }
        match plain::parse(text)? {
            Line::Comment => {}
            Line::Empty => self.is_open = false,
            Line::Request { weight, method, url } => {
                let (place, url, method) = (place.to_owned(), url.to_owned(), method.map(str::to_owned));
                self.entries.push(Entry { place, weight, method, url, ..Entry::default() });
                self.is_open = true;
            }
            Line::Header(name, value) => {
                let header = (name.to_owned(), value.to_owned());
                self.above("a header")?.headers.push(header);
            }
            Line::BodyFile(file) => {
                let body = self.body(file)?;
                let entry = self.above("a body")?;
                if entry.body.replace(body).is_some() {
                    return Err("a second body for one request".into());
                }
            }
        }
        Ok(())
    }

    /// The request that a line belongs to.
    fn above(&mut self, what: &str) -> Result<&mut Entry, String> {
        let entry = if self.is_open { self.entries.last_mut() } else { None };
        entry.ok_or_else(|| format!("{what} without a request above it; an empty line ends one, and JSON has its own"))
    }

    /// A file's content, read once however many requests send it.
    fn body(&mut self, file: &str) -> Result<Body, String> {
        if file.is_empty() {
            return Err("`@` without the name of a file".into());
        }
        let path = self.folder.join(file);
        if let Some(bytes) = self.bodies.get(&path) {
            return Ok(Body::File(bytes.clone()));
        }
        let bytes = std::fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let bytes = Bytes::from(bytes);
        self.bodies.insert(path, bytes.clone());
        Ok(Body::File(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<Entry>, String> {
        let reader =
            Reader { folder: Path::new("/nowhere"), bodies: HashMap::new(), entries: Vec::new(), is_open: false };
        reader.all("mix.txt", text.as_bytes())
    }

    #[test]
    fn both_spellings_stand_in_one_file() {
        let all = parsed(
            "\u{feff}# mix\r\nhttp://h/a\r\n2 POST /b\r\n  X-A: 1\r\n# more\r\nX-B: 2\r\n\r\n/c\r\n{\"url\":\"/d\",\"weight\":4}",
        );
        let all = all.unwrap();
        let urls: Vec<_> = all.iter().map(|entry| (entry.url.as_str(), entry.weight, entry.headers.len())).collect();
        assert_eq!(urls, [("http://h/a", 1, 0), ("/b", 2, 2), ("/c", 1, 0), ("/d", 4, 0)]);
        assert_eq!(all[1].place, "mix.txt:3");
    }

    #[test]
    fn errors_have_file_line_and_reason() {
        for (text, why) in [
            ("", "mix.txt: it has no request"),
            ("# only\n\n", "mix.txt: it has no request"),
            ("/a\n\nX-A: 1", "mix.txt:3: a header without a request"),
            ("{\"url\":\"/\"}\nX-A: 1", "mix.txt:2: a header without a request"),
            ("@x", "mix.txt:1: cannot read /nowhere/x"),
            ("/a\n@ ", "mix.txt:2: `@` without"),
            ("/a\nnonsense", "mix.txt:2: neither"),
            ("/a\n{\"uri\":1}", "mix.txt:2: it has no `url`"),
        ] {
            let error = parsed(text).unwrap_err();
            assert!(error.starts_with(why), "{text:?}: {error}");
        }
        let reader = Reader { folder: Path::new(""), bodies: HashMap::new(), entries: Vec::new(), is_open: false };
        assert!(reader.all("f", b"/a\n/\xff").unwrap_err().starts_with("f:2: byte 2 is no UTF-8"));
    }
}
