//! Dates of `Expires`, by the forgiving algorithm of RFC 6265 §5.1.1: tokens in any order, whatever stands between them.

use std::time::{Duration, SystemTime};

/// Reads a date; `None` where the algorithm says "fail".
pub(super) fn parse(text: &[u8]) -> Option<SystemTime> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.split(|&byte| is_delimiter(byte)).filter(|token| !token.is_empty()) {
        if time.is_none() && take(&mut time, clock(token)) {
            continue;
        }
        if day.is_none() && take(&mut day, number(token, 1..=2)) {
            continue;
        }
        if month.is_none() && take(&mut month, month_of(token)) {
            continue;
        }
        if year.is_none() {
            take(&mut year, number(token, 2..=4));
        }
    }
    let ([hour, minute, second], day, month) = (time?, day?, month?);
    let year = match year? {
        year @ 70..=99 => 1900 + year,
        year @ 0..=69 => 2000 + year,
        year => year,
    };
    if day < 1 || day > days_in(year, month) || year < 1601 || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days_since_epoch(year, month, day) * 86_400 + i64::from(hour * 3_600 + minute * 60 + second);
    at(seconds)
}

/// The moment so many seconds after 1970, or before.
pub(super) fn at(seconds: i64) -> Option<SystemTime> {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let epoch = SystemTime::UNIX_EPOCH;
    if seconds < 0 { epoch.checked_sub(distance) } else { epoch.checked_add(distance) }
}

/// Whole seconds since 1970, rounded up: a file holds them exactly, and a life of one second stays one.
pub(super) fn seconds(time: SystemTime) -> i64 {
    let (whole, before) = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => (after.as_secs() + u64::from(after.subsec_nanos() > 0), false),
        Err(error) => (error.duration().as_secs(), true),
    };
    let whole = i64::try_from(whole).unwrap_or(i64::MAX);
    if before { -whole } else { whole }
}

fn take<T>(slot: &mut Option<T>, found: Option<T>) -> bool {
    *slot = found;
    slot.is_some()
}

// delimiter of RFC 6265 §5.1.1. A colon is none: it holds a time together.
fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'/' | b';'..=b'@' | b'['..=b'`' | b'{'..=b'~')
}

/// hms-time: three numbers of one or two digits; anything may follow, but no further digit.
fn clock(token: &[u8]) -> Option<[u32; 3]> {
    let mut parts = token.splitn(3, |&byte| byte == b':');
    let whole = |part: &[u8]| number(part, 1..=2).filter(|_| part.len() <= 2 && part.iter().all(u8::is_ascii_digit));
    Some([whole(parts.next()?)?, whole(parts.next()?)?, number(parts.next()?, 1..=2)?])
}

/// A number of so many digits at the start of the token, and no digit behind it.
fn number(token: &[u8], digits: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let length = token.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let fits = digits.contains(&length);
    fits.then(|| token[..length].iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
}

fn month_of(token: &[u8]) -> Option<u32> {
    let names = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let start = token.get(..3)?;
    (1..).zip(names).find_map(|(number, name)| start.eq_ignore_ascii_case(name.as_bytes()).then_some(number))
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar, counted in years that begin in March, so that the leap day is last.
fn days_since_epoch(year: u32, month: u32, day: u32) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let month = i64::from((month + 9) % 12);
    let day_of_year = (153 * month + 2) / 5 + i64::from(day) - 1;
    // 719,468 days lie between 0000-03-01 and 1970-01-01.
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unix(text: &str) -> Option<i64> {
        parse(text.as_bytes()).map(seconds)
    }

    #[test]
    fn sec_e7_every_form_of_a_date() {
        let same = Some(784_111_777);
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 06-Nov-1994 08:49:37 GMT",
            "Sun, 6 Nov 94 8:49:37 UTC",
            "1994 6 november 8:49:37",
            "08:49:37 6 NOV 1994",
            "nov/06/1994 08:49:37 +0100",
            "6NOV nonsense; 08:49:37zone Novel 94th",
            "\t06 Nov 94_08:49:37",
        ] {
            assert_eq!(unix(text), same, "{text:?}");
        }
    }

    #[test]
    fn sec_e7_dates_at_the_edges() {
        for (text, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Tue, 19 Jan 2038 03:14:08 GMT", 1 << 31),
            ("1 Jan 1601 00:00:00", -11_644_473_600),
            ("31 Dec 9999 23:59:59", 253_402_300_799),
            ("29 Feb 2000 00:00:00", 951_782_400),
            ("1 Mar 2000 00:00:00", 951_868_800),
            ("1 Jan 70 0:0:0", 0),
            ("1 Jan 69 0:0:0", 3_124_224_000),
        ] {
            assert_eq!(unix(text), Some(seconds), "{text:?}");
        }
    }

    #[test]
    fn sec_e7_what_is_no_date() {
        for text in [
            "",
            "0",
            "-1",
            "never",
            "Thu, 01 Jan 1970",
            "01 1970 00:00:00",
            "Jan 1970 00:00:00",
            "1 Jan 00:00:00",
            "1 Jan 1600 00:00:00",
            "0 Jan 2000 00:00:00",
            "32 Jan 2000 00:00:00",
            "30 Feb 2000 00:00:00",
            "29 Feb 1900 00:00:00",
            "1 Jan 2000 24:00:00",
            "1 Jan 2000 00:60:00",
            "1 Jan 2000 00:00:60",
            "1 Jan 2000 000:00:00",
            "1 Jan 2000 00:00",
            "1 Jan 20000 00:00:00",
            "1 Jan 999999999999999999999 00:00:00",
            "1 Jan 2000 0x:00:00",
        ] {
            assert_eq!(unix(text), None, "{text:?}");
        }
    }

    #[test]
    fn seconds_are_rounded_up_and_never_overflow() {
        assert_eq!(seconds(SystemTime::UNIX_EPOCH + Duration::from_millis(1_500)), 2);
        assert_eq!(at(-5).map(seconds), Some(-5));
        assert!(at(i64::MAX).is_none_or(|time| seconds(time) == i64::MAX));
    }
}
