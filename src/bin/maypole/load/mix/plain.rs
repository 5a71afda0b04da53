//! A line of a mix that is no JSON.

/// What a line says.
#[derive(Debug, PartialEq)]
pub(super) enum Line<'a> {
    /// Behind it no header belongs to the request above.
    Empty,
    Comment,
    Request {
        weight: u32,
        method: Option<&'a str>,
        url: &'a str,
    },
    /// Of the request above.
    Header(&'a str, &'a str),
    /// The body of the request above.
    BodyFile(&'a str),
}

/// `[WEIGHT] [METHOD] URL`, `Name: value` or `@FILE`.
pub(super) fn parse(line: &str) -> Result<Line<'_>, String> {
    let line = line.trim();
    match line.chars().next() {
        None => return Ok(Line::Empty),
        Some('#') => return Ok(Line::Comment),
        Some('@') => return Ok(Line::BodyFile(line[1..].trim())),
        Some(_) => {}
    }
    let (weight, rest) = match line.split_once(char::is_whitespace) {
        Some((word, rest)) if word.bytes().all(|byte| byte.is_ascii_digit()) => {
            (self::weight(word)?, rest.trim_start())
        }
        _ => (1, line),
    };
    let (method, url) = match rest.split_once(char::is_whitespace) {
        Some((word, url)) if !is_url(word) && is_url(url.trim_start()) && !word.ends_with(':') => {
            (Some(word), url.trim_start())
        }
        _ => (None, rest),
    };
    if is_url(url) {
        let url = without_blanks(url)?;
        return Ok(Line::Request { weight, method, url });
    }
    match line.split_once(':') {
        Some((name, value)) if !name.is_empty() && !name.contains(char::is_whitespace) => {
            Ok(Line::Header(name, value.trim()))
        }
        _ => Err("neither a request (`[WEIGHT] [METHOD] URL`, the URL with http:// or as /path), \
                  nor a header (`Name: value`), a body (`@FILE`) or a comment (`#`)"
            .into()),
    }
}

pub(super) fn weight(text: &str) -> Result<u32, String> {
    let weight = text.parse().ok().filter(|weight| (1..=1_000_000).contains(weight));
    weight.ok_or_else(|| format!("a weight of {text}; it is a whole number from 1 to 1,000,000"))
}

/// With its server, or a path on the one that is named elsewhere. `host:80` could as well be a header.
fn is_url(text: &str) -> bool {
    text.starts_with('/') || text.split_once("://").is_some_and(|(scheme, _)| !scheme.contains([':', ' ', '\t']))
}

/// Those inside of placeholders may be there.
fn without_blanks(url: &str) -> Result<&str, String> {
    let mut rest = url;
    let mut outside = String::new();
    while let Some((before, behind)) = rest.split_once("{{") {
        outside.push_str(before);
        rest = behind.split_once("}}").map_or("", |(_, behind)| behind);
    }
    outside.push_str(rest);
    match outside.contains(char::is_whitespace) {
        true => {
            Err(format!("{url:?} has blanks; a method stands before the URL, a body in a line below it as `@FILE`"))
        }
        false => Ok(url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_request_a_header_a_body_or_nothing() {
        let request = |weight, method, url| Ok(Line::Request { weight, method, url });
        assert_eq!(parse(" http://h/a "), request(1, None, "http://h/a"));
        assert_eq!(parse("/a?u=http://x/"), request(1, None, "/a?u=http://x/"));
        assert_eq!(parse("3 /a"), request(3, None, "/a"));
        assert_eq!(parse("POST\thttp://h/"), request(1, Some("POST"), "http://h/"));
        assert_eq!(parse("10  PUT  /x/{{choice:a b|c}}"), request(10, Some("PUT"), "/x/{{choice:a b|c}}"));
        assert_eq!(parse("X-A:1"), Ok(Line::Header("X-A", "1")));
        assert_eq!(parse("Referer: http://h/"), Ok(Line::Header("Referer", "http://h/")));
        assert_eq!(parse("Location: /a"), Ok(Line::Header("Location", "/a")));
        assert_eq!(parse("X-Empty:"), Ok(Line::Header("X-Empty", "")));
        assert_eq!(parse("@ body.json"), Ok(Line::BodyFile("body.json")));
        assert_eq!([parse("  "), parse(" # 3 /a")], [Ok(Line::Empty), Ok(Line::Comment)]);
    }

    #[test]
    fn other_lines_are_refused() {
        for (line, why) in [
            ("h.test", "neither"),
            ("GET", "neither"),
            ("GET h/x", "neither"),
            ("0 /a", "a weight of 0"),
            ("1000001 /a", "a weight of 1000001"),
            ("http://h/ POST a=b", "blanks"),
            ("/a /b", "blanks"),
            (": x", "neither"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(why), "{line}: {error}");
        }
    }
}
