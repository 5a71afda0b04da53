//! The grammar of a `Set-Cookie` line (RFC 6265bis §5.6), without any judgement about what it may do.

use std::time::{Duration, SystemTime};

use super::cookie::SameSite;
use super::date;
use super::refused::Refused;

/// An attribute with a longer value is passed over (RFC 6265bis §5.6).
const ATTRIBUTE_BYTES: usize = 1_024;

/// A line taken apart; the last attribute of a name counts.
#[derive(Debug, Default)]
pub(super) struct SetCookie<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    /// Without its leading dot; empty if the attribute has no value.
    pub(super) domain: &'a str,
    /// Only if it starts with a slash.
    pub(super) path: Option<&'a str>,
    pub(super) has_path: bool,
    pub(super) secure: bool,
    pub(super) http_only: bool,
    pub(super) same_site: Option<SameSite>,
    pub(super) life: Option<Life>,
}

/// How long it lives: `Max-Age` wins over `Expires` (RFC 6265bis §5.7, step 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    For(Duration),
    Until(SystemTime),
    /// A `Max-Age` of nothing or less.
    Over,
}

impl<'a> SetCookie<'a> {
    pub(super) fn parse(line: &'a [u8]) -> Result<Self, Refused> {
        // All control characters but HTAB; the whole line is dropped, not what stands before them.
        if line.iter().any(|&byte| (byte < b' ' && byte != b'\t') || byte == 0x7F) {
            return Err(Refused::Control);
        }
        let line = str::from_utf8(line).map_err(|_| Refused::NotText)?;
        let mut parts = line.split(';');
        let pair = parts.next().unwrap_or_default();
        let (name, value) = pair.split_once('=').unwrap_or(("", pair));
        let mut this = SetCookie { name: trim(name), value: trim(value), ..SetCookie::default() };
        if this.name.is_empty() && this.value.is_empty() {
            return Err(Refused::Empty);
        }
        for attribute in parts {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let (name, value) = (trim(name), trim(value));
            if value.len() <= ATTRIBUTE_BYTES {
                this.attribute(name, value);
            }
        }
        Ok(this)
    }

    fn attribute(&mut self, name: &str, value: &'a str) {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("Expires") {
            if let (Some(end), None | Some(Life::Until(_))) = (date::parse(value.as_bytes()), self.life) {
                self.life = Some(Life::Until(end));
            }
        } else if is("Max-Age") {
            self.life = max_age(value).or(self.life);
        } else if is("Domain") {
            self.domain = value.strip_prefix('.').unwrap_or(value);
        } else if is("Path") {
            (self.has_path, self.path) = (true, Some(value).filter(|path| path.starts_with('/')));
        } else if is("Secure") {
            self.secure = true;
        } else if is("HttpOnly") {
            self.http_only = true;
        } else if is("SameSite") {
            self.same_site = SameSite::parse(value);
        }
    }
}

/// Digits with an optional minus (RFC 6265bis §5.6.2); anything else is passed over. A number too large to count is a
/// long time.
fn max_age(value: &str) -> Option<Life> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds: u64 = digits.parse().unwrap_or(u64::MAX);
    let is_over = seconds == 0 || value.starts_with('-');
    Some(if is_over { Life::Over } else { Life::For(Duration::from_secs(seconds)) })
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(line: &str) -> (&str, &str) {
        let parsed = SetCookie::parse(line.as_bytes()).unwrap();
        (parsed.name, parsed.value)
    }

    #[test]
    fn name_and_value() {
        for (line, name, value) in [
            ("a=b", "a", "b"),
            (" a\t = \t b ; Path=/", "a", "b"),
            ("a=b=c", "a", "b=c"),
            ("a=", "a", ""),
            ("=b", "", "b"),
            ("b", "", "b"),
            ("a=\"b c\"", "a", "\"b c\""),
            ("a=b,c", "a", "b,c"),
            ("a=b\tc", "a", "b\tc"),
            ("ä=ö", "ä", "ö"),
        ] {
            assert_eq!(pair(line), (name, value), "{line:?}");
        }
    }

    #[test]
    fn sec_e7_lines_that_are_dropped() {
        for (line, why) in [
            (&b""[..], Refused::Empty),
            (b"=", Refused::Empty),
            (b"; Path=/", Refused::Empty),
            (b" = ;", Refused::Empty),
            (b"a=b\0", Refused::Control),
            (b"a=b\x01c", Refused::Control),
            (b"a\x7F=b", Refused::Control),
            (b"a=b; Path=/\x1B", Refused::Control),
            (b"a=b\r\nc=d", Refused::Control),
            (b"a=\xFF", Refused::NotText),
        ] {
            assert_eq!(SetCookie::parse(line).unwrap_err(), why, "{line:?}");
        }
    }

    #[test]
    fn sec_e7_max_age_and_expires() {
        let expires = "Expires=Thu, 01 Jan 1970 00:01:40 GMT";
        let until = Life::Until(SystemTime::UNIX_EPOCH + Duration::from_secs(100));
        let seconds = |n| Some(Life::For(Duration::from_secs(n)));
        for (attributes, life) in [
            ("Max-Age=10", seconds(10)),
            ("mAx-aGe = 10", seconds(10)),
            ("Max-Age=0", Some(Life::Over)),
            ("Max-Age=-1", Some(Life::Over)),
            ("Max-Age=-0", Some(Life::Over)),
            ("Max-Age=99999999999999999999999999", seconds(u64::MAX)),
            ("Max-Age=-99999999999999999999999999", Some(Life::Over)),
            ("Max-Age=18446744073709551616", seconds(u64::MAX)),
            ("Max-Age=", None),
            ("Max-Age", None),
            ("Max-Age=-", None),
            ("Max-Age=+5", None),
            ("Max-Age=1.5", None),
            ("Max-Age=5s", None),
            ("Max-Age=1; Max-Age=2", seconds(2)),
            ("Max-Age=1; Max-Age=x", seconds(1)),
            ("Expires=soon", None),
            (expires, Some(until)),
        ] {
            let line = format!("a=b; {attributes}");
            assert_eq!(SetCookie::parse(line.as_bytes()).unwrap().life, life, "{attributes:?}");
        }
        for line in [format!("a=b; Max-Age=5; {expires}"), format!("a=b; {expires}; Max-Age=5")] {
            assert_eq!(SetCookie::parse(line.as_bytes()).unwrap().life, seconds(5), "{line:?}");
        }
    }

    #[test]
    fn the_last_attribute_counts_and_long_ones_do_not() {
        let line = format!(
            "a=b; Domain=x.example; domain=.y.example; Path=/a; PATH=/b; Secure=no; HTTPONLY; samesite=lAx; Path=/{}",
            "c".repeat(1_024)
        );
        let parsed = SetCookie::parse(line.as_bytes()).unwrap();
        assert_eq!((parsed.domain, parsed.path), ("y.example", Some("/b")));
        assert!(parsed.secure && parsed.http_only);
        assert_eq!(parsed.same_site, Some(SameSite::Lax));
        let parsed = SetCookie::parse(b"a=b; Path=/x; Path=y; SameSite=Lax; SameSite=odd; Domain=h; Domain").unwrap();
        assert_eq!((parsed.path, parsed.has_path, parsed.same_site, parsed.domain), (None, true, None, ""));
    }
}
