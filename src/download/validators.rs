//! Which version of a file it is.

use std::time::{Duration, SystemTime};

use crate::message::Headers;

/// What a server says about the version that it sends (RFC 9110 §8.8).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Validators {
    pub(super) etag: Option<String>,
    pub(super) modified: Option<String>,
    /// Whether the date is old enough that a second change within its second would show.
    pub(super) is_date_strong: bool,
}

impl Validators {
    /// Those of a response that came at `now`, which stands in for a `Date` that is missing (RFC 9110 §6.6.1).
    pub(super) fn of(headers: &Headers, now: SystemTime) -> Self {
        let date = |name: &str| headers.get(name).and_then(|text| httpdate::parse_http_date(text).ok());
        let sent = date("date").unwrap_or(now);
        // RFC 9110 §8.8.2.2: strong if at least one second lies between them.
        let is_date_strong = date("last-modified").is_some_and(|modified| modified + Duration::from_secs(1) <= sent);
        let text = |name: &str| headers.get(name).map(|value| value.trim().to_owned());
        Self { etag: text("etag").filter(|tag| is_tag(tag)), modified: text("last-modified"), is_date_strong }
    }

    /// What makes a server send a part only of the same version. Weak ones promise that two versions mean the same, not
    /// that they are the same bytes, and must not be used for it (RFC 9110 §13.1.5).
    pub(super) fn if_range(&self) -> Option<&str> {
        match &self.etag {
            Some(etag) => Some(etag.as_str()).filter(|etag| !etag.starts_with("W/")),
            None => self.modified.as_deref().filter(|_| self.is_date_strong),
        }
    }

    /// Whether nothing that both know differs.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        let same = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
        same(&self.etag, &other.etag) && same(&self.modified, &other.modified)
    }
}

/// `"…"` or `W/"…"` (RFC 9110 §8.8.3).
fn is_tag(text: &str) -> bool {
    let opaque = text.strip_prefix("W/").unwrap_or(text);
    let inner = opaque.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.is_some_and(|inner| inner.chars().all(|c| c != '"' && !c.is_control() && c != ' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODIFIED: (&str, &str) = ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT");

    fn of(pairs: &[(&str, &str)]) -> Validators {
        Validators::of(&Headers::from_pairs(pairs.iter().copied()).unwrap(), SystemTime::now())
    }

    #[test]
    fn only_strong_ones_may_ask_for_a_part() {
        let table: [(&[(&str, &str)], Option<&str>); 8] = [
            (&[("ETag", "\"a\"")], Some("\"a\"")),
            (&[("ETag", "\"a\""), MODIFIED], Some("\"a\"")),
            (&[("ETag", "W/\"a\"")], None),
            (&[("ETag", "W/\"a\""), MODIFIED], None),
            (&[("ETag", "no quotes")], None),
            (&[MODIFIED], Some(MODIFIED.1)),
            (&[MODIFIED, ("Date", "Sun, 06 Nov 1994 08:49:37 GMT")], None),
            (&[MODIFIED, ("Date", "Sun, 06 Nov 1994 08:49:38 GMT")], Some(MODIFIED.1)),
        ];
        for (headers, expected) in table {
            assert_eq!(of(headers).if_range(), expected, "{headers:?}");
        }
    }

    #[test]
    fn versions_differ_when_something_that_both_say_does() {
        let known = of(&[("ETag", "\"a\""), MODIFIED]);
        assert!(known.agrees(&of(&[("ETag", "\"a\"")])) && known.agrees(&of(&[])));
        assert!(!known.agrees(&of(&[("ETag", "\"b\""), MODIFIED])));
        assert!(!known.agrees(&of(&[("ETag", "\"a\""), ("Last-Modified", "Mon, 07 Nov 1994 08:49:37 GMT")])));
    }
}
