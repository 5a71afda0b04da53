//! One cookie, as programs see it.

use std::fmt;
use std::time::SystemTime;

/// A cookie of a [`CookieJar`](super::CookieJar), or of one response.
///
/// `Debug` does not show the value, which is as good as a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Cookie {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) domain: String,
    pub(super) host_only: bool,
    pub(super) path: String,
    pub(super) secure: bool,
    pub(super) http_only: bool,
    pub(super) same_site: Option<SameSite>,
    pub(super) expires: Option<SystemTime>,
}

impl Cookie {
    /// Its name; empty for a cookie that was set without one.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its value as the server wrote it, quotes included.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The host it belongs to, in lower case and without a leading dot.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether it goes to [`domain`](Self::domain) alone, and not to the hosts below it.
    pub fn is_host_only(&self) -> bool {
        self.host_only
    }

    /// It goes to this path and to those below it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether it goes over `https` only.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// Whether scripts in a browser would not see it.
    pub fn is_http_only(&self) -> bool {
        self.http_only
    }

    /// What the server asked for with `SameSite`. Kept and not enforced: a request of a program has no site that it
    /// comes from.
    pub fn same_site(&self) -> Option<SameSite> {
        self.same_site
    }

    /// When it ends; `None` for a cookie of the session.
    pub fn expires(&self) -> Option<SystemTime> {
        self.expires
    }

    pub(super) fn is_over(&self, now: SystemTime) -> bool {
        self.expires.is_some_and(|end| end <= now)
    }

    /// RFC 6265bis §5.7, step 23: what makes two of them one.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        self.name == other.name
            && self.domain == other.domain
            && self.host_only == other.host_only
            && self.path == other.path
    }

    /// What it adds to a `Cookie` line: RFC 6265bis §5.8.3 leaves out the equals sign of a nameless one.
    pub(super) fn pair(&self, out: &mut String) {
        if !self.name.is_empty() {
            out.push_str(&self.name);
            out.push('=');
        }
        out.push_str(&self.value);
    }

    pub(super) fn pair_bytes(&self) -> usize {
        self.name.len() + usize::from(!self.name.is_empty()) + self.value.len()
    }
}

impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cookie")
            .field("name", &self.name)
            .field("domain", &self.domain)
            .field("host_only", &self.host_only)
            .field("path", &self.path)
            .field("secure", &self.secure)
            .field("http_only", &self.http_only)
            .field("same_site", &self.same_site)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// The `SameSite` attribute of RFC 6265bis §4.1.2.7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SameSite {
    /// Only for requests that come from the site itself.
    Strict,
    /// Also for following a link to it.
    Lax,
    /// For all requests.
    None,
}

impl SameSite {
    /// The word in `Set-Cookie`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
            Self::None => "None",
        }
    }

    /// Reads the word without regard to case; what is unknown is as if nothing had been said.
    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Strict, Self::Lax, Self::None].into_iter().find(|known| known.as_str().eq_ignore_ascii_case(text))
    }
}
