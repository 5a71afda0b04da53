//! Which hosts and paths a cookie is for (RFC 6265bis §5.1), and which names nobody may set cookies for.

use std::net::IpAddr;

/// Whether cookies for `domain` go to `host`: the same, or one below it. Both are in lower case.
pub(super) fn domain_matches(host: &str, domain: &str) -> bool {
    if host == domain {
        return true;
    }
    // Without the dot, `ample.org` would be the end of `example.org` (CVE-2013-1944). An address has nothing below it.
    let below = host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    below && !domain.is_empty() && !is_address(host)
}

/// Whether `host` is an IP address, in brackets or without.
pub(super) fn is_address(host: &str) -> bool {
    bare(host).parse::<IpAddr>().is_ok()
}

/// Without the brackets of an IPv6 address.
pub(super) fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// Whether names directly below `domain` belong to different people, by Mozilla's list: `com`, `co.uk`, `github.io`;
/// also every single label and every name under an unknown top-level domain directly.
pub(super) fn is_public_suffix(domain: &str) -> bool {
    !is_address(domain) && psl::suffix_str(domain) == Some(domain)
}

/// What a jar is ordered by: the shortest name that a cookie for `host` can have as its domain, so that whatever two
/// hosts may share stands in one place.
pub(super) fn site(host: &str) -> &str {
    if is_address(host) {
        return host;
    }
    // `psl` cuts off a trailing dot; with it the name is another host, which shares nothing.
    psl::domain_str(host).filter(|site| host.ends_with(site)).unwrap_or(host)
}

/// The directory of the URL's path (RFC 6265bis §5.1.4).
pub(super) fn default_path(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(last) => &path[..last],
    }
}

/// Whether a cookie for `cookie` goes to `path` (RFC 6265bis §5.1.4): the same, or one below it.
pub(super) fn path_matches(path: &str, cookie: &str) -> bool {
    path.strip_prefix(cookie).is_some_and(|rest| rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_e1_hosts() {
        for (host, domain, matches) in [
            ("example.org", "example.org", true),
            ("a.example.org", "example.org", true),
            ("a.b.example.org", "example.org", true),
            ("example.org", "ample.org", false),
            ("example.org", "a.example.org", false),
            ("example.org.", "example.org", false),
            ("example.org", "", false),
            ("example.org", "org.", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "0.0.1", false),
            ("127.0.0.1", "1", false),
            ("::1", "::1", true),
        ] {
            assert_eq!(domain_matches(host, domain), matches, "{host} {domain}");
        }
    }

    #[test]
    fn sec_e1_public_suffixes() {
        for domain in
            ["com", "co.uk", "github.io", "localhost", "unknown", "s3.amazonaws.com", "xn--p1ai", "xn--55qx5d.cn"]
        {
            assert!(is_public_suffix(domain), "{domain}");
        }
        for domain in ["example.com", "example.co.uk", "a.github.io", "a.unknown", "127.0.0.1", "::1", "www.ck"] {
            assert!(!is_public_suffix(domain), "{domain}");
        }
    }

    #[test]
    fn sites() {
        for (host, expected) in [
            ("example.com", "example.com"),
            ("a.b.example.co.uk", "example.co.uk"),
            ("a.b.github.io", "b.github.io"),
            ("github.io", "github.io"),
            ("localhost", "localhost"),
            ("127.0.0.1", "127.0.0.1"),
            ("::1", "::1"),
            ("www.example.com.", "www.example.com."),
        ] {
            assert_eq!(site(host), expected, "{host}");
        }
    }

    #[test]
    fn paths() {
        for (path, expected) in [("/", "/"), ("/a", "/"), ("/a/", "/a"), ("/a/b", "/a"), ("/a/b/", "/a/b"), ("", "/")] {
            assert_eq!(default_path(path), expected, "{path}");
        }
        for (path, cookie, matches) in [
            ("/", "/", true),
            ("/a", "/", true),
            ("/a", "/a", true),
            ("/a/", "/a", true),
            ("/a/b", "/a", true),
            ("/a/b", "/a/", true),
            ("/ab", "/a", false),
            ("/", "/a", false),
            ("/A", "/a", false),
        ] {
            assert_eq!(path_matches(path, cookie), matches, "{path} {cookie}");
        }
    }
}
