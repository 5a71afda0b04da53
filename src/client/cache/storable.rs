//! Whether an answer may be kept (RFC 9111 §3), and whether that is worth the room.

use super::ask::Ask;
use super::directives::Directives;
use super::freshness::{has_validator, is_heuristically_cacheable, lifetime};
use super::meta::Meta;
use super::vary;
use crate::wire::h1::Head;

/// Statuses whose rules are known, for `must-understand` (§5.2.2.3).
const UNDERSTOOD: [u16; 14] = [200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501];

/// Whether the answer may be kept for, or handed to, anybody who asks the same.
pub(super) fn may_store(ask: &Ask<'_>, head: &Head) -> bool {
    let directives = Directives::of(&head.headers);
    let understood = UNDERSTOOD.contains(&head.status);
    // §5.2.2.3: says that its `no-store` is for those who do not know the status.
    let forbidden = directives.no_store && !(directives.must_understand && understood);
    is_whole(ask, head)
        && !ask.directives.no_store
        && !forbidden
        && (!directives.must_understand || understood)
        && (directives.public
            || directives.private
            || directives.max_age.is_some()
            || head.headers.contains("Expires")
            || is_heuristically_cacheable(head.status))
}

/// What no rule of the caller's can lift: an answer to a method that asks for one, whole, final, and for somebody who
/// can be told from others (`Vary: *` is for nobody).
pub(super) fn is_whole(ask: &Ask<'_>, head: &Head) -> bool {
    !ask.bypasses() && head.status >= 200 && !matches!(head.status, 206 | 304) && vary::names(head).is_some()
}

/// Whether an answer may serve those too who asked for the same while it was on its way: not when its server wants to be
/// asked each time.
pub(super) fn is_shareable(head: &Head) -> bool {
    let directives = Directives::of(&head.headers);
    !directives.no_cache && directives.max_age != Some(0)
}

/// Whether the answer can be of use later: as long as it is fresh, or to be validated, or in place of an error.
pub(super) fn is_worth_it(meta: &Meta) -> bool {
    let directives = meta.directives();
    let later = [directives.stale_while_revalidate, directives.stale_if_error];
    has_validator(meta) || !lifetime(meta).is_zero() || later.into_iter().flatten().any(|seconds| seconds > 0)
}

#[cfg(test)]
mod tests {
    use super::super::mode::CacheMode;
    use super::super::sample::{head, headers, meta};
    use super::*;
    use crate::message::{Method, Url};

    fn stores(method: Method, request: &[(&str, &str)], status: u16, response: &[(&str, &str)]) -> bool {
        let (url, headers) = (Url::parse("http://h/").unwrap(), headers(request));
        may_store(&Ask::new(&method, &url, &headers, CacheMode::Default), &head(status, response))
    }

    #[test]
    fn rfc9111_3_storing() {
        let control = |value| [("Cache-Control", value)];
        for (status, response, expected) in [
            (200, &[][..], true),
            (404, &[], true),
            (302, &[], false),
            (302, &control("max-age=5"), true),
            (302, &control("private"), true),
            (302, &control("public"), true),
            (302, &[("Expires", "0")], true),
            (302, &control("s-maxage=5"), false),
            (500, &[], false),
            (500, &control("max-age=5"), true),
            (599, &control("max-age=5"), true),
            (200, &control("no-store"), false),
            (200, &control("No-Store, max-age=60"), false),
            (200, &control("private=\"x , y\", no-store"), false),
            (200, &control("private"), true),
            (200, &control("no-cache"), true),
            (200, &control("must-understand, no-store, max-age=5"), true),
            (418, &control("must-understand, no-store, max-age=5"), false),
            (418, &control("must-understand, max-age=5"), false),
            (206, &control("max-age=60"), false),
            (304, &control("max-age=60"), false),
            (101, &control("max-age=60"), false),
            (200, &[("Cache-Control", "max-age=60"), ("Vary", "*")], false),
            (200, &[("Cache-Control", "max-age=60"), ("Vary", "Accept, *")], false),
            (200, &[("Cache-Control", "max-age=60"), ("Set-Cookie", "a=1")], true),
        ] {
            assert_eq!(stores(Method::GET, &[], status, response), expected, "{status} {response:?}");
        }
    }

    #[test]
    fn rfc9111_3_by_the_request() {
        let fresh = [("Cache-Control", "max-age=60")];
        assert!(stores(Method::HEAD, &[], 200, &fresh));
        assert!(stores(Method::GET, &[("Authorization", "Basic YTpi")], 200, &fresh), "a private cache may");
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::CONNECT] {
            assert!(!stores(method.clone(), &[], 200, &fresh), "{method:?}");
        }
        for line in [("Cache-Control", "no-store"), ("Range", "bytes=0-1"), ("If-None-Match", "\"a\"")] {
            assert!(!stores(Method::GET, &[line], 200, &fresh), "{line:?}");
        }
    }

    #[test]
    fn what_can_never_be_used_again_is_not_worth_room() {
        for (lines, expected) in [
            (&[][..], false),
            (&[("Cache-Control", "no-cache")], false),
            (&[("Cache-Control", "max-age=0")], false),
            (&[("Cache-Control", "max-age=1")], true),
            (&[("Cache-Control", "max-age=0, stale-while-revalidate=5")], true),
            (&[("ETag", "\"a\"")], true),
            (&[("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")], true),
            (&[("Last-Modified", "yesterday")], false),
        ] {
            assert_eq!(is_worth_it(&meta(lines)), expected, "{lines:?}");
        }
    }
}
