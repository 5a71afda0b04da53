//! Cookies as octopus shows them: values by name.

use std::collections::BTreeMap;

use crate::message::Headers;

/// The cookies that an answer sets, the last of a name. Attributes are left out, and so are lines that are not text.
pub(super) fn set_by(headers: &Headers) -> BTreeMap<&str, &str> {
    // RFC 6265bis §5.6: up to the first semicolon, and there the first equals sign parts name and value.
    headers.get_all("Set-Cookie").filter_map(|line| line.split(';').next()).filter_map(pair).collect()
}

/// The cookies of a `Cookie` line, the first of a name, as most servers take them.
pub(super) fn in_line(line: &str) -> BTreeMap<&str, &str> {
    let mut found = BTreeMap::new();
    for (name, value) in line.split(';').filter_map(pair) {
        found.entry(name).or_insert(value);
    }
    found
}

fn pair(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=').unwrap_or(("", text));
    let (name, value) = (trim(name), trim(value));
    (!name.is_empty() || !value.is_empty()).then_some((name, value))
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q19_a_value_with_an_equals_sign_is_kept_whole() {
        let lines = ["a=b=c; Path=/", " t\t= \"x y\" ;Secure", "=v", "", ";", "a=2"];
        let headers = Headers::from_pairs(lines.map(|line| ("Set-Cookie", line))).unwrap();
        assert_eq!(set_by(&headers), BTreeMap::from([("a", "2"), ("t", "\"x y\""), ("", "v")]));
        assert_eq!(in_line("a=b=c; d=; a=2;; e"), BTreeMap::from([("a", "b=c"), ("d", ""), ("", "e")]));
    }

    #[test]
    fn q20_no_cookies_are_an_empty_map() {
        assert!(set_by(&Headers::new()).is_empty() && in_line("").is_empty());
    }
}
