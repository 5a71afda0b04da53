//! The options of a jar.

use std::time::Duration;

use super::caps::Caps;
use super::jar::CookieJar;

/// Options of a [`CookieJar`]: how much servers may make it hold and send.
///
/// ```
/// use maypole::CookieJar;
/// use std::time::Duration;
/// let jar = CookieJar::builder().max_cookies(100_000).max_lifetime(Duration::from_secs(3_600)).build();
/// assert!(jar.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "nothing is built before `build`"]
pub struct CookieJarBuilder(Caps);

impl CookieJar {
    /// Options of a jar.
    pub fn builder() -> CookieJarBuilder {
        CookieJarBuilder(Caps::default())
    }
}

impl CookieJarBuilder {
    /// Bytes of name and value together; a longer cookie is not taken. Default 4,096 (RFC 6265bis §5.6).
    pub fn max_cookie_bytes(mut self, bytes: usize) -> Self {
        self.0.cookie_bytes = bytes;
        self
    }

    /// Cookies of one site, which is a registrable domain with all hosts below it. Above it those without `Secure` go
    /// first, then whichever was sent or set the longest ago (RFC 6265bis §5.7). Default 180, as in Chrome: RFC 6265bis
    /// §6.1 asks for 50 at least.
    pub fn max_per_site(mut self, cookies: usize) -> Self {
        self.0.per_site = cookies;
        self
    }

    /// Cookies of the whole jar. Above it goes the sixteenth that was sent or set the longest ago. Default 3,000, the
    /// least that RFC 6265bis §6.1 asks for.
    pub fn max_cookies(mut self, cookies: usize) -> Self {
        self.0.total = cookies;
        self
    }

    /// `Set-Cookie` lines that are read of one response; further ones are passed over. Default 50, as in curl.
    pub fn max_per_response(mut self, lines: usize) -> Self {
        self.0.per_response = lines;
        self
    }

    /// Bytes of the `Cookie` line that the jar makes, its name included; cookies that do not fit are left out. Default
    /// 8,190, as in curl: what Apache reads of a line.
    pub fn max_line_bytes(mut self, bytes: usize) -> Self {
        self.0.line_bytes = bytes;
        self
    }

    /// Cookies sent with one request, those with the longest path first. Default 150, as in curl.
    pub fn max_sent(mut self, cookies: usize) -> Self {
        self.0.sent = cookies;
        self
    }

    /// The longest life of a cookie, whatever its server says. Default 400 days (RFC 6265bis §5.5).
    pub fn max_lifetime(mut self, lifetime: Duration) -> Self {
        self.0.lifetime = lifetime;
        self
    }

    /// Takes `http` to `localhost`, `127.0.0.0/8` and `::1` for secure, as browsers and curl do, so that a service under
    /// development can use `Secure` cookies. Default off: other users' programs can listen on this machine too, and a
    /// test that runs against it would not show what happens elsewhere.
    pub fn loopback_is_secure(mut self, on: bool) -> Self {
        self.0.loopback_is_secure = on;
        self
    }

    /// An empty jar.
    pub fn build(self) -> CookieJar {
        CookieJar::with(self.0)
    }
}
