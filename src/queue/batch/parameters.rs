//! A header value and its parameters: `text/html; charset="utf-8"`.

use crate::message::Headers;

/// The first value of that name and the parameters behind it, names in lower case, quoted values unquoted
/// (RFC 9110 §5.6.6).
pub(super) fn of(headers: &Headers, name: &str) -> Option<(String, Vec<(String, String)>)> {
    let mut parts = split(headers.get(name)?, ';').into_iter();
    let value = parts.next()?.trim().to_owned();
    let pair = |part: &str| {
        let (name, value) = part.split_once('=')?;
        Some((name.trim().to_ascii_lowercase(), unquoted(value.trim())))
    };
    Some((value, parts.filter_map(pair).collect()))
}

/// The pieces between separators that stand in no quoted string.
pub(super) fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        if c == separator && !quoted {
            parts.push(&text[start..at]);
            start = at + c.len_utf8();
        }
        if c == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = c == '\\' && quoted && !escaped;
    }
    parts.push(&text[start..]);
    parts
}

fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else { return value.to_owned() };
    let mut text = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            // RFC 9110 §5.6.4: a backslash stands for the character behind it.
            '\\' => text.extend(chars.next()),
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_parameters() {
        for (line, value, parameters) in [
            ("text/html", "text/html", &[][..]),
            ("text/html;charset=utf-8", "text/html", &[("charset", "utf-8")]),
            ("a; B=\"x;y\" ; c = d; e", "a", &[("b", "x;y"), ("c", "d")]),
            ("a; q=\"x\\\"y\"; z=1", "a", &[("q", "x\"y"), ("z", "1")]),
            ("a; q=\"open", "a", &[("q", "open")]),
            ("", "", &[]),
        ] {
            let headers = Headers::from_pairs([("X", line)]).unwrap();
            let (got, pairs) = of(&headers, "x").unwrap();
            let pairs: Vec<_> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
            assert_eq!((&*got, &pairs[..]), (value, parameters), "{line}");
        }
        assert!(of(&Headers::new(), "x").is_none());
    }
}
