//! `Retry-After`: how long a server asks to be left alone (RFC 9110 §10.2.3).

use std::time::{Duration, SystemTime};

use crate::message::Headers;

/// What the answer asks for; `None` if it says nothing that can be read.
///
/// A date is measured from the answer's own `Date`, so that a clock that is wrong here makes no difference; `wall` is
/// for servers that send none.
pub(crate) fn asked(headers: &Headers, wall: SystemTime) -> Option<Duration> {
    let value = headers.get("retry-after")?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number has: for ever, which is then capped like any other.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let sent = headers.get("date").and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or(wall);
    Some(date.duration_since(sent).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c309_c376_seconds_and_dates() {
        let wall = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:00 GMT").unwrap();
        let date = "Sun, 06 Nov 1994 08:50:00 GMT";
        let table: &[(&[(&str, &str)], Option<u64>)] = &[
            (&[("Retry-After", "1")], Some(1)),
            (&[("Retry-After", " 0 ")], Some(0)),
            (&[("Retry-After", "99999999")], Some(99_999_999)),
            (&[("Retry-After", "99999999999999999999999999")], Some(u64::MAX)),
            (&[("Retry-After", date)], Some(60)),
            (&[("Retry-After", date), ("Date", "Sun, 06 Nov 1994 08:49:50 GMT")], Some(10)),
            (&[("Retry-After", date), ("Date", "yesterday")], Some(60)),
            (&[("Retry-After", "Sunday, 06-Nov-94 08:49:37 GMT")], Some(37)),
            (&[("Retry-After", "Sun, 06 Nov 1994 08:00:00 GMT")], Some(0)),
            (&[("Retry-After", "-1")], None),
            (&[("Retry-After", "+1")], None),
            (&[("Retry-After", "1.5")], None),
            (&[("Retry-After", "soon")], None),
            (&[("Retry-After", "")], None),
            (&[], None),
        ];
        for (lines, expected) in table {
            let headers = Headers::from_pairs(lines.iter().copied()).unwrap();
            assert_eq!(asked(&headers, wall), expected.map(Duration::from_secs), "{lines:?}");
        }
    }
}
