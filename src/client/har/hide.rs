//! What an archive does not show.

use std::borrow::Cow;

const SECRETS: [&str; 6] =
    ["authorization", "cookie", "proxy-authenticate", "proxy-authorization", "set-cookie", "www-authenticate"];
/// Lines whose value is a URL.
const URLS: [&str; 3] = ["location", "content-location", "referer"];

/// The value of a line, without secrets; `sensitive` names what the caller has marked as such.
pub(super) fn value<'a>(name: &str, value: &'a str, sensitive: &[Box<str>]) -> Cow<'a, str> {
    let one_of = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    if one_of(&SECRETS) || sensitive.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        return "hidden".into();
    }
    if one_of(&URLS) { userinfo(value) } else { value.into() }
}

/// A reference, which may be relative and need not be a legal one, without what stands before the host.
pub(super) fn userinfo(text: &str) -> Cow<'_, str> {
    // Backslashes count as slashes in URLs of the web.
    let Some(first) = text.find(['/', '\\']) else { return text.into() };
    let rest = text[first..].trim_start_matches(['/', '\\']);
    let start = text.len() - rest.len();
    let has_host = start - first > 1 || text[..first].ends_with(':');
    let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@').filter(|_| has_host) {
        Some(at) => format!("{}{}", &text[..start], &rest[at + 1..]).into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_j6_what_a_line_shows() {
        let own = ["x-api-key".into()];
        for (name, value, shown) in [
            ("AUTHORIZATION", "x", "hidden"),
            ("X-API-Key", "x", "hidden"),
            ("X-Other", "u:p@h", "u:p@h"),
            ("Location", "http://u:p@h/", "http://h/"),
        ] {
            assert_eq!(super::value(name, value, &own), shown, "{name}");
        }
    }

    #[test]
    fn sec_d6_references_lose_what_stands_before_the_host() {
        for (text, shown) in [
            ("http://u:p@h/x?a@b#c@d", "http://h/x?a@b#c@d"),
            ("//u:p@h", "//h"),
            ("http:\\\\u:p@h\\x", "http:\\\\h\\x"),
            ("http:/u@v:p@h/x", "http:/h/x"),
            ("/users/@me", "/users/@me"),
            ("/@me", "/@me"),
            ("a@b", "a@b"),
            ("http://h/@x", "http://h/@x"),
            ("", ""),
        ] {
            assert_eq!(userinfo(text), shown, "{text}");
        }
    }
}
