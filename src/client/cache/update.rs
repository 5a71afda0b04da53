//! Asking the server whether an answer still holds, and what its reply changes (RFC 9111 §4.3, §3.2).

use super::clock::Moment;
use super::meta::{Meta, of_connection};
use crate::message::Headers;
use crate::wire::h1::Head;

/// The lines that make a request conditional. Both validators, as RFC 9111 §4.3.1 wants: a server that knows entity tags
/// goes by them alone.
pub(super) fn conditions(meta: &Meta) -> Vec<(&'static str, &[u8])> {
    let of = |name, line| meta.head.headers.get_bytes(line).map(|value| (name, value));
    [of("If-None-Match", "ETag"), of("If-Modified-Since", "Last-Modified")].into_iter().flatten().collect()
}

/// What describes the stored bytes; a 304 has none, and cannot say what these are.
const OF_THE_BODY: [&str; 4] = ["Content-Length", "Content-Encoding", "Content-Range", "Transfer-Encoding"];

/// The stored answer with a 304's news (§4.3.4); `None` when that is about another one.
pub(super) fn freshened(meta: &Meta, news: &Head, asked: Moment, came: Moment) -> Option<Meta> {
    if !is_about(&meta.head.headers, &news.headers) {
        return None;
    }
    let mut head = meta.head.clone();
    adopt(&mut head, news);
    Some(Meta { head, asked, came, variant: meta.variant })
}

/// §3.2: each line that came replaces all those of its name, and new ones are added.
fn adopt(head: &mut Head, news: &Head) {
    let mut lines = news.headers.clone();
    for name in of_connection(news).iter().map(String::as_str).chain(OF_THE_BODY) {
        lines.remove(name);
    }
    // An age that nobody mentions any more is not that of before.
    head.headers.remove("Age");
    head.headers.merge(&lines);
}

/// Whether a 304 is about this answer: one that names another version must not refresh it.
fn is_about(stored: &Headers, news: &Headers) -> bool {
    match (tag(news), tag(stored)) {
        (Some(new), Some(old)) => new == old,
        (Some(_), None) => false,
        // Without a tag in the 304 the date decides, if both have one.
        (None, _) => match (news.get("Last-Modified"), stored.get("Last-Modified")) {
            (Some(new), Some(old)) => new == old,
            _ => true,
        },
    }
}

/// An entity tag without the mark of a weak one: a 304 is enough for the weak comparison (RFC 9110 §8.8.3.2).
fn tag(headers: &Headers) -> Option<&[u8]> {
    headers.get_bytes("ETag").map(|tag| tag.strip_prefix(b"W/").unwrap_or(tag))
}

/// What the answer to a `HEAD` says about a stored one to a `GET` (§4.3.5).
pub(super) enum ByHead {
    /// It is the same, with these news.
    Same(Box<Meta>),
    /// It has changed.
    Changed,
}

pub(super) fn by_head(meta: &Meta, news: &Head, asked: Moment, came: Moment) -> ByHead {
    let (old, new) = (&meta.head.headers, &news.headers);
    let same = |name| new.get_bytes(name).is_none_or(|value| old.get_bytes(name) == Some(value));
    if !(tag(new) == tag(old) && same("Last-Modified") && same("Content-Length") && same("Content-Encoding")) {
        return ByHead::Changed;
    }
    let mut head = meta.head.clone();
    adopt(&mut head, news);
    ByHead::Same(Box::new(Meta { head, asked, came, variant: meta.variant }))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{at, head, meta};
    use super::*;

    type Lines<'a> = &'a [(&'a str, &'a str)];

    fn freshen(stored: Lines<'_>, news: Lines<'_>) -> Option<Meta> {
        freshened(&meta(stored), &head(304, news), at(10), at(11))
    }

    #[test]
    fn rfc9111_4_3_1_conditions() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let all = meta(&[("ETag", "W/\"a\""), ("Last-Modified", date)]);
        let expected: [(&str, &[u8]); 2] = [("If-None-Match", b"W/\"a\""), ("If-Modified-Since", date.as_bytes())];
        assert_eq!(conditions(&all), expected);
        assert_eq!(conditions(&meta(&[])), []);
    }

    #[test]
    fn rfc9111_4_3_4_which_answer_a_304_is_about() {
        let tag = |tag| [("ETag", tag)];
        let date = [("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")];
        let later = [("Last-Modified", "Sun, 06 Nov 1994 08:49:38 GMT")];
        for (stored, news, expected) in [
            (&tag("\"a\"")[..], &tag("\"a\"")[..], true),
            (&tag("\"a\""), &tag("\"b\""), false),
            (&tag("W/\"a\""), &tag("\"a\""), true),
            (&tag("\"a\""), &tag("W/\"a\""), true),
            (&tag("\"a\""), &[], true),
            (&date, &tag("\"a\""), false),
            (&date, &date, true),
            (&date, &later, false),
            (&date, &[], true),
            (&[("ETag", "\"a\""), date[0]], &[("ETag", "\"a\""), later[0]], true),
        ] {
            assert_eq!(freshen(stored, news).is_some(), expected, "{stored:?} {news:?}");
        }
    }

    #[test]
    fn rfc9111_3_2_every_line_of_a_304_is_taken_over_but_those_of_the_body() {
        let stored = [
            ("ETag", "\"a\""),
            ("Cache-Control", "max-age=5"),
            ("Age", "4"),
            ("Content-Length", "100"),
            ("Content-Encoding", "gzip"),
            ("Set-Cookie", "a=1"),
            ("Set-Cookie", "b=2"),
            ("X-Kept", "1"),
        ];
        let news = [
            ("Cache-Control", "max-age=9"),
            ("Content-Length", "0"),
            ("Content-Encoding", "br"),
            ("Set-Cookie", "c=3"),
            ("X-New", "1"),
            ("X-New", "2"),
            ("Connection", "close, X-Hop"),
            ("X-Hop", "1"),
        ];
        let meta = freshen(&stored, &news).unwrap();
        let expected = "ETag: \"a\"\r\nContent-Length: 100\r\nContent-Encoding: gzip\r\nX-Kept: 1\r\n\
                        Cache-Control: max-age=9\r\nSet-Cookie: c=3\r\nX-New: 1\r\nX-New: 2\r\n";
        assert_eq!(meta.head.headers.to_string(), expected);
        assert_eq!((meta.head.status, meta.asked, meta.came), (200, at(10), at(11)));
    }

    #[test]
    fn rfc9111_4_3_5_head_updates_or_ends_what_a_get_left() {
        let stored = meta(&[("ETag", "\"a\""), ("Content-Length", "5"), ("Cache-Control", "max-age=5")]);
        for (news, same) in [
            (&[("ETag", "\"a\""), ("Content-Length", "5"), ("Cache-Control", "max-age=9")][..], true),
            (&[("ETag", "\"a\"")], true),
            (&[("ETag", "\"b\""), ("Content-Length", "5")], false),
            (&[("ETag", "\"a\""), ("Content-Length", "6")], false),
            (&[("Content-Length", "5")], false),
            (&[("ETag", "\"a\""), ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")], false),
        ] {
            match by_head(&stored, &head(200, news), at(1), at(2)) {
                ByHead::Same(meta) => assert!(same && meta.came == at(2), "{news:?}"),
                ByHead::Changed => assert!(!same, "{news:?}"),
            }
        }
    }
}
