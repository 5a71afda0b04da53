//! The jar as JSON: everything that a cookie has.

use std::io::{BufRead, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::cookie::{Cookie, SameSite};
use super::date;
use super::file;
use super::jar::CookieJar;
use super::loaded::{Entry, Loaded};
use crate::error::{Error, Kind, Result};
use crate::rt;

/// A reader may be an endless stream.
const FILE_BYTES: u64 = 64 << 20;
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    cookies: Vec<Record>,
}

#[derive(Serialize, Deserialize)]
struct Record {
    name: String,
    value: String,
    domain: String,
    host_only: bool,
    path: String,
    secure: bool,
    http_only: bool,
    #[serde(default)]
    same_site: Option<String>,
    /// Seconds since 1970; null for a cookie of the session.
    #[serde(default)]
    expires: Option<i64>,
}

impl CookieJar {
    /// Writes all cookies as JSON, oldest first, session cookies with `"expires": null`:
    /// `{"version": 1, "cookies": [{"name": …, "value": …, "domain": …, "host_only": …, "path": …, "secure": …,
    /// "http_only": …, "same_site": …, "expires": …}]}`, the expiry in seconds since 1970.
    ///
    /// ```
    /// use maypole::{CookieJar, Url};
    /// let (jar, url) = (CookieJar::new(), Url::parse("https://www.example.com/")?);
    /// jar.set(&url, "a=1; Domain=example.com; Max-Age=3600; Secure; SameSite=Lax")?;
    /// let mut text = Vec::new();
    /// jar.save_json(&mut text)?;
    ///
    /// let again = CookieJar::new();
    /// assert_eq!(again.load_json(&text[..])?.taken, 1);
    /// assert_eq!(again.cookies(), jar.cookies());
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Kind::Io`] if the writer fails.
    pub fn save_json(&self, mut writer: impl Write) -> Result<()> {
        writer.write_all(&self.json()?).and_then(|()| writer.flush()).map_err(file::unwritten)
    }

    /// [`save_json`](Self::save_json) to a file, which only its owner can read (mode 0600) and which is replaced in one
    /// step: whoever reads it at the same time, or after a crash, finds the old file or the new one. A symbolic link is
    /// replaced too. The work is done on a thread of its own.
    ///
    /// # Errors
    /// [`Kind::Io`] with the path; the old file is then as it was.
    pub fn save_json_to(&self, path: impl AsRef<Path>) -> Result<()> {
        file::save(path.as_ref(), self.json()?)
    }

    /// Puts in the cookies that [`save_json`](Self::save_json) wrote; one that is in the jar already is replaced. One that
    /// breaks a rule is passed over and counted.
    ///
    /// # Errors
    /// [`Kind::Decode`] with the place if it is not that JSON, [`Kind::TooLarge`] above 64 MiB, [`Kind::Io`] if the
    /// reader fails. The jar is then as it was.
    pub fn load_json(&self, reader: impl BufRead) -> Result<Loaded> {
        let mut bytes = Vec::new();
        let length = reader.take(FILE_BYTES + 1).read_to_end(&mut bytes).map_err(file::unread)?;
        if length as u64 > FILE_BYTES {
            return Err(Error::new(Kind::TooLarge, "a file of cookies of more than 64 MiB"));
        }
        // Unknown fields may be nested, and the parser recurses.
        let entries = rt::roomy(move || parse(&bytes))??;
        Ok(self.take_in(entries))
    }

    /// [`load_json`](Self::load_json) from a file, which is read on a thread of its own.
    ///
    /// # Errors
    /// As [`load_json`](Self::load_json); [`Kind::Io`] with the path, and the [`std::io::Error`] as its source.
    pub fn load_json_from(&self, path: impl AsRef<Path>) -> Result<Loaded> {
        self.load_json(&file::load(path.as_ref())?[..])
    }

    fn json(&self) -> Result<Vec<u8>> {
        let cookies = self.cookies().into_iter().map(Record::from).collect();
        let text = serde_json::to_vec_pretty(&File { version: VERSION, cookies });
        text.map_err(|error| Error::new(Kind::Io, "the cookies could not be written").with_source(error))
    }
}

fn parse(bytes: &[u8]) -> Result<Vec<Entry>> {
    // The parser's own message may quote a value.
    let broken = |error: serde_json::Error| {
        let what = format!("not a file of cookies: line {}, column {}", error.line(), error.column());
        Error::new(Kind::Decode, what)
    };
    let file: File = serde_json::from_slice(bytes).map_err(broken)?;
    if file.version != VERSION {
        return Err(Error::new(Kind::Decode, format!("a file of cookies of version {}, not {VERSION}", file.version)));
    }
    Ok(file.cookies.into_iter().map(Entry::from).collect())
}

impl From<Cookie> for Record {
    fn from(cookie: Cookie) -> Self {
        Self {
            name: cookie.name,
            value: cookie.value,
            domain: cookie.domain,
            host_only: cookie.host_only,
            path: cookie.path,
            secure: cookie.secure,
            http_only: cookie.http_only,
            same_site: cookie.same_site.map(|same_site| same_site.as_str().to_owned()),
            expires: cookie.expires.map(date::seconds),
        }
    }
}

impl From<Record> for Entry {
    fn from(record: Record) -> Self {
        let expires = match record.expires.map(date::at) {
            Some(None) => return Self::Malformed,
            Some(end) => end,
            None => None,
        };
        Self::Cookie(Cookie {
            name: record.name,
            value: record.value,
            domain: record.domain,
            host_only: record.host_only,
            path: record.path,
            secure: record.secure,
            http_only: record.http_only,
            same_site: record.same_site.as_deref().and_then(SameSite::parse),
            expires,
        })
    }
}
