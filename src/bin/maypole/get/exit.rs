//! curl's exit codes, and which of our errors is which of them. The one place where they stand.

use std::error::Error as _;

use maypole::error::{Error, Kind, Phase};
use maypole::message::UnsupportedScheme;
use maypole::net::ProxyReply;

/// The list for `--help`.
pub(crate) const HELP: &str = "\
Exit codes, curl's:
  0 done                      45 --interface, --local-port
  1 scheme not supported      47 too many redirects
  2 usage                     52 empty reply
  3 malformed URL             55 could not send
  5 proxy name not found      56 could not receive
  6 host name not found       58 client certificate
  7 could not connect         60 certificate not trusted
  8 weird server reply        61 bad content encoding
  18 body cut short           63 over --max-filesize
  22 -f and status >= 400     65 upload cannot be sent again
  23 could not write          67 login denied
  26 could not read           77 --cacert, --capath
  28 timeout, or too slow     90 pinned key differs
  33 range not given          97 proxy handshake
  35 TLS handshake            100 header too large
With several URLs it is that of the last one.";

/// One of curl's exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code(pub(super) u8);

impl Code {
    pub(super) const DONE: Self = Self(0);
    pub(super) const SCHEME: Self = Self(1);
    pub(super) const USAGE: Self = Self(2);
    pub(super) const URL: Self = Self(3);
    pub(super) const RESOLVE_PROXY: Self = Self(5);
    pub(super) const RESOLVE: Self = Self(6);
    pub(super) const CONNECT: Self = Self(7);
    pub(super) const WEIRD_REPLY: Self = Self(8);
    pub(super) const PARTIAL: Self = Self(18);
    pub(super) const STATUS: Self = Self(22);
    pub(super) const WRITE: Self = Self(23);
    pub(super) const READ: Self = Self(26);
    pub(super) const TIMEOUT: Self = Self(28);
    pub(super) const RANGE: Self = Self(33);
    pub(super) const TLS: Self = Self(35);
    pub(super) const INTERFACE: Self = Self(45);
    pub(super) const REDIRECTS: Self = Self(47);
    pub(super) const EMPTY_REPLY: Self = Self(52);
    pub(super) const SEND: Self = Self(55);
    pub(super) const RECEIVE: Self = Self(56);
    pub(super) const CLIENT_CERTIFICATE: Self = Self(58);
    pub(super) const CERTIFICATE: Self = Self(60);
    pub(super) const ENCODING: Self = Self(61);
    pub(super) const FILE_SIZE: Self = Self(63);
    pub(super) const REWIND: Self = Self(65);
    pub(super) const LOGIN: Self = Self(67);
    pub(super) const CA_FILE: Self = Self(77);
    pub(super) const PINNED_KEY: Self = Self(90);
    pub(super) const PROXY: Self = Self(97);
    pub(super) const TOO_LARGE: Self = Self(100);

    /// The code for an error of the client.
    pub(super) fn of(error: &Error) -> Self {
        match (error.kind(), error.phase()) {
            (Kind::InvalidUrl, _) => Self::URL,
            (Kind::Redirect, _) => Self::of_redirect(error),
            (Kind::BodyUsed, _) => Self::REWIND,
            (_, Some(Phase::Authenticate)) => Self::LOGIN,
            (Kind::Decode | Kind::Protocol | Kind::Incomplete, Some(Phase::Decode)) => Self::ENCODING,
            (Kind::Resolve, Some(Phase::Proxy)) => Self::RESOLVE_PROXY,
            (Kind::Resolve, _) => Self::RESOLVE,
            (Kind::Connect | Kind::Blocked, _) => Self::CONNECT,
            // curl: CURLE_RECV_ERROR for an HTTP proxy that says no, CURLE_PROXY for a SOCKS proxy.
            (Kind::Proxy, _) if refused_connect(error) => Self::RECEIVE,
            (Kind::Proxy, _) => Self::PROXY,
            (Kind::Tls, _) => Self::TLS,
            (Kind::PinnedKey, _) => Self::PINNED_KEY,
            (Kind::Certificate, _) => Self::CERTIFICATE,
            (Kind::Timeout | Kind::TooSlow, _) => Self::TIMEOUT,
            (Kind::ClosedBeforeResponse, _) => Self::EMPTY_REPLY,
            (Kind::Incomplete, _) => Self::PARTIAL,
            // curl: CURLE_RECV_ERROR for a chunk that is none, CURLE_WEIRD_SERVER_REPLY for a head that is none.
            (Kind::Protocol, Some(Phase::Body)) => Self::RECEIVE,
            (Kind::Protocol, _) => Self::WEIRD_REPLY,
            (Kind::TooLarge, _) => Self::TOO_LARGE,
            (Kind::Body, _) => Self::READ,
            (Kind::Unsupported, _) => Self::SCHEME,
            // A socket option that the system refuses: of those, get sets what belongs to an interface or a port.
            (Kind::InvalidConfig, Some(Phase::Connect)) => Self::INTERFACE,
            (Kind::InvalidRequest | Kind::InvalidConfig | Kind::WrongOrigin, _) => Self::USAGE,
            (_, Some(Phase::Resolve)) => Self::RESOLVE,
            (_, Some(Phase::Connect | Phase::Checkout)) => Self::CONNECT,
            (_, Some(Phase::Proxy)) => Self::PROXY,
            (_, Some(Phase::Tls)) => Self::TLS,
            (_, Some(Phase::Send)) => Self::SEND,
            _ => Self::RECEIVE,
        }
    }
}

impl Code {
    /// curl: one too many, a scheme that is not allowed or not known, a Location that is no URL.
    fn of_redirect(error: &Error) -> Self {
        match (error.phase(), error.source()) {
            (Some(Phase::Build), _) => Self::SCHEME,
            (_, Some(cause)) if cause.source().is_some_and(|scheme| scheme.is::<UnsupportedScheme>()) => Self::SCHEME,
            (_, Some(_)) => Self::URL,
            (_, None) => Self::REDIRECTS,
        }
    }
}

fn refused_connect(error: &Error) -> bool {
    error.source().is_some_and(|source| source.is::<ProxyReply>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_decides_and_phase_where_the_kind_leaves_it_open() {
        let code = |kind, phase| Code::of(&Error::new(kind, "x").with_phase(phase)).0;
        assert_eq!(code(Kind::ConnectionLost, Phase::Send), 55);
        assert_eq!(code(Kind::ConnectionLost, Phase::Head), 56);
        assert_eq!(code(Kind::Io, Phase::Connect), 7);
        assert_eq!(code(Kind::Protocol, Phase::Head), 8);
        assert_eq!(code(Kind::Protocol, Phase::Body), 56);
        assert_eq!(code(Kind::Timeout, Phase::Connect), 28);
        assert_eq!(code(Kind::Incomplete, Phase::Body), 18);
    }

    #[test]
    fn a_redirect_to_another_scheme_is_told_from_one_to_no_url() {
        let code = |url: &str| {
            let error = Error::new(Kind::Redirect, "x").with_phase(Phase::Head);
            Code::of(&error.with_source(maypole::Url::parse(url).unwrap_err())).0
        };
        assert_eq!((code("ftp://h/"), code("http://[::1")), (1, 3));
        assert_eq!(code("http://h:is not supported; it must start with/"), 3, "by its type, not by its words");
    }
}
