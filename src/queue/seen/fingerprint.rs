//! What makes two requests the same one.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::message::{Method, Url};

/// 128 bits of SHA-256 over method, canonical URL and body: two requests with the same one are the same request.
///
/// Among a thousand million requests two share one by chance once in 10^21 crawls, and nobody can look for a URL that
/// hides another one. It is the same in every run and on every machine.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// From what [`to_bytes`](Self::to_bytes) gave.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its 16 bytes.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// Of a request without a body, where the order of a query does not count. A URL that is none is the text that it is.
    pub(in crate::queue) fn of_page(method: &str, url: &str) -> Self {
        let canonical = Canonical { is_sorted: true, normalize: None };
        let text = Url::parse(url).map_or_else(|_| url.to_owned(), |url| canonical.text(&url));
        Self::of([method.as_bytes(), text.as_bytes(), b""])
    }

    pub(super) const fn number(self) -> u128 {
        u128::from_le_bytes(self.0)
    }

    /// Each piece is preceded by its length, so that no text in one can move the border to the next.
    fn of<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hash = Sha256::new();
        for piece in pieces {
            hash.update((piece.len() as u64).to_le_bytes());
            hash.update(piece);
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        Self(bytes)
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

type Normalize = dyn Fn(&mut Url) + Send + Sync;

/// Which differences between URLs do not count.
#[derive(Clone, Default)]
pub(super) struct Canonical {
    pub(super) is_sorted: bool,
    pub(super) normalize: Option<Arc<Normalize>>,
}

impl Canonical {
    pub(super) fn fingerprint(&self, method: &Method, url: &Url, body: &[u8]) -> Fingerprint {
        let url = self.text(url);
        Fingerprint::of([method.as_str().as_bytes(), url.as_bytes(), body])
    }

    /// Parsing has settled case, default port, empty path and dot segments.
    fn text(&self, url: &Url) -> String {
        let mut url = Cow::Borrowed(url);
        if let Some(normalize) = &self.normalize {
            normalize(url.to_mut());
        }
        let text = url.as_str();
        let text = text.split_once('#').map_or(text, |(before, _)| before);
        let text = unescape(text);
        match text.split_once('?') {
            Some((path, query)) if self.is_sorted => {
                let mut pairs: Vec<_> = query.split('&').collect();
                pairs.sort_unstable();
                format!("{path}?{}", pairs.join("&"))
            }
            _ => text,
        }
    }
}

/// RFC 3986 §6.2.2: escapes of unreserved characters are the characters, and hexadecimal digits have no case.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let code = rest.get(1..3).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let Some(code) = code else {
            out.push('%');
            rest = &rest[1..];
            continue;
        };
        match u8::from_str_radix(code, 16) {
            Ok(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => out.push(char::from(byte)),
            _ => {
                out.push('%');
                out.push_str(&code.to_ascii_uppercase());
            }
        }
        rest = &rest[3..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(url: &str, is_sorted: bool) -> String {
        Canonical { is_sorted, normalize: None }.text(&Url::parse(url).unwrap())
    }

    #[test]
    fn q319_spellings_of_one_url_are_one_text() {
        for (url, expected) in [
            ("HTTP://Example.COM", "http://example.com/"),
            ("http://example.com:80/", "http://example.com/"),
            ("https://example.com:443/a/../b/./c#top", "https://example.com/b/c"),
            ("http://example.com/%7euser/%2f%3A?q=%c3%a9", "http://example.com/~user/%2F%3A?q=%C3%A9"),
            ("http://example.com/%zz%4", "http://example.com/%zz%4"),
            ("http://example.com/?b=1&a=2", "http://example.com/?b=1&a=2"),
            ("http://example.com/?", "http://example.com/?"),
        ] {
            assert_eq!(canonical(url, false), expected);
        }
        assert_eq!(canonical("http://a/?b=2&a=1&b=1", true), "http://a/?a=1&b=1&b=2");
        assert_eq!(canonical("http://a/p", true), "http://a/p");
    }

    #[test]
    fn what_counts_makes_another_fingerprint() {
        let how = Canonical::default();
        let of = |method: Method, url: &str, body: &str| {
            how.fingerprint(&method, &Url::parse(url).unwrap(), body.as_bytes())
        };
        let all = [
            of(Method::GET, "http://a/", ""),
            of(Method::HEAD, "http://a/", ""),
            of(Method::GET, "https://a/", ""),
            of(Method::GET, "http://a:8080/", ""),
            of(Method::GET, "http://a/x", ""),
            of(Method::GET, "http://a/?x", ""),
            of(Method::GET, "http://a/X", ""),
            of(Method::POST, "http://a/", ""),
            of(Method::POST, "http://a/", "1"),
            of(Method::POST, "http://a/", "2"),
        ];
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert_eq!(all[0], of(Method::GET, "HTTP://A:80#x", ""));
        assert_eq!(Fingerprint::from_bytes(all[0].to_bytes()), all[0]);
    }

    #[test]
    fn it_stays_the_same_from_version_to_version() {
        let url = Url::parse("http://example.com/").unwrap();
        let one = Canonical::default().fingerprint(&Method::GET, &url, b"");
        assert_eq!(one.to_string(), "fc2de5b5e589f30459cf9b9f59b00ab1");
    }
}
