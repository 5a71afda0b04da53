//! Why a cookie is not taken.

use std::fmt;

/// The rule that it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Control,
    NotText,
    Empty,
    TooLarge,
    Domain,
    PublicSuffix,
    SecureOverHttp,
    LeaveSecureAlone,
    SameSiteNone,
    SecurePrefix,
    HostPrefix,
    NamelessPrefix,
    Path,
    Syntax,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Control => "a control character in it",
            Self::NotText => "not UTF-8",
            Self::Empty => "neither name nor value",
            Self::TooLarge => "name and value are longer than the jar allows",
            Self::Domain => "its domain is not the host's own or one above it",
            Self::PublicSuffix => "its domain is a public suffix",
            Self::SecureOverHttp => "`Secure` from an http URL",
            Self::LeaveSecureAlone => "it would hide or replace a `Secure` cookie, from an http URL",
            Self::SameSiteNone => "`SameSite=None` without `Secure`",
            Self::SecurePrefix => "`__Secure-` without `Secure`",
            Self::HostPrefix => "`__Host-` needs `Secure`, `Path=/` and no `Domain`",
            Self::NamelessPrefix => "no name, and a value that starts with `__Secure-` or `__Host-`",
            Self::Path => "its path does not start with a slash",
            Self::Syntax => "a semicolon, or an equals sign in its name",
        })
    }
}
