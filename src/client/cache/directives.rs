//! `Cache-Control` of requests and responses (RFC 9111 §5.2, RFC 5861).

use crate::wire::{Headers, grammar};

/// Seconds, cut off at the 2^31 that RFC 9111 §1.2.2 asks for at least: 68 years.
pub(super) type Seconds = u32;
const LONGEST: Seconds = 1 << 31;

/// What was asked for. A private cache has no use for `s-maxage` and `proxy-revalidate`, except that the first says that
/// an answer may be shared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Directives {
    pub(super) no_store: bool,
    pub(super) no_cache: bool,
    pub(super) public: bool,
    pub(super) private: bool,
    pub(super) s_maxage: bool,
    pub(super) must_revalidate: bool,
    pub(super) must_understand: bool,
    pub(super) only_if_cached: bool,
    pub(super) max_age: Option<Seconds>,
    /// Without a value: any time, which is the longest.
    pub(super) max_stale: Option<Seconds>,
    pub(super) min_fresh: Option<Seconds>,
    pub(super) stale_while_revalidate: Option<Seconds>,
    pub(super) stale_if_error: Option<Seconds>,
}

impl Directives {
    pub(super) fn of(headers: &Headers) -> Self {
        let mut all = Self::default();
        for line in headers.get_all_bytes("Cache-Control") {
            members(line).for_each(|member| all.take(member));
        }
        all
    }

    /// Those of a request. `Pragma: no-cache` counts where there is no `Cache-Control` (RFC 9111 §5.4).
    pub(super) fn of_request(headers: &Headers) -> Self {
        let all = Self::of(headers);
        let pragma = !headers.contains("Cache-Control") && headers.has_token("Pragma", "no-cache");
        Self { no_cache: all.no_cache || pragma, ..all }
    }

    fn take(&mut self, member: &[u8]) {
        let equals = memchr::memchr(b'=', member);
        let (name, value) = match equals {
            Some(at) => (grammar::trim(&member[..at]), Some(unquoted(grammar::trim(&member[at + 1..])))),
            None => (member, None),
        };
        let seconds = value.and_then(seconds);
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        if is("no-store") {
            self.no_store = true;
        } else if is("no-cache") {
            // With field names it forbids only those lines; taken for the whole answer, which is always allowed.
            self.no_cache = true;
        } else if is("public") {
            self.public = true;
        } else if is("private") {
            self.private = true;
        } else if is("s-maxage") {
            self.s_maxage = true;
        } else if is("must-revalidate") {
            self.must_revalidate = true;
        } else if is("must-understand") {
            self.must_understand = true;
        } else if is("only-if-cached") {
            self.only_if_cached = true;
        } else if is("max-age") {
            // RFC 9111 §4.2.1: what cannot be read, and what is said twice, counts as stale as it can.
            self.max_age = shorter(self.max_age, Some(seconds.unwrap_or(0)));
        } else if is("max-stale") {
            let any = value.is_none().then_some(LONGEST);
            self.max_stale = shorter(self.max_stale, seconds.or(any));
        } else if is("min-fresh") {
            self.min_fresh = self.min_fresh.max(seconds);
        } else if is("stale-while-revalidate") {
            self.stale_while_revalidate = shorter(self.stale_while_revalidate, seconds);
        } else if is("stale-if-error") {
            self.stale_if_error = shorter(self.stale_if_error, seconds);
        }
    }
}

fn shorter(one: Option<Seconds>, other: Option<Seconds>) -> Option<Seconds> {
    [one, other].into_iter().flatten().min()
}

/// delta-seconds of RFC 9111 §1.2.2: digits only.
pub(super) fn seconds(value: &[u8]) -> Option<Seconds> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digit =
        |sum: Seconds, byte: &u8| sum.saturating_mul(10).saturating_add(Seconds::from(byte - b'0')).min(LONGEST);
    Some(value.iter().fold(0, digit))
}

/// The members of a list whose values may be quoted: `private="x , y", max-age=5` has two (sec-J7).
///
/// A quote that nothing closes is a character like any other: it must not swallow the `no-store` behind it.
fn members(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut rest, mut quotes) = (line, true);
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let end = member_end(rest, &mut quotes);
            let member = grammar::trim(&rest[..end]);
            rest = rest.get(end + 1..).unwrap_or_default();
            if !member.is_empty() {
                return Some(member);
            }
        }
        None
    })
}

/// `quotes`: whether they still count. After one that nothing closes none does, or a line of `"\"\"\"…` would be looked
/// through to its end for each of them.
fn member_end(rest: &[u8], quotes: &mut bool) -> usize {
    let mut at = 0;
    while let Some(byte) = rest.get(at) {
        at += match byte {
            b',' => return at,
            b'"' if *quotes => closing_quote(&rest[at..]).unwrap_or_else(|| {
                *quotes = false;
                1
            }),
            _ => 1,
        }
    }
    rest.len()
}

/// The length of the quoted string at the front, both quotes included.
fn closing_quote(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match text.get(at)? {
            b'\\' => at += 2,
            b'"' => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// Digits need no escapes, so that a quoted string with some is simply no number.
fn unquoted(value: &[u8]) -> &[u8] {
    value.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(lines: &[&str]) -> Directives {
        Directives::of(&Headers::from_pairs(lines.iter().map(|line| ("Cache-Control", line))).unwrap())
    }

    #[test]
    fn quotes_that_nothing_closes_take_linear_time() {
        for piece in ["\\\"", "\\\","] {
            let line = format!("\"{}, max-age=7", piece.repeat(200 << 10));
            let start = std::time::Instant::now();
            assert_eq!(parse(&[&line]).max_age, Some(7));
            assert!(start.elapsed() < std::time::Duration::from_secs(5));
        }
    }

    #[test]
    fn rfc9111_5_2_names_without_regard_to_case_values_as_token_or_quoted() {
        let all = parse(&["No-Store, MAX-AGE=60", "private=\"x , y\", stale-if-error=\"5\""]);
        assert!(all.no_store && all.private && !all.public);
        assert_eq!((all.max_age, all.stale_if_error), (Some(60), Some(5)));
    }

    #[test]
    fn sec_j7_blanks_commas_and_open_quotes_in_values() {
        let base = Directives { private: true, max_age: Some(9), ..Directives::default() };
        for (line, expected) in [
            ("private=\"x , y\", max-age=9", base),
            ("private=\"a, no-store\", max-age=9", base),
            ("private=\"a\\\", no-store\", max-age=9", base),
            ("private = \"x\" ,max-age = 9", base),
            (",, private ,\t, max-age=9,", base),
            ("private=\"x , no-store, max-age=9", Directives { no_store: true, ..base }),
            ("private=\", max-age=9", base),
            ("private=, max-age=9", base),
            ("private, private=\"x\", max-age=9", base),
            ("max-age=9, private, unknown=\"no-store\", =5, =", base),
        ] {
            assert_eq!(parse(&[line]), expected, "{line}");
        }
    }

    #[test]
    fn rfc9111_1_2_2_seconds_that_cannot_be_read_are_stale_and_huge_ones_are_cut() {
        for (line, expected) in [
            ("max-age=0", 0),
            ("max-age=00060", 60),
            ("max-age", 0),
            ("max-age=", 0),
            ("max-age=-1", 0),
            ("max-age=1.5", 0),
            ("max-age=60s", 0),
            ("max-age=99999999999999999999999999", LONGEST),
            ("max-age=60, max-age=10", 10),
            ("max-age=10, max-age=60", 10),
            ("max-age=10, max-age=x", 0),
        ] {
            assert_eq!(parse(&[line]).max_age, Some(expected), "{line}");
        }
    }

    #[test]
    fn rfc9111_5_2_1_request_directives() {
        assert_eq!(parse(&["max-stale"]).max_stale, Some(LONGEST));
        assert_eq!(parse(&["max-stale=10"]).max_stale, Some(10));
        assert_eq!(parse(&["max-stale=x"]).max_stale, None);
        assert_eq!(parse(&["min-fresh=10, min-fresh=20"]).min_fresh, Some(20));
        assert!(parse(&["only-if-cached"]).only_if_cached);
        let pragma = |lines: &[(&str, &str)]| {
            Directives::of_request(&Headers::from_pairs(lines.iter().copied()).unwrap()).no_cache
        };
        assert!(pragma(&[("Pragma", "x, No-Cache")]));
        assert!(!pragma(&[("Pragma", "no-cache"), ("Cache-Control", "max-age=5")]));
    }
}
