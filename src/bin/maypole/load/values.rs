//! Values of flags whose form is checked before anything else.

use super::units::parse_duration;

/// `Name: value`.
pub(super) fn parse_header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("it has no colon; write it as `Name: value`")?;
    if name.trim().is_empty() {
        return Err("it has no name; write it as `Name: value`".into());
    }
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// A body as it is typed. What curl and wrk mean by `-d` is refused: a run with the wrong bodies would be found out late.
pub(super) fn parse_body(text: &str) -> Result<String, String> {
    let looks_like_a_time = text.ends_with(['s', 'm', 'h']) && parse_duration(text).is_ok();
    match text.strip_prefix('@') {
        Some(file) => Err(format!("-d sends what is typed; for the content of a file write -D {file}")),
        None if looks_like_a_time => {
            Err(format!("-d is the body of requests; for a run of that length write -z {text}"))
        }
        None => Ok(text.to_owned()),
    }
}

/// `type/subtype` with anything behind `;` (RFC 9110 §8.3.1): neither a file, as curl's `-T` has one, nor a URL.
pub(super) fn parse_type(text: &str) -> Result<String, String> {
    let is_token = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
    };
    let media_type = text.split(';').next().unwrap_or_default().trim();
    match media_type.split_once('/') {
        Some((kind, subtype)) if is_token(kind) && is_token(subtype) => Ok(text.trim().to_owned()),
        _ => Err("it is no media type, such as text/plain; -H 'Content-Type: …' takes anything".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_text_and_what_others_mean_by_d_is_told_apart() {
        for body in ["", "a@b", "30", "{\"n\":1}", "s", "5 s"] {
            assert_eq!(parse_body(body).as_deref(), Ok(body));
        }
        assert!(parse_body("@x.json").unwrap_err().contains("-D x.json"));
        for time in ["30s", "500ms", "1m", "1h30m"] {
            assert!(parse_body(time).unwrap_err().contains(&format!("-z {time}")));
        }
    }

    #[test]
    fn a_type_has_two_parts() {
        for good in ["text/plain", "application/vnd.api+json; charset=utf-8", " a/b "] {
            assert_eq!(parse_type(good).as_deref(), Ok(good.trim()));
        }
        for bad in ["", "json", "body.json", "http://h/", "a/", "/a", "a/b/c", "text plain/x"] {
            assert!(parse_type(bad).is_err(), "{bad}");
        }
    }
}
