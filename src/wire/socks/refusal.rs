//! Why there is no way through a SOCKS proxy.

use std::fmt;

/// Why there is no way through: the caller's own input, or what the proxy answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// The name is empty, longer than the 255 bytes that its length byte can tell, or holds a blank or control
    /// character. It is never looked up here instead: that would tell a resolver what was meant for the proxy alone.
    Name,
    /// A user or password longer than the 255 bytes that its length byte can tell (RFC 1929 §2), or with a NUL.
    Credentials,
    /// SOCKS 4 has no IPv6 addresses.
    NoIpv6,
    /// SOCKS 4 has no passwords.
    NoPassword,
    /// The answer is not of this protocol; its first byte.
    Version(u8),
    /// The proxy takes none of the methods that were offered. With `offered` credentials were among them.
    Methods {
        /// Whether credentials had been offered.
        offered: bool,
    },
    /// The proxy chose a method that was not offered.
    Method(u8),
    /// The proxy does not know user or password (RFC 1929 §2).
    Unauthorized,
    /// The reply to the request of SOCKS 5 (RFC 1928 §6).
    Reply(u8),
    /// The reply to the request of SOCKS 4.
    Reply4(u8),
    /// A bound address of no known form.
    AddressType(u8),
    /// More bytes were given than asked for.
    Surplus,
}

impl Refusal {
    /// Whether it is the caller's own input that cannot be sent.
    pub fn is_callers(self) -> bool {
        matches!(self, Self::Name | Self::Credentials | Self::NoIpv6 | Self::NoPassword)
    }

    /// Whether another address of the same host may be reached through the proxy.
    pub fn is_about_address(self) -> bool {
        matches!(self, Self::Reply(1 | 3..=6 | 8) | Self::Reply4(91))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "host name not of 1 to 255 visible bytes, which is all that SOCKS has room for",
            Self::Credentials => "user or password longer than 255 bytes or with a NUL, for which SOCKS has no room",
            Self::NoIpv6 => "SOCKS 4 has no IPv6 addresses",
            Self::NoPassword => "SOCKS 4 has no passwords",
            Self::Version(byte) => return write!(f, "not a SOCKS proxy: its answer begins with 0x{byte:02x}"),
            Self::Methods { offered: true } => "the proxy takes neither user and password nor none",
            Self::Methods { offered: false } => "the proxy wants credentials, and none are set",
            Self::Method(byte) => return write!(f, "the proxy chose method {byte}, which was not offered"),
            Self::Unauthorized => "the proxy does not accept user and password",
            Self::Reply(code) => return write!(f, "{} (SOCKS 5 reply {code})", of_reply(*code)),
            Self::Reply4(code) => return write!(f, "{} (SOCKS 4 reply {code})", of_reply4(*code)),
            Self::AddressType(byte) => return write!(f, "the proxy is bound to an address of unknown type {byte}"),
            Self::Surplus => "more bytes than asked for",
        })
    }
}

/// RFC 1928 §6.
fn of_reply(code: u8) -> &'static str {
    match code {
        1 => "general failure of the proxy",
        2 => "not allowed by the proxy's rules",
        3 => "network unreachable from the proxy",
        4 => "host unreachable from the proxy",
        5 => "connection refused by the host",
        6 => "the host did not answer in time",
        7 => "command not supported by the proxy",
        8 => "address type not supported by the proxy",
        _ => "refused by the proxy",
    }
}

fn of_reply4(code: u8) -> &'static str {
    match code {
        91 => "rejected or failed",
        92 => "the proxy could not ask this machine's identd",
        93 => "this machine's identd names another user",
        _ => "refused by the proxy",
    }
}

impl std::error::Error for Refusal {}
