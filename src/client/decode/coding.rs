//! Which codings a response has.

use crate::message::{Headers, Method};
use crate::wire::grammar;
use crate::wire::h1::Head;

/// A coding that can be undone (RFC 9110 §8.4.1, RFC 7932, RFC 8878).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// More in a row are an attack or a loop (curl's cap; CVE-2022-32206, CVE-2023-23916).
pub(super) const MOST: usize = 5;

/// How much of an unknown name an error shows.
const SHOWN: usize = 64;

impl Coding {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// RFC 9110 §8.4.1: names are case-insensitive, and `x-gzip` is `gzip`.
    fn named(name: &[u8]) -> Option<Self> {
        let known: [(&str, Self); 5] = [
            ("gzip", Self::Gzip),
            ("x-gzip", Self::Gzip),
            ("deflate", Self::Deflate),
            ("br", Self::Brotli),
            ("zstd", Self::Zstd),
        ];
        known.into_iter().find(|(text, _)| name.eq_ignore_ascii_case(text.as_bytes())).map(|(_, coding)| coding)
    }
}

/// Whether the head of an answer to `method` is followed by the whole of a representation. The others have no body, or
/// a part of one (206), which cannot be undone without the rest.
pub(super) fn is_whole(head: &Head, method: &Method) -> bool {
    let tunnel = *method == Method::CONNECT && (200..300).contains(&head.status);
    !(*method == Method::HEAD || tunnel || matches!(head.status, 100..=199 | 204 | 206 | 304))
}

/// The codings in the order in which they were applied, from all lines; `identity` is none.
pub(super) fn codings(headers: &Headers) -> Result<Vec<Coding>, String> {
    let mut found = Vec::new();
    for name in headers.get_all_bytes("content-encoding").flat_map(grammar::list).filter(|name| !name.is_empty()) {
        if name.eq_ignore_ascii_case(b"identity") {
            continue;
        }
        let Some(coding) = Coding::named(name) else {
            let name = String::from_utf8_lossy(&name[..name.len().min(SHOWN)]);
            return Err(format!("`{name}` is no coding that is known here; `raw` gives the coded bytes"));
        };
        if found.len() == MOST {
            return Err(format!("the body has more than {MOST} codings; `raw` gives the coded bytes"));
        }
        found.push(coding);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Version;

    fn of(lines: &[&str]) -> Result<Vec<Coding>, String> {
        codings(&Headers::from_pairs(lines.iter().map(|line| ("Content-Encoding", line))).unwrap())
    }

    #[test]
    fn c322_sec_c3_names_lists_lines_and_their_number() {
        use Coding::{Brotli, Deflate, Gzip, Zstd};
        for (lines, want) in [
            (&[][..], &[][..]),
            (&["gzip"], &[Gzip]),
            (&["x-gzip"], &[Gzip]),
            (&["GZip, BR"], &[Gzip, Brotli]),
            (&["gzip, identity"], &[Gzip]),
            (&["identity"], &[]),
            (&["", ",deflate,, zstd "], &[Deflate, Zstd]),
            (&["br", "gzip"], &[Brotli, Gzip]),
            (&["gzip,gzip,gzip", "gzip,gzip"], &[Gzip; 5]),
        ] {
            assert_eq!(of(lines).as_deref(), Ok(want), "{lines:?}");
        }
        for lines in [&["compress"][..], &["gzip;q=1"], &["gzip gzip"], &["gzip, x"], &["\u{e4}"]] {
            assert!(of(lines).unwrap_err().contains("no coding"), "{lines:?}");
        }
        assert!(of(&["gzip,gzip,gzip,gzip,gzip,gzip"]).unwrap_err().contains("more than 5"));
        assert!(of(&["gzip"; 1000]).is_err() && of(&[&"gzip,".repeat(1000)]).is_err());
        assert!(of(&[&"x".repeat(1000)]).unwrap_err().len() < 200);
    }

    #[test]
    fn sec_c7_only_whole_bodies_are_decoded() {
        let whole = |method: &str, status| {
            let head = Head { version: Version::Http11, status, headers: Headers::new() };
            is_whole(&head, &Method::new(method).unwrap())
        };
        for status in [200, 201, 203, 205, 301, 404, 500, 999] {
            assert!(whole("GET", status) && whole("POST", status) && !whole("HEAD", status), "{status}");
        }
        assert!([100, 101, 103, 204, 206, 304].into_iter().all(|status| !whole("GET", status)));
        assert!(!whole("CONNECT", 200) && whole("CONNECT", 403));
    }
}
