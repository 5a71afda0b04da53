//! The origin of the last URL, so that its host need not be parsed again.
//!
//! Most of parsing a URL is its host: IDNA, the number forms of IPv4. The requests of a client mostly go to the host of
//! the one before, and then only path and query are left: 1.5 µs become 0.4.

use std::sync::{Arc, Mutex};

use crate::error::Result;
use crate::limits::Limits;
use crate::message::Url;

#[derive(Default)]
pub(super) struct LastOrigin(Mutex<Option<Arc<Known>>>);

struct Known {
    /// As it was typed, `http://host:port`.
    text: Box<str>,
    root: Url,
}

impl LastOrigin {
    /// What [`Url::parse_within`] gives.
    pub(super) fn parse(&self, text: &str, limits: &Limits) -> Result<Url> {
        let Some(end) = plain_origin(text) else { return Url::parse_within(text, limits) };
        let (origin, rest) = text.split_at(end);
        let known = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
        if let Some(known) = known
            && *known.text == *origin
            && text.len() <= limits.url_bytes
            && let Ok(url) = known.root.join_within(rest, limits)
        {
            return Ok(url);
        }
        // What is wrong with it is told with the whole text.
        let url = Url::parse_within(text, limits)?;
        let known = Arc::new(Known { text: origin.into(), root: url.join("/")? });
        *self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(known);
        Ok(url)
    }
}

/// Where the origin ends, if nothing about the text is special: no user name, and a path that starts with a letter or
/// digit, since `//x` or `/\x` as a reference would name another host.
fn plain_origin(text: &str) -> Option<usize> {
    let scheme = if text.starts_with("http://") { 7 } else { 8 * usize::from(text.starts_with("https://")) };
    let rest = text.get(scheme..).filter(|_| scheme > 0)?;
    let end = rest.find('/')?;
    let plain_host = rest[..end].bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    let plain_path = rest.as_bytes().get(end + 1).is_none_or(u8::is_ascii_alphanumeric);
    (end > 0 && plain_host && plain_path).then_some(scheme + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_what_parsing_gives_whatever_came_before() {
        let texts = [
            "http://h/a",
            "http://h/b?q#f",
            "http://h/",
            "http://h",
            "http://h:80/c",
            "http://H/d",
            "https://h/e",
            "http://h/../x",
            "http://h//evil/x",
            "http://h/\\evil",
            "http://h/\t/evil",
            "http://u:p@h/y",
            "http://[::1]:8/z",
            "http://0x7f.1/",
            "http://h.test/a b/é?ü",
            "http://h/%2F%zz",
            "http://h:1/a/./../b",
            "http://h@x/",
            "http://h/:",
            "http://h/http://other/",
            "http:///h/a",
            "http://:80/",
            "http://a:b/",
            "ftp://h/a",
            "h/a",
            "/a",
            "",
            "http://h/a\r\n",
        ];
        let last = LastOrigin::default();
        let limits = Limits::default();
        for text in texts.iter().chain(texts.iter().rev()).chain(&texts) {
            for _ in 0..2 {
                let parsed = |result: Result<Url>| result.map_err(|error| error.to_string());
                assert_eq!(parsed(last.parse(text, &limits)), parsed(Url::parse_within(text, &limits)), "{text}");
            }
        }
    }

    #[test]
    fn the_cap_on_the_length_is_for_the_whole_url() {
        let last = LastOrigin::default();
        let limits = Limits { url_bytes: 12, ..Limits::default() };
        assert!(last.parse("http://h/abc", &limits).is_ok());
        assert!(last.parse("http://h/abcd", &limits).is_err());
    }
}
