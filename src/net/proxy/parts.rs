//! What a proxy's URL is made of.

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProxyScheme {
    /// HTTP: requests for `http` URLs are handed to it, others go through a tunnel (`CONNECT`).
    Http,
    /// The same inside TLS.
    Https,
    /// SOCKS 4: names are looked up here, IPv4 only.
    Socks4,
    /// SOCKS 4a: the proxy looks names up.
    Socks4a,
    /// SOCKS 5 (RFC 1928): names are looked up here.
    Socks5,
    /// SOCKS 5: the proxy looks names up.
    Socks5h,
}

impl ProxyScheme {
    /// As in a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks4 => "socks4",
            Self::Socks4a => "socks4a",
            Self::Socks5 => "socks5",
            Self::Socks5h => "socks5h",
        }
    }

    /// Whether it is one of the HTTP kinds.
    pub fn is_http(self) -> bool {
        matches!(self, Self::Http | Self::Https)
    }

    /// Whether the proxy is handed names, so that no address of the target is known here.
    pub fn resolves_remotely(self) -> bool {
        !matches!(self, Self::Socks4 | Self::Socks5)
    }
}

/// User and password, decoded.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::net) struct Credentials {
    pub(in crate::net) user: Vec<u8>,
    pub(in crate::net) password: Vec<u8>,
}

impl Credentials {
    /// What the protocol has no room for is refused here, before anything is sent.
    pub(super) fn check(&self, scheme: ProxyScheme) -> Result<(), String> {
        let Self { user, password } = self;
        let has = |refused: fn(&u8) -> bool| user.iter().chain(password).any(refused);
        match scheme {
            // RFC 7617 §2.
            ProxyScheme::Http | ProxyScheme::Https if user.contains(&b':') => Err("a user name with a colon".into()),
            ProxyScheme::Http | ProxyScheme::Https if has(u8::is_ascii_control) => {
                Err("a control character in the credentials".into())
            }
            // The user field ends at a NUL, and there is no password.
            ProxyScheme::Socks4 | ProxyScheme::Socks4a if has(|byte| *byte == 0) => Err("a NUL in the user".into()),
            ProxyScheme::Socks4 | ProxyScheme::Socks4a if user.len() > 255 => {
                Err("a user of more than 255 bytes".into())
            }
            // RFC 1929 §2: one byte for each length, and none of them is zero.
            ProxyScheme::Socks5 | ProxyScheme::Socks5h
                if user.is_empty() || user.len() > 255 || password.len() > 255 =>
            {
                Err("SOCKS 5 takes a user of 1 to 255 bytes and a password of at most 255".into())
            }
            _ => Ok(()),
        }
    }
}
