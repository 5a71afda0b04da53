//! Which URLs a prefix stands for.

use std::sync::Arc;

use crate::error::{Error, Kind, Phase, Result};
use crate::message::Url;

/// A prefix with its limit.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) prefix: Arc<str>,
    /// The same for all that are written differently and mean the same.
    pub(super) key: Arc<str>,
    pub(super) limit: usize,
    matching: Matching,
}

#[derive(Clone, Debug)]
enum Matching {
    /// What the URL's text begins with.
    Raw(Arc<str>),
    /// An origin, and below it a part of the path.
    Below(Url),
}

impl Bound {
    pub(super) fn new(prefix: &str, limit: usize, raw: bool) -> Result<Self> {
        let matching = match raw {
            true if prefix.is_empty() => return Err(refused(prefix, "it is empty and would stand for every URL")),
            true => Matching::Raw(prefix.into()),
            false => Matching::Below(parse(prefix)?),
        };
        let key = match &matching {
            Matching::Raw(text) => text.clone(),
            Matching::Below(top) => top.as_str().into(),
        };
        Ok(Self { prefix: prefix.into(), key, limit, matching })
    }

    pub(super) fn matches(&self, url: &Url) -> bool {
        match &self.matching {
            Matching::Raw(text) => url.as_str().starts_with(&**text),
            Matching::Below(top) => top.same_origin(url) && is_below(top, url),
        }
    }
}

/// At the boundary of a segment: `/a` stands for `/a`, `/a/b` and `/a?q`, not for `/ab`.
fn is_below(top: &Url, url: &Url) -> bool {
    if let Some(query) = top.query() {
        return top.path() == url.path() && url.query().is_some_and(|other| other.starts_with(query));
    }
    let path = top.path();
    let Some(rest) = url.path().strip_prefix(path) else { return false };
    rest.is_empty() || path.ends_with('/') || rest.starts_with('/')
}

fn parse(prefix: &str) -> Result<Url> {
    let mut url = Url::parse(prefix).map_err(|error| refused(prefix, "it is no URL").with_source(error))?;
    if url.fragment().is_some() {
        return Err(refused(prefix, "a fragment is never sent"));
    }
    url.remove_userinfo();
    Ok(url)
}

pub(super) fn refused(prefix: &str, why: &str) -> Error {
    let shown = crate::message::unparsed(prefix);
    Error::new(Kind::InvalidConfig, format!("the limit for `{shown}`: {why}")).with_phase(Phase::Build)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(prefix: &str, raw: bool, url: &str) -> bool {
        Bound::new(prefix, 1, raw).unwrap().matches(&Url::parse(url).unwrap())
    }

    #[test]
    fn q111_q112_prefixes_end_at_a_boundary_of_the_parsed_url() {
        for (prefix, url, expected) in [
            ("http://a", "http://a/", true),
            ("http://a", "http://a/x?y", true),
            ("http://a", "HTTP://A:80/x", true),
            ("HTTP://A:80", "http://a/x", true),
            ("http://a", "http://me:secret@a/x", true),
            ("http://a", "http://a.evil.com/", false),
            ("http://a", "http://ab/", false),
            ("http://a", "http://a:8080/", false),
            ("http://a", "https://a/", false),
            ("http://a/eco", "http://a/eco", true),
            ("http://a/eco", "http://a/eco/b", true),
            ("http://a/eco", "http://a/eco?b", true),
            ("http://a/eco", "http://a/x/../eco", true),
            ("http://a/eco", "http://a/economia", false),
            ("http://a/eco", "http://a/ECO", false),
            ("http://a/eco/", "http://a/eco/b", true),
            ("http://a/eco/", "http://a/eco", false),
            ("http://a/s?q=", "http://a/s?q=1", true),
            ("http://a/s?q=", "http://a/s/t?q=1", false),
            ("http://[::1]:80", "http://[0::1]/", true),
        ] {
            assert_eq!(matches(prefix, false, url), expected, "{prefix} {url}");
        }
    }

    #[test]
    fn q111_raw_prefixes_are_text() {
        assert!(matches("http://a", true, "http://a.evil.com/"));
        assert!(matches("http://a/eco", true, "http://a/economia"));
        assert!(!matches("HTTP://a", true, "http://a/"));
    }

    #[test]
    fn what_is_no_prefix_is_refused_with_its_reason() {
        for (prefix, raw) in
            [("a.example", false), ("ftp://a", false), ("http://a/#top", false), ("", false), ("", true)]
        {
            let error = Bound::new(prefix, 1, raw).unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidConfig, "{prefix}");
            assert!(error.to_string().contains("the limit for"), "{error}");
        }
        let error = Bound::new("http://me:secret@:80x", 1, false).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    }
}
