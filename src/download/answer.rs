//! What a response to a request for a file, or for a part of it, amounts to.

use std::ops::Range;
use std::time::SystemTime;

use super::validators::Validators;
use crate::message::Headers;

/// A `Content-Range` (RFC 9110 §14.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ContentRange {
    /// None in a 416.
    pub(super) range: Option<Range<u64>>,
    pub(super) total: Option<u64>,
}

impl ContentRange {
    /// `bytes 0-9/100`, `bytes 0-9/*` or `bytes */100`; `None` for anything else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
        let total = if total == "*" { None } else { Some(number(total)?) };
        let range = match range.split_once('-') {
            Some((first, last)) => Some(number(first)?..number(last)?.checked_add(1)?),
            None if range == "*" => None,
            None => return None,
        };
        let is_legal = match (&range, total) {
            (Some(range), total) => !range.is_empty() && total.is_none_or(|total| range.end <= total),
            (None, total) => total.is_some(),
        };
        is_legal.then_some(Self { range, total })
    }
}

fn number(text: &str) -> Option<u64> {
    // `parse` would take a sign.
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// What was asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked<'a> {
    /// The part, up to the end of the file if it has no end; none for the whole.
    pub(super) part: Option<(u64, Option<u64>)>,
    /// How long the file is, if known.
    pub(super) total: Option<u64>,
    /// Which version it must be, if known.
    pub(super) version: Option<&'a Validators>,
}

/// What is to be done with the response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Its body is the part that was asked for, as far as `end`.
    Part { end: u64, total: Option<u64> },
    /// Its body is the whole file.
    Whole,
    /// There is nothing behind what was asked for: the file ends there.
    Complete,
    /// Another version, or a part that nobody asked for: what was there before must not be mixed with it.
    Differs(&'static str),
    /// No file.
    Refused,
}

/// Decides; `status` and `headers` are the response's.
pub(super) fn judge(status: u16, headers: &Headers, asked: &Asked<'_>, now: SystemTime) -> Verdict {
    let range = headers.get("content-range").and_then(ContentRange::parse);
    match (status, asked.part) {
        (200 | 203, _) => Verdict::Whole,
        (206, Some((from, to))) => part(headers, range, asked, (from, to), now),
        (416, Some((from, _))) => {
            match range {
                // Without a total a server says no more than that nothing is there; it is the end if that was expected. A
                // file that was longer before is another one, even if it ends where a piece of that one begins.
                Some(ContentRange { total: Some(total), .. })
                    if total == from && asked.total.is_none_or(|known| known == total) =>
                {
                    if is_other(headers, asked, now) { Verdict::Differs(OTHER) } else { Verdict::Complete }
                }
                None if asked.total == Some(from) => Verdict::Complete,
                _ => Verdict::Differs("the file is shorter than before"),
            }
        }
        _ => Verdict::Refused,
    }
}

fn part(
    headers: &Headers,
    range: Option<ContentRange>,
    asked: &Asked<'_>,
    (from, to): (u64, Option<u64>),
    now: SystemTime,
) -> Verdict {
    // Several parts in one body have no Content-Range of their own (RFC 9110 §15.3.7.2), and one was asked for.
    let Some(ContentRange { range: Some(range), total }) = range else {
        return Verdict::Differs("a part without a Content-Range");
    };
    if range.start != from || to.is_some_and(|to| range.end > to) {
        return Verdict::Differs("a part that nobody asked for");
    }
    match (total, asked.total) {
        (Some(total), Some(known)) if total != known => {
            return Verdict::Differs("the file has another length than before");
        }
        // A part may be shorter than asked for (RFC 9110 §15.3.7), and nothing would tell its end from the file's.
        (None, None) => return Verdict::Differs("a part of a file whose length nobody says"),
        _ => {}
    }
    if is_other(headers, asked, now) {
        return Verdict::Differs(OTHER);
    }
    Verdict::Part { end: range.end, total }
}

const OTHER: &str = "the file is another version than before";

fn is_other(headers: &Headers, asked: &Asked<'_>, now: SystemTime) -> bool {
    asked.version.is_some_and(|version| !version.agrees(&Validators::of(headers, now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, pairs: &[(&str, &str)], part: Option<(u64, Option<u64>)>) -> Verdict {
        let now = SystemTime::now();
        let headers = Headers::from_pairs(pairs.iter().copied()).unwrap();
        let known = Validators { etag: Some("\"a\"".into()), ..Validators::default() };
        judge(status, &headers, &Asked { part, total: Some(100), version: Some(&known) }, now)
    }

    #[test]
    fn content_ranges() {
        let parse = |text| ContentRange::parse(text).map(|found| (found.range, found.total));
        assert_eq!(parse("bytes 0-9/100"), Some((Some(0..10), Some(100))));
        assert_eq!(parse("bytes 5-5/*"), Some((Some(5..6), None)));
        assert_eq!(parse("bytes */7"), Some((None, Some(7))));
        for bad in [
            "",
            "bytes",
            "bytes 0-9",
            "bytes 9-0/100",
            "bytes 0-100/100",
            "bytes */*",
            "bytes +1-9/10",
            "lines 0-9/10",
            "bytes 0-18446744073709551615/*",
            "bytes -5/10",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    /// C334: another start is never appended, be it `10-19` for a start of 1.
    #[test]
    fn c334_only_the_part_that_was_asked_for_is_one() {
        let range = |text| [("Content-Range", text)];
        assert_eq!(
            judged(206, &range("bytes 1-9/100"), Some((1, Some(10)))),
            Verdict::Part { end: 10, total: Some(100) }
        );
        assert_eq!(
            judged(206, &range("bytes 1-4/100"), Some((1, Some(10)))),
            Verdict::Part { end: 5, total: Some(100) }
        );
        for wrong in ["bytes 10-19/100", "bytes 0-9/100", "bytes 1-10/100", "bytes 1-9/101", "bytes 1-9", "bytes */100"]
        {
            assert!(matches!(judged(206, &range(wrong), Some((1, Some(10)))), Verdict::Differs(_)), "{wrong}");
        }
        let other = [("Content-Range", "bytes 1-9/100"), ("ETag", "\"b\"")];
        assert!(matches!(judged(206, &other, Some((1, Some(10)))), Verdict::Differs(_)));
        assert!(matches!(
            judged(206, &[("Content-Type", "multipart/byteranges; boundary=x")], Some((1, None))),
            Verdict::Differs(_)
        ));
        assert_eq!(judged(206, &range("bytes 0-9/100"), None), Verdict::Refused);
    }

    /// C99: a part may be shorter than asked for, and its end must not pass for the file's.
    #[test]
    fn c99_a_part_of_a_file_of_unknown_length_is_none() {
        let unknown = |text| {
            let headers = Headers::from_pairs([("Content-Range", text)]).unwrap();
            judge(206, &headers, &Asked { part: Some((1, None)), ..Asked::default() }, SystemTime::now())
        };
        assert_eq!(unknown("bytes 1-9/100"), Verdict::Part { end: 10, total: Some(100) });
        assert!(matches!(unknown("bytes 1-9/*"), Verdict::Differs(_)));
        let known = judged(206, &[("Content-Range", "bytes 1-9/*")], Some((1, None)));
        assert_eq!(known, Verdict::Part { end: 10, total: None });
    }

    #[test]
    fn c336_nothing_behind_the_end_is_the_end() {
        assert_eq!(judged(416, &[("Content-Range", "bytes */100")], Some((100, None))), Verdict::Complete);
        assert_eq!(judged(416, &[], Some((100, None))), Verdict::Complete);
        assert!(matches!(judged(416, &[("Content-Range", "bytes */90")], Some((100, None))), Verdict::Differs(_)));
        assert!(matches!(judged(416, &[], Some((50, None))), Verdict::Differs(_)));
        // The file has become just as long as the first piece was: its bytes are another version's.
        assert!(matches!(judged(416, &[("Content-Range", "bytes */50")], Some((50, Some(60)))), Verdict::Differs(_)));
        let other = [("Content-Range", "bytes */100"), ("ETag", "\"b\"")];
        assert!(matches!(judged(416, &other, Some((100, None))), Verdict::Differs(_)));
        assert_eq!(judged(416, &[], None), Verdict::Refused);
        assert_eq!(judged(200, &[], Some((50, None))), Verdict::Whole);
        assert_eq!(judged(404, &[], None), Verdict::Refused);
        assert_eq!(judged(204, &[], None), Verdict::Refused);
    }
}
