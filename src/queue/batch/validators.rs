//! Whether an answer is of a type that was asked for.

use super::parameters;
use crate::error::{Error, Kind, Phase, Result};
use crate::message::Headers;

/// aquests' number for what [`check`] refuses.
pub(super) const UNACCEPTABLE: u16 = 718;

/// An answer without a type passes: it is not of another one.
pub(super) fn check(answer: &Headers, expected: &[Box<str>], accept: Option<&str>) -> Result<()> {
    let Some((media_type, _)) = parameters::of(answer, "Content-Type").filter(|(value, _)| !value.is_empty()) else {
        return Ok(());
    };
    let is_expected = expected.is_empty() || expected.iter().any(|range| covers(range, &media_type));
    if is_expected && accept.is_none_or(|accept| accepts(accept, &media_type)) {
        return Ok(());
    }
    let shown: String = media_type.chars().take(80).collect();
    Err(Error::new(Kind::Decode, format!("the answer is `{shown}`, which was not asked for")).with_phase(Phase::Head))
}

/// RFC 9110 §12.5.1: the most specific range counts, and a weight of 0 means "not acceptable".
fn accepts(accept: &str, media_type: &str) -> bool {
    let ranges = parameters::split(accept, ',').into_iter().map(str::trim).filter(|range| !range.is_empty());
    let fitting = ranges.filter(|range| covers(range, media_type));
    let best =
        fitting.max_by_key(|range| range.bytes().take_while(|&byte| byte != b';').filter(|&b| b != b'*').count());
    best.is_some_and(|range| !is_refused(range))
}

fn is_refused(range: &str) -> bool {
    let weight = range.split(';').skip(1).filter_map(|part| part.split_once('='));
    let weight = weight.filter(|(name, _)| name.trim().eq_ignore_ascii_case("q")).map(|(_, value)| value.trim());
    weight.filter_map(|value| value.parse::<f32>().ok()).any(|weight| weight == 0.0)
}

/// Whether `text/html` lies in a range: `*/*`, `text/*`, `text/html`; parameters do not count.
fn covers(range: &str, media_type: &str) -> bool {
    let range = range.split(';').next().unwrap_or(range).trim();
    match range.strip_suffix('*') {
        Some("*/") => true,
        Some(prefix) => media_type.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)),
        None => range.eq_ignore_ascii_case(media_type),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q199_types_that_were_asked_for() {
        for (accept, media_type, passes) in [
            ("*/*", "text/html", true),
            ("text/*", "Text/HTML", true),
            ("text/html;q=0.5, application/json", "text/html", true),
            ("application/json", "text/html", false),
            ("text/html;q=0, */*", "text/html", false),
            ("text/*;q=0, text/html", "text/html", true),
            ("text/html", "text/htmlx", false),
            ("", "text/html", false),
            ("a/b; x=\"text/html,\", c/d", "c/d", true),
        ] {
            assert_eq!(accepts(accept, media_type), passes, "{accept} {media_type}");
        }
        let answer = Headers::from_pairs([("Content-Type", "text/html; charset=utf-8")]).unwrap();
        assert!(check(&answer, &[], None).is_ok());
        assert!(check(&answer, &["image/*".into(), "text/html".into()], None).is_ok());
        assert!(check(&answer, &["image/*".into()], None).is_err());
        assert!(check(&Headers::new(), &["image/*".into()], Some("image/*")).is_ok());
    }
}
