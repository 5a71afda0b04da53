//! The text format of Netscape's `cookies.txt`, as curl, wget and Python read and write it.
//!
//! ```text
//!   domain    with those below it   path   Secure   expiry in seconds   name   value        between tabs
//!   .example.com   TRUE   /   TRUE   1799999999   session   31d4
//!   #HttpOnly_www.example.com   FALSE   /shop   FALSE   0   step   2          expiry 0: ends with the session
//! ```

use std::io::{self, BufRead, Read, Write};

use super::cookie::Cookie;
use super::date;
use super::file;
use super::jar::CookieJar;
use super::loaded::{Entry, Loaded};
use crate::error::Result;

/// A longer line is no cookie.
const LINE_BYTES: u64 = 64 << 10;
/// curl's mark; to other readers it is a comment.
const HTTP_ONLY: &str = "#HttpOnly_";
/// Python refuses a file without the first line.
const HEADER: &str = "# Netscape HTTP Cookie File\n# Written by maypole; domain, subdomains, path, secure, expiry, name, \
                      value between tabs.\n\n";

impl CookieJar {
    /// Writes all cookies in the format of Netscape's `cookies.txt`, oldest first, session cookies with the expiry 0.
    ///
    /// curl, wget and Python read it. It has no place for `SameSite`, and a name or path with a tab in it cannot be
    /// written: such a cookie is left out. `save_json` keeps both.
    ///
    /// # Errors
    /// [`Kind::Io`](crate::error::Kind::Io) if the writer fails.
    pub fn save_netscape(&self, mut writer: impl Write) -> Result<()> {
        writer.write_all(self.netscape().as_bytes()).and_then(|()| writer.flush()).map_err(file::unwritten)
    }

    /// [`save_netscape`](Self::save_netscape) to a file, which only its owner can read (mode 0600) and which is replaced
    /// in one step: whoever reads it at the same time, or after a crash, finds the old file or the new one. A symbolic
    /// link is replaced too. The work is done on a thread of its own.
    ///
    /// # Errors
    /// [`Kind::Io`](crate::error::Kind::Io) with the path; the old file is then as it was.
    pub fn save_netscape_to(&self, path: impl AsRef<std::path::Path>) -> Result<()> {
        file::save(path.as_ref(), self.netscape().into_bytes())
    }

    /// Puts in the cookies of a `cookies.txt`; one that is in the jar already is replaced. What cannot be read as a cookie,
    /// or breaks a rule, is passed over and counted.
    ///
    /// # Errors
    /// [`Kind::Io`](crate::error::Kind::Io) if the reader fails; the jar is then as it was.
    pub fn load_netscape(&self, reader: impl BufRead) -> Result<Loaded> {
        Ok(self.take_in(read(reader).map_err(file::unread)?))
    }

    /// [`load_netscape`](Self::load_netscape) from a file, which is read on a thread of its own.
    ///
    /// # Errors
    /// [`Kind::Io`](crate::error::Kind::Io) with the path, and the [`std::io::Error`] as its source.
    pub fn load_netscape_from(&self, path: impl AsRef<std::path::Path>) -> Result<Loaded> {
        self.load_netscape(&file::load(path.as_ref())?[..])
    }

    fn netscape(&self) -> String {
        let mut text = String::from(HEADER);
        for cookie in self.cookies() {
            line(&mut text, &cookie);
        }
        text
    }
}

fn line(out: &mut String, cookie: &Cookie) {
    if [&cookie.name, &cookie.path, &cookie.domain].iter().any(|text| text.contains('\t')) {
        return;
    }
    let truth = |is: bool| if is { "TRUE" } else { "FALSE" };
    let expires = cookie.expires.map_or(0, date::seconds).to_string();
    let domain = [
        if cookie.http_only { HTTP_ONLY } else { "" },
        // curl's habit, which some readers insist on.
        if cookie.host_only { "" } else { "." },
        &cookie.domain,
    ];
    out.push_str(&domain.concat());
    let (below, secure) = (truth(!cookie.host_only), truth(cookie.secure));
    for field in [below, &cookie.path, secure, &expires, &cookie.name, &cookie.value] {
        out.push('\t');
        out.push_str(field);
    }
    out.push('\n');
}

fn read(mut reader: impl BufRead) -> io::Result<Vec<Entry>> {
    let (mut entries, mut line) = (Vec::new(), Vec::new());
    loop {
        line.clear();
        if reader.by_ref().take(LINE_BYTES).read_until(b'\n', &mut line)? == 0 {
            return Ok(entries);
        }
        if line.len() as u64 == LINE_BYTES && line.last() != Some(&b'\n') {
            skip_line(&mut reader)?;
            entries.push(Entry::Malformed);
            continue;
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\r', '\n']);
        let is_comment = text.starts_with('#') && !text.starts_with(HTTP_ONLY);
        if !is_comment && !text.trim().is_empty() {
            let is_text = str::from_utf8(&line).is_ok();
            entries.push(parse(text).filter(|_| is_text).map_or(Entry::Malformed, Entry::Cookie));
        }
    }
}

fn skip_line(reader: &mut impl BufRead) -> io::Result<()> {
    loop {
        let there = reader.fill_buf()?;
        let (taken, ended) = match memchr::memchr(b'\n', there) {
            Some(end) => (end + 1, true),
            None => (there.len(), there.is_empty()),
        };
        reader.consume(taken);
        if ended {
            return Ok(());
        }
    }
}

fn parse(line: &str) -> Option<Cookie> {
    let rest = line.strip_prefix(HTTP_ONLY);
    let (http_only, line) = (rest.is_some(), rest.unwrap_or(line));
    let mut fields = line.splitn(7, '\t');
    let domain = fields.next()?;
    let host_only = !truth(fields.next()?)?;
    let path = fields.next()?;
    let secure = truth(fields.next()?)?;
    let expires = match fields.next()? {
        // Python writes nothing for a session cookie.
        "0" | "" => None,
        seconds => Some(date::at(seconds.parse().ok()?)?),
    };
    let name = fields.next()?;
    // Editors cut off the tab before an empty value.
    let value = fields.next().unwrap_or_default();
    Some(Cookie {
        name: name.to_owned(),
        value: value.to_owned(),
        domain: domain.strip_prefix('.').unwrap_or(domain).to_owned(),
        host_only,
        path: path.to_owned(),
        secure,
        http_only,
        same_site: None,
        expires,
    })
}

fn truth(field: &str) -> Option<bool> {
    if field.eq_ignore_ascii_case("TRUE") { Some(true) } else { field.eq_ignore_ascii_case("FALSE").then_some(false) }
}
