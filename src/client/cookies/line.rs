//! The one `Cookie` line of a request, from all who have a say in it.

use crate::error::{Error, Kind, Phase, Result};
use crate::message::Headers;
use crate::wire::grammar;

/// Puts the line together: the caller's own `Cookie` header, then the request's one-off cookies, then the jar's; RFC 6265
/// §5.4 allows one line only. A name that stands in an earlier part is left out of the later ones, since servers differ
/// in which of two they believe. `None` if nothing is left: an empty line is never sent.
pub(crate) fn cookie_line(caller: Option<&[u8]>, one_off: &[(String, String)], jar: Option<String>) -> Option<Vec<u8>> {
    let caller = grammar::trim(caller.unwrap_or_default());
    if caller.is_empty() && one_off.is_empty() {
        return jar.filter(|line| !line.is_empty()).map(String::into_bytes);
    }
    let mut line = caller.strip_suffix(b";").unwrap_or(caller).to_vec();
    for (name, value) in one_off.iter().filter(|(name, _)| !holds(caller, name.as_bytes())) {
        add(&mut line, &[name.as_bytes(), b"=", value.as_bytes()].concat());
    }
    let before = line.clone();
    for pair in pairs(jar.unwrap_or_default().as_bytes()).filter(|pair| !holds(&before, name_of(pair))) {
        add(&mut line, pair);
    }
    (!line.is_empty()).then_some(line)
}

/// The caller's `Cookie` lines, defaults of the client included, as one.
pub(crate) fn own_cookies(lines: &Headers) -> Option<Vec<u8>> {
    let mut own = Vec::new();
    for line in lines.get_all_bytes("Cookie").flat_map(pairs) {
        add(&mut own, line);
    }
    (!own.is_empty()).then_some(own)
}

/// Checks a cookie that a program sets for one request: what would end it, the line or the head must not be in it.
pub(super) fn one_off(name: &str, value: &str) -> Result<(String, String)> {
    let (name, value) = (name.trim_matches([' ', '\t']), value.trim_matches([' ', '\t']));
    let refused = |why: &str| {
        // The value is a secret; a name with a control character in it is shown escaped by the error.
        let shown: String = name.chars().take(40).collect();
        Err(Error::new(Kind::InvalidRequest, format!("cookie `{shown}`: {why}")).with_phase(Phase::Build))
    };
    if name.is_empty() {
        return refused("no name");
    }
    if !grammar::is_text(name.as_bytes()) || !grammar::is_text(value.as_bytes()) {
        return refused("a control character in it");
    }
    if name.contains(['=', ';', ' ', '\t']) {
        return refused("an equals sign, a semicolon or a blank in its name");
    }
    if value.contains(';') {
        return refused("a semicolon in its value, which would begin another cookie");
    }
    Ok((name.to_owned(), value.to_owned()))
}

fn add(line: &mut Vec<u8>, pair: &[u8]) {
    if !line.is_empty() {
        line.extend_from_slice(b"; ");
    }
    line.extend_from_slice(pair);
}

fn pairs(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|&byte| byte == b';').map(grammar::trim).filter(|pair| !pair.is_empty())
}

fn name_of(pair: &[u8]) -> &[u8] {
    memchr::memchr(b'=', pair).map_or(&[][..], |end| grammar::trim(&pair[..end]))
}

fn holds(line: &[u8], name: &[u8]) -> bool {
    pairs(line).any(|pair| name_of(pair) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c227_one_line_the_callers_first_and_no_name_twice() {
        for (caller, one_off, jar, expected) in [
            (None, &[][..], None, None),
            (Some("a=1"), &[], None, Some("a=1")),
            (None, &[("a", "1")], None, Some("a=1")),
            (None, &[], Some("a=1"), Some("a=1")),
            (Some("a=1"), &[("b", "2")], Some("c=3"), Some("a=1; b=2; c=3")),
            (Some("a=1"), &[("a", "2"), ("b", "2")], Some("c=3; a=3; b=3; d=3"), Some("a=1; b=2; c=3; d=3")),
            // Of one name for two paths the server gets both, the longer path first.
            (Some("x=1"), &[], Some("a=1; a=2"), Some("x=1; a=1; a=2")),
            (Some("a=1"), &[], Some("A=2"), Some("a=1; A=2")),
            (Some("a=1;"), &[], Some("b=2"), Some("a=1; b=2")),
            (Some("a = 1;b=2"), &[], Some("a=3; b=3; c=3"), Some("a = 1;b=2; c=3")),
            (Some(""), &[], None, None),
            (Some(" ; "), &[], Some("a=1"), Some("a=1")),
            (Some(" "), &[], Some(""), None),
        ] {
            let one_off: Vec<_> = one_off.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
            let line = cookie_line(caller.map(str::as_bytes), &one_off, jar.map(str::to_owned));
            assert_eq!(line.as_deref(), expected.map(str::as_bytes), "{caller:?} {one_off:?} {jar:?}");
        }
    }

    #[test]
    fn c227_several_lines_of_the_caller_are_one() {
        let mut lines = Headers::new();
        assert_eq!(own_cookies(&lines), None);
        for line in ["a=1; b=2", "", "c=3;"] {
            lines.append("cookie", line).unwrap();
        }
        assert_eq!(own_cookies(&lines).unwrap(), b"a=1; b=2; c=3");
    }

    #[test]
    fn sec_a6_a_cookie_of_a_request_cannot_become_more() {
        for (name, value) in [("a", "1"), ("a[b]", "x y"), ("a", ""), ("a", "\"q, r\\\""), ("ä", "ö"), (" a ", " b ")]
        {
            assert!(one_off(name, value).is_ok(), "{name:?} {value:?}");
        }
        for (name, value) in [
            ("", "1"),
            (" ", "1"),
            ("a=b", "1"),
            ("a;b", "1"),
            ("a b", "1"),
            ("a\r\nb", "1"),
            ("a", "1; b=2"),
            ("a", "1\r\nX: y"),
            ("a", "1\n"),
            ("a", "\0"),
            ("a\x7F", "1"),
        ] {
            let error = one_off(name, value).unwrap_err();
            assert_eq!((error.kind(), error.phase()), (Kind::InvalidRequest, Some(Phase::Build)), "{name:?} {value:?}");
            assert!(value.len() < 2 || !error.to_string().contains(value), "{error}");
        }
    }
}
