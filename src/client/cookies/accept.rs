//! From what a server wrote to a cookie, or to the rule that it breaks (RFC 6265bis §5.7).

use std::time::{Duration, SystemTime};

use super::caps::Caps;
use super::cookie::{Cookie, SameSite};
use super::date;
use super::refused::Refused;
use super::scope;
use super::set_cookie::{Life, SetCookie};
use crate::message::Url;

/// Where a cookie comes from or goes to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) host: &'a str,
    pub(super) path: &'a str,
    /// Whether `Secure` cookies may pass.
    pub(super) secure: bool,
}

impl<'a> Place<'a> {
    pub(super) fn of(url: &'a Url, caps: &Caps) -> Self {
        let (host, path) = (url.host(), url.path());
        Self { host, path, secure: url.is_secure() || (caps.loopback_is_secure && is_loopback(host)) }
    }
}

// RFC 6761 §6.3: names below `localhost` are this machine too.
fn is_loopback(host: &str) -> bool {
    let name = host == "localhost" || host.ends_with(".localhost");
    name || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The cookie of a `Set-Cookie` line, as a jar would hold it.
pub(super) fn accept(line: &[u8], from: Place<'_>, now: SystemTime, caps: &Caps) -> Result<Cookie, Refused> {
    // A line of a megabyte is not even looked through.
    if line.len() > caps.line_bound() {
        return Err(Refused::TooLarge);
    }
    let parsed = SetCookie::parse(line)?;
    let cookie = read(&parsed, from, now, caps.lifetime);
    let cookie = Cookie { host_only: is_host_only(&parsed, &cookie, from.host)?, ..cookie };
    if cookie.secure && !from.secure {
        return Err(Refused::SecureOverHttp);
    }
    check(&cookie, caps)?;
    // The server has to say so: a default path that happens to be `/` does not count, nor does a `Domain` that would not
    // have widened it.
    if is_prefixed(&cookie.name, "__Host-") && !(parsed.has_path && parsed.domain.is_empty()) {
        return Err(Refused::HostPrefix);
    }
    Ok(cookie)
}

/// What the line says, with what it leaves out taken from the URL; nothing is refused here.
pub(super) fn read(parsed: &SetCookie<'_>, from: Place<'_>, now: SystemTime, lifetime: Duration) -> Cookie {
    let host_only = parsed.domain.is_empty();
    let domain = if host_only { from.host.to_owned() } else { scope::bare(parsed.domain).to_ascii_lowercase() };
    Cookie {
        name: parsed.name.to_owned(),
        value: parsed.value.to_owned(),
        domain,
        host_only,
        path: parsed.path.unwrap_or_else(|| scope::default_path(from.path)).to_owned(),
        secure: parsed.secure,
        http_only: parsed.http_only,
        same_site: parsed.same_site,
        expires: parsed.life.map(|life| end(life, now, lifetime)),
    }
}

fn end(life: Life, now: SystemTime, lifetime: Duration) -> SystemTime {
    let last = latest(now, lifetime);
    let end = match life {
        Life::Over => SystemTime::UNIX_EPOCH,
        Life::For(time) => latest(now, time.min(lifetime)),
        Life::Until(end) => end,
    };
    end.min(last)
}

/// The end of a life that starts now, on a whole second; a time that the system cannot count is not one that ends.
pub(super) fn latest(now: SystemTime, lifetime: Duration) -> SystemTime {
    now.checked_add(lifetime).and_then(|end| date::at(date::seconds(end))).unwrap_or(now)
}

/// Whether only the host itself gets it (RFC 6265bis §5.7, steps 9 to 10), or the domain is not the host's to name.
fn is_host_only(parsed: &SetCookie<'_>, cookie: &Cookie, host: &str) -> Result<bool, Refused> {
    if parsed.domain.is_empty() {
        return Ok(true);
    }
    // A host may name itself where nobody may name it for others: `localhost`, an address, `github.io`.
    if cookie.domain == host && (scope::is_address(host) || scope::is_public_suffix(host)) {
        return Ok(true);
    }
    // CVE-2022-27779: with a dot at its end, `co.uk.` is not on the list and still above every host that ends so.
    if cookie.domain.ends_with('.') || !scope::domain_matches(host, &cookie.domain) {
        return Err(Refused::Domain);
    }
    if scope::is_public_suffix(&cookie.domain) { Err(Refused::PublicSuffix) } else { Ok(false) }
}

/// What must hold for a cookie wherever it comes from, a file included.
pub(super) fn check(cookie: &Cookie, caps: &Caps) -> Result<(), Refused> {
    let texts = [&cookie.name, &cookie.value, &cookie.domain, &cookie.path];
    if texts.iter().any(|text| text.bytes().any(|byte| (byte < b' ' && byte != b'\t') || byte == 0x7F)) {
        return Err(Refused::Control);
    }
    if texts.iter().any(|text| text.contains(';')) || cookie.name.contains('=') {
        return Err(Refused::Syntax);
    }
    if cookie.name.is_empty() && cookie.value.is_empty() {
        return Err(Refused::Empty);
    }
    if cookie.name.len() + cookie.value.len() > caps.cookie_bytes {
        return Err(Refused::TooLarge);
    }
    if !cookie.path.starts_with('/') {
        return Err(Refused::Path);
    }
    let is_wrong = |domain: &str| domain.is_empty() || !domain.is_ascii() || domain.starts_with('.');
    let stands_alone = |domain: &str| domain.ends_with('.') || scope::is_address(domain);
    if is_wrong(&cookie.domain) || (!cookie.host_only && stands_alone(&cookie.domain)) {
        return Err(Refused::Domain);
    }
    if !cookie.host_only && scope::is_public_suffix(&cookie.domain) {
        return Err(Refused::PublicSuffix);
    }
    if cookie.same_site == Some(SameSite::None) && !cookie.secure {
        return Err(Refused::SameSiteNone);
    }
    check_prefixes(cookie)
}

/// RFC 6265bis §5.7, steps 20 to 22. Without regard to case, since servers compare names so; nameless too, since
/// `=__Host-a=b` leaves as `__Host-a=b` (CVE-2023-23934).
fn check_prefixes(cookie: &Cookie) -> Result<(), Refused> {
    if is_prefixed(&cookie.name, "__Secure-") && !cookie.secure {
        return Err(Refused::SecurePrefix);
    }
    if is_prefixed(&cookie.name, "__Host-") && !(cookie.secure && cookie.host_only && cookie.path == "/") {
        return Err(Refused::HostPrefix);
    }
    let has_prefix = |text: &str| is_prefixed(text, "__Secure-") || is_prefixed(text, "__Host-");
    if cookie.name.is_empty() && has_prefix(&cookie.value) {
        return Err(Refused::NamelessPrefix);
    }
    Ok(())
}

fn is_prefixed(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)
    }

    fn try_at(url: &str, line: &str) -> Result<Cookie, Refused> {
        let (url, caps) = (Url::parse(url).unwrap(), Caps::default());
        accept(line.as_bytes(), Place::of(&url, &caps), now(), &caps)
    }

    #[test]
    fn sec_e1_domains() {
        use Refused::*;
        for (url, domain, expected) in [
            ("http://www.example.com/", "example.com", Ok(("example.com", false))),
            ("http://www.example.com/", ".example.com", Ok(("example.com", false))),
            ("http://www.EXAMPLE.com/", ".Example.COM", Ok(("example.com", false))),
            ("http://www.example.com/", "www.example.com", Ok(("www.example.com", false))),
            ("http://www.example.com/", "", Ok(("www.example.com", true))),
            ("http://www.example.com/", ".", Ok(("www.example.com", true))),
            ("http://www.example.com/", "other.com", Err(Domain)),
            ("http://example.org/", "ample.org", Err(Domain)),
            ("http://www.example.com/", "a.www.example.com", Err(Domain)),
            ("http://www.example.com/", "..example.com", Err(Domain)),
            ("http://www.example.com/", "example.com.", Err(Domain)),
            ("http://www.example.com./", "example.com.", Err(Domain)),
            ("http://www.example.com./", "example.com", Err(Domain)),
            ("http://www.example.com./", "com.", Err(Domain)),
            ("http://www.example.com/", "com", Err(PublicSuffix)),
            ("http://www.example.com/", "COM", Err(PublicSuffix)),
            ("http://www.example.com/", ".com", Err(PublicSuffix)),
            ("http://www.example.co.uk/", "co.uk", Err(PublicSuffix)),
            ("http://www.example.co.uk/", "Co.Uk", Err(PublicSuffix)),
            ("http://me.github.io/", "github.io", Err(PublicSuffix)),
            ("http://github.io/", "github.io", Ok(("github.io", true))),
            ("http://a.internal/", "internal", Err(PublicSuffix)),
            ("http://localhost/", "localhost", Ok(("localhost", true))),
            ("http://127.0.0.1/", "127.0.0.1", Ok(("127.0.0.1", true))),
            ("http://127.0.0.1/", "0.0.1", Err(Domain)),
            ("http://127.0.0.1/", ".0.0.1", Err(Domain)),
            ("http://[::1]/", "[::1]", Ok(("::1", true))),
            ("http://bücher.example/", "bücher.example", Err(Domain)),
            ("http://bücher.example/", "xn--bcher-kva.example", Ok(("xn--bcher-kva.example", false))),
        ] {
            let cookie = try_at(url, &format!("a=b; Domain={domain}"));
            let seen = cookie.as_ref().map(|cookie| (cookie.domain(), cookie.is_host_only())).map_err(|why| *why);
            assert_eq!(seen, expected, "{url} {domain:?}");
        }
    }

    #[test]
    fn sec_e2_prefixes() {
        use Refused::*;
        let (safe, plain) = ("https://example.com/a/b", "http://example.com/a/b");
        for (url, line, expected) in [
            (safe, "__Host-a=1; Secure; Path=/", None),
            (safe, "__Secure-a=1; Secure; Domain=example.com", None),
            (safe, "__Host-a=1; Secure; Path=/; Domain=", None),
            (safe, "__Hosta=1", None),
            (safe, "__Host-a=1; Path=/", Some(HostPrefix)),
            (safe, "__Host-a=1; Secure", Some(HostPrefix)),
            (safe, "__Host-a=1; Secure; Path=/a", Some(HostPrefix)),
            (safe, "__Host-a=1; Secure; Path=/; Domain=example.com", Some(HostPrefix)),
            (safe, "__HOST-a=1; Secure; Path=/; Domain=example.com", Some(HostPrefix)),
            (safe, "__host-=1; Path=/", Some(HostPrefix)),
            (safe, "__Secure-a=1", Some(SecurePrefix)),
            (safe, "__sEcUrE-a=1", Some(SecurePrefix)),
            (safe, "=__Host-x=1; Secure; Path=/", Some(NamelessPrefix)),
            (safe, "= __host-x=1; Secure; Path=/", Some(NamelessPrefix)),
            (safe, "=__Secure-x; Secure", Some(NamelessPrefix)),
            (safe, "__Secure-x; Secure", Some(NamelessPrefix)),
            (plain, "__Host-a=1; Secure; Path=/", Some(SecureOverHttp)),
            (plain, "__Secure-a=1; Secure", Some(SecureOverHttp)),
            (plain, "__Secure-a=1", Some(SecurePrefix)),
        ] {
            assert_eq!(try_at(url, line).err(), expected, "{url} {line}");
        }
        // Where the request was for `/` the default path is no substitute for saying so.
        assert_eq!(try_at("https://example.com/", "__Host-a=1; Secure").err(), Some(HostPrefix));
        let own = "__Host-a=1; Secure; Path=/; Domain=localhost";
        assert_eq!(try_at("https://localhost/", own).err(), Some(HostPrefix));
    }

    #[test]
    fn c222_secure_and_same_site() {
        use Refused::*;
        for (url, line, expected) in [
            ("http://h.example/", "a=1; Secure", Err(SecureOverHttp)),
            ("http://localhost/", "a=1; Secure", Err(SecureOverHttp)),
            ("http://h.example/", "a=1; SameSite=None", Err(SameSiteNone)),
            ("https://h.example/", "a=1; SameSite=None", Err(SameSiteNone)),
            ("https://h.example/", "a=1; SameSite=None; Secure", Ok(Some(SameSite::None))),
            ("http://h.example/", "a=1; SameSite=strict", Ok(Some(SameSite::Strict))),
            ("http://h.example/", "a=1; SameSite=LAX", Ok(Some(SameSite::Lax))),
            ("http://h.example/", "a=1; SameSite=other", Ok(None)),
        ] {
            assert_eq!(try_at(url, line).map(|cookie| cookie.same_site), expected, "{url} {line}");
        }
    }

    #[test]
    fn a_jar_may_take_this_machine_as_secure() {
        let caps = Caps { loopback_is_secure: true, ..Caps::default() };
        for (url, expected) in [
            ("http://localhost:8080/", true),
            ("http://a.localhost/", true),
            ("http://127.0.0.1/", true),
            ("http://[::1]/", true),
            ("http://h.example/", false),
            ("http://localhost.example/", false),
        ] {
            let url = Url::parse(url).unwrap();
            let cookie = accept(b"a=1; Secure", Place::of(&url, &caps), now(), &caps);
            assert_eq!(cookie.is_ok(), expected, "{url}");
        }
    }

    #[test]
    fn sec_e7_no_life_is_longer_than_400_days() {
        let (day, cap) = (86_400, NOW + 400 * 86_400);
        for (attribute, expected) in [
            ("Max-Age=86400", NOW + day),
            ("Max-Age=99999999999999999999999", cap),
            ("Max-Age=-99999999999999999999999", 0),
            ("Max-Age=0", 0),
            ("Expires=Fri, 31 Dec 9999 23:59:59 GMT", cap),
            ("Expires=Thu, 01 Jan 1970 00:00:01 GMT", 1),
            ("Max-Age=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT", NOW + 1),
        ] {
            let end = try_at("http://h.example/", &format!("a=1; {attribute}")).unwrap().expires.unwrap();
            assert_eq!(end, SystemTime::UNIX_EPOCH + Duration::from_secs(expected), "{attribute}");
        }
        assert_eq!(try_at("http://h.example/", "a=1; Max-Age=x; Expires=y").unwrap().expires, None);
    }

    #[test]
    fn sec_e4_sizes() {
        for (line, expected) in [
            (format!("a={}", "v".repeat(4_095)), None),
            (format!("a={}", "v".repeat(4_096)), Some(Refused::TooLarge)),
            (format!("{}=", "n".repeat(4_096)), None),
            (format!("{}=1", "n".repeat(8_192)), Some(Refused::TooLarge)),
            (format!("a={}", "v".repeat(1_000_000)), Some(Refused::TooLarge)),
            (format!("a=1; Path=/{}", "p".repeat(1_000_000)), Some(Refused::TooLarge)),
        ] {
            assert_eq!(try_at("http://h.example/", &line).err(), expected, "{} bytes", line.len());
        }
    }

    #[test]
    fn paths_of_lines() {
        for (url, line, expected) in [
            ("http://h.example/a/b?c/d", "a=1", "/a"),
            ("http://h.example/a/b/", "a=1", "/a/b"),
            ("http://h.example", "a=1", "/"),
            ("http://h.example/a/b", "a=1; Path=/x", "/x"),
            ("http://h.example/a/b", "a=1; Path=x", "/a"),
            ("http://h.example/a/b", "a=1; Path=", "/a"),
            ("http://h.example/a/b", "a=1; Path=/x; Path=", "/a"),
        ] {
            assert_eq!(try_at(url, line).unwrap().path, expected, "{url} {line}");
        }
    }
}
