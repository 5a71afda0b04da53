//! Which requests an answer is for (RFC 9111 §4.1).

use super::digest::Digest;
use super::directives::Directives;
use crate::message::Headers;
use crate::wire::h1::Head;

/// Lines that name a user. An answer is handed to nobody else unless the server calls it public: one cache may serve a
/// program with many users, so that it is private for each, not for all of them together.
const USER: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// Who asks, as far as answers differ by it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asker<'a> {
    pub(super) lines: &'a Headers,
    pub(super) route: u64,
}

/// The request lines that decide whether the answer fits, in lower case; `None` when none can tell (`*`).
pub(super) fn names(head: &Head) -> Option<Vec<String>> {
    // A `Host` of the caller's own asks for another site.
    let mut names = vec!["host".to_owned()];
    for line in head.headers.get_all_bytes("Vary") {
        // A name that is not ASCII is none that a request could have.
        for name in String::from_utf8_lossy(line).split(',').map(str::trim).filter(|name| !name.is_empty()) {
            if name.contains('*') {
                return None;
            }
            names.push(name.to_ascii_lowercase());
        }
    }
    let directives = Directives::of(&head.headers);
    if !(directives.public || directives.s_maxage) {
        names.extend(USER.map(str::to_owned));
    }
    // Servers forget to say so, and bytes in a coding that was not asked for cannot be read.
    if head.headers.contains("Content-Encoding") {
        names.push("accept-encoding".into());
    }
    names.sort_unstable();
    names.dedup();
    Some(names)
}

/// The lines of a request that `names` name, as they are, and its way.
///
/// RFC 9111 §4.1 would let them be brought into one form first, such as joined lines. What that form is depends on the
/// grammar of each; taken as they are, a difference without a meaning costs a request and no more.
pub(super) fn variant(names: &[String], asker: Asker<'_>) -> Digest {
    let (request, route) = (asker.lines, asker.route.to_le_bytes());
    let mut pieces = Vec::with_capacity(names.len() * 3 + 1);
    pieces.push(&route[..]);
    let counts: Vec<_> = names.iter().map(|name| request.get_all_bytes(name).count().to_le_bytes()).collect();
    for (name, count) in names.iter().zip(&counts) {
        pieces.extend([name.as_bytes(), count]);
        pieces.extend(request.get_all_bytes(name));
    }
    Digest::of(pieces)
}

/// Whether the answer is one to this request.
pub(super) fn fits(head: &Head, stored: &Digest, asker: Asker<'_>) -> bool {
    names(head).is_some_and(|names| variant(&names, asker) == *stored)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Version;

    type Lines<'a> = &'a [(&'a str, &'a str)];

    fn headers(lines: Lines<'_>) -> Headers {
        Headers::from_pairs(lines.iter().copied()).unwrap()
    }

    fn matches(response: Lines<'_>, first: Lines<'_>, second: Lines<'_>) -> bool {
        let head = Head { version: Version::Http11, status: 200, headers: headers(response) };
        let Some(names) = names(&head) else { return false };
        let (first, second) = (headers(first), headers(second));
        fits(&head, &variant(&names, Asker { lines: &first, route: 0 }), Asker { lines: &second, route: 0 })
    }

    #[test]
    fn rfc9111_4_1_selecting_lines() {
        let en = ("Accept-Language", "en");
        let vary = [("Vary", "accept-language, X-A"), ("vary", "X-B")];
        for (first, second, expected) in [
            (&[en][..], &[en, ("X-C", "1")][..], true),
            (&[en], &[("accept-language", "en")], true),
            (&[en], &[("Accept-Language", "de")], false),
            (&[en], &[("Accept-Language", "EN")], false),
            (&[en], &[], false),
            (&[], &[], true),
            (&[], &[("X-A", "")], false),
            (&[("X-B", "1")], &[("X-B", "2")], false),
            (&[("X-A", "1")], &[("X-B", "1")], false),
            (&[en, ("Accept-Language", "fr")], &[en, ("Accept-Language", "de")], false),
            (&[en, ("Accept-Language", "fr")], &[en], false),
        ] {
            assert_eq!(matches(&vary, first, second), expected, "{first:?} {second:?}");
        }
    }

    #[test]
    fn sec_j7_vary_star_fits_nothing() {
        for vary in ["*", "Accept, *", "*,", "\t*"] {
            assert!(!matches(&[("Vary", vary)], &[], &[]), "{vary}");
        }
    }

    #[test]
    fn sec_j7_another_site_or_another_way_to_it() {
        let public = [("Cache-Control", "public, max-age=60")];
        assert!(matches(&public, &[("Host", "a")], &[("Host", "a")]));
        assert!(!matches(&public, &[("Host", "a")], &[("Host", "b")]));
        let none = headers(&[]);
        let [one, other] = [1, 2].map(|route| variant(&[], Asker { lines: &none, route }));
        assert_ne!(one, other);
    }

    #[test]
    fn sec_j7_another_users_answer_only_if_public() {
        let (one, other) = (("Authorization", "Basic YTpi"), ("Authorization", "Basic Yzpk"));
        let (cookie, another) = (("Cookie", "id=1"), ("Cookie", "id=2"));
        for (response, shared) in [
            (&[("Cache-Control", "max-age=60")][..], false),
            (&[("Cache-Control", "private, max-age=60")], false),
            (&[("Cache-Control", "max-age=60"), ("Vary", "Accept")], false),
            (&[("Cache-Control", "public, max-age=60")], true),
            (&[("Cache-Control", "s-maxage=1, max-age=60")], true),
            (&[("Cache-Control", "public, max-age=60"), ("Vary", "Authorization, Cookie")], false),
        ] {
            assert!(matches(response, &[one, cookie], &[one, cookie]));
            for (first, second) in [(&[one][..], &[other][..]), (&[one], &[]), (&[], &[one]), (&[cookie], &[another])] {
                assert_eq!(matches(response, first, second), shared, "{response:?} {first:?} {second:?}");
            }
        }
    }

    #[test]
    fn a_coding_that_was_not_asked_for_is_not_given() {
        let gzip = [("Content-Encoding", "gzip")];
        assert!(!matches(&gzip, &[("Accept-Encoding", "gzip")], &[]));
        assert!(matches(&gzip, &[("Accept-Encoding", "gzip")], &[("Accept-Encoding", "gzip")]));
        assert!(matches(&[], &[("Accept-Encoding", "gzip")], &[]));
    }
}
